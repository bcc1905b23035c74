"""Why an instance has no schedule: what idle GPUs break, or which limits must give for the work to be done in time."""

import numpy as np

from ecoopt.core.budget import Budget
from ecoopt.core.instance import Instance
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import explain as reliefs_of
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.power_cap.plain_model import plain_model
from ecoopt.instances.power_cap import PowerCapInstance
from ecoopt.instances.power_cap.tables import CapTables, cap_tables

_LONGEST, _SECONDS = 20, 60.0


def explain(instance: Instance) -> str:
    """Return in words why an instance has no schedule, or that it has one as far as mixed caps can tell.

    Parameters
    ----------
    instance : PowerCapInstance
        Of this family.
    """
    assert isinstance(instance, PowerCapInstance)
    tables = cap_tables(instance)
    lines = _when_idle(tables)
    if not lines:
        model = plain_model(tables, integer=False).model
        if solve_lp(model).status is not Status.INFEASIBLE:
            rest = ("" if instance.mixed or not np.isfinite(tables.most_backlog).any()
                    else " if caps may be mixed; one cap per class may be too coarse for its limit on waiting work")
            return f"{instance.name} is feasible{rest}"
        told = _limits(tables)
        found = reliefs_of(model, Run(Budget(seconds=_SECONDS)), may_give=lambda name: name in told)
        lines = [f"{told[relief.constraint]} by {relief.by:.6g}" for relief in found.reliefs]
    more = [f"... and {len(lines) - _LONGEST} more"] if len(lines) > _LONGEST else []
    return "\n".join([f"{instance.name} is infeasible:", *lines[:_LONGEST], *more])


def _when_idle(tables: CapTables) -> list[str]:
    """Return the limits that are broken even when nothing is done."""
    power = [f"hour {t}: idle GPUs draw {tables.base_w:g} W, and power_limit_w is {tables.base_w + room:g}; raise it"
             for t, room in enumerate(tables.room_w.tolist()) if room < 0]
    heat = [f"hour {t}: the hall is warmer than most_c even when all GPUs are idle; raise it"
            for t, room in enumerate(tables.heat_w.tolist()) if room < 0]
    return [*power, *heat]


def _limits(tables: CapTables) -> dict[str, str]:
    """Return what must give, by name of the row."""
    classes = tables.instance.classes
    limited = np.flatnonzero(np.isfinite(tables.most_backlog)).tolist()
    hours = range(tables.shape[1])
    told = {f"waiting[{row},{t}]": f"{classes[k].name}, hour {t}: most_backlog_gpu_h must rise"
            for row, k in enumerate(limited) for t in hours}
    powered = np.flatnonzero(np.isfinite(tables.room_w)).tolist()
    return told | {f"power[{row}]": f"hour {t}: power_limit_w must rise" for row, t in enumerate(powered)}
