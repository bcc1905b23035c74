"""Why a phase split has no feasible schedule, in people's terms."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.phase_split.split_model import split_model
from ecoopt.instances.phase_split import PhaseSplitInstance
from ecoopt.instances.phase_split.routing import route
from ecoopt.instances.phase_split.tables import BOTH, DECODE, PREFILL, SplitTables, split_tables

_MOST_NAMES = 3


def reasons(instance: PhaseSplitInstance) -> list[str]:
    """Return lines that say why an instance has no feasible schedule, none where it has one."""
    tables = split_tables(instance)
    asked = instance.rate_per_s.max(axis=0) > 0
    late = np.flatnonzero(asked & ~_in_time(tables, len(instance.regions)))
    if late.size:
        names = _some([instance.classes[k] for k in late.tolist()])
        return [f"no pool serves in time: {names}; the first token may take "
                f"{instance.first_token_limit_s[late].min():g} s, a token {instance.token_limit_s[late].min():g} s"]
    short, crowded = [], []
    share = 1.0
    for p, rate in enumerate(instance.rate_per_s):
        routed = route(tables, rate, tables.most)
        if not routed.feasible:
            short.append(str(p))
            share = min(share, routed.served)
        elif solve_model(split_model(instance, np.array([p]), coupled=False).model, Run(Budget()),
                         options={"mip_max_improving_sols": 1}).status is Status.INFEASIBLE:
            crowded.append(str(p))
    lines = []
    if short:
        lines.append(f"the inventory (or the power limit) is too small in period {_some(short)}: with as many machines "
                     f"as each pool alone may have, {share:.1%} of the requests can be served at most")
    if crowded:
        lines.append(f"in period {_some(crowded)} each pool alone has room, but not all of them together within "
                     "inventory and power")
    return lines


def _in_time(tables: SplitTables, regions: int) -> NDArray[np.bool_]:
    """Return which classes some pool, or a pair in a region, serves in time, bool array [K]."""
    found = (tables.usable & (tables.role == BOTH)).any(axis=1)
    for r in range(regions):
        prompts, tokens = ((tables.usable & (tables.role == role) & (tables.region == r)).any(axis=1)
                           for role in (PREFILL, DECODE))
        found |= prompts & tokens
    return np.asarray(found)


def _some(names: list[str]) -> str:
    """Return the first names and how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
