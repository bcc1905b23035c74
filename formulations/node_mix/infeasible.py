"""Why a node mix has no feasible schedule, in people's terms."""

import numpy as np

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.node_mix.mix_model import mix_model
from ecoopt.instances.node_mix import TOLERANCE, NodeMixInstance, mix_tables

MOST_LINES = 20


def reasons(instance: NodeMixInstance) -> list[str]:
    """Return lines that say why an instance has no feasible schedule, none where it has one."""
    tables = mix_tables(instance)
    choices = np.flatnonzero(instance.choice)
    usable = np.bincount(instance.group, weights=tables.usable, minlength=len(instance.groups))
    lines = [f"group {instance.groups[g]}: no option meets its demand of {instance.demand[g]:g} alone within the most "
             "machines and every ceiling" for g in choices.tolist() if usable[g] == 0]
    reach = np.bincount(instance.group, weights=instance.delivers * tables.enough, minlength=len(instance.groups))
    for g in np.flatnonzero(~instance.choice & (reach < instance.demand * (1 - TOLERANCE))).tolist():
        lines.append(f"group {instance.groups[g]}: as many machines as there may be deliver {reach[g]:g} of "
                     f"{instance.demand[g]:g}")
    for name, amount, provides in zip(instance.floors, instance.floor, instance.provided, strict=True):
        reached = float(provides @ tables.enough)
        if reached < amount * (1 - TOLERANCE):
            lines.append(f"floor {name}: as many machines as there may be provide {reached:g} of {amount:g}")
    if not lines:
        for name, limit, uses in zip(instance.ceilings, instance.ceiling, instance.used, strict=True):
            taken = np.where(tables.usable, uses * tables.least, np.inf)
            least = sum(float(taken[first:end].min()) for first, end, choice in zip(
                instance.first[:-1].tolist(), instance.first[1:].tolist(), instance.choice.tolist(), strict=True)
                if choice)
            if least > limit * (1 + TOLERANCE):
                lines.append(f"ceiling {name}: the choices that use least take {least:g} of {limit:g}")
    if not lines:
        found = solve_model(mix_model(instance).linear, Run(Budget()), options={"mip_max_improving_sols": 1})
        if found.status is Status.INFEASIBLE:
            lines.append("demands, floors and ceilings can each be kept, not all at once: "
                         + ", ".join([*instance.floors, *instance.ceilings]))
    more = len(lines) - MOST_LINES
    return lines if more <= 0 else [*lines[:MOST_LINES], f"... and {more} more"]
