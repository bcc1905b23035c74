"""Why a phase split has no feasible schedule, in people's terms."""

import numpy as np

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.phase_split.split_model import split_model
from ecoopt.instances.phase_split import PhaseSplitInstance
from ecoopt.instances.phase_split.routing import least_work, route
from ecoopt.instances.phase_split.tables import split_tables

MOST_LINES = 20


def reasons(instance: PhaseSplitInstance) -> list[str]:
    """Return lines that say why an instance has no feasible schedule, none where it has one."""
    tables = split_tables(instance)
    asked = instance.rate_per_s.max(axis=0) > 0
    zero = np.zeros((len(tables.role), 2))
    late = [k for k in np.flatnonzero(asked).tolist()
            if not np.isfinite(least_work(tables, np.eye(len(asked))[k], zero))]
    lines = [f"class {instance.classes[k]}: no pool serves it in time; the first token may take "
             f"{instance.first_token_limit_s[k]:g} s, a token {instance.token_limit_s[k]:g} s" for k in late]
    if not lines:
        for p, rate in enumerate(instance.rate_per_s):
            routed = route(tables, rate, tables.most)
            if not routed.feasible:
                lines.append(f"period {p}: with as many machines as each pool alone may have, {routed.served:.1%} of "
                             "the requests can be served at most")
            elif solve_model(split_model(instance, np.array([p]), coupled=False).model, Run(Budget()),
                             options={"mip_max_improving_sols": 1}).status is Status.INFEASIBLE:
                lines.append(f"period {p}: each pool alone has room, but not all of them together within inventory "
                             "and power")
    more = len(lines) - MOST_LINES
    return lines if more <= 0 else [*lines[:MOST_LINES], f"... and {more} more"]
