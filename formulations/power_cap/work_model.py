"""The best work under given caps: a linear program with one backlog per class."""

import numpy as np

from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.power_cap.plain_model import plain_model
from ecoopt.instances.power_cap import PowerCapSchedule
from ecoopt.instances.power_cap.tables import CapTables


def best_work(tables: CapTables, schedule: PowerCapSchedule) -> PowerCapSchedule:
    """Return the schedule with the same shares of caps and the best work, or itself where rounding is in the way.

    Parameters
    ----------
    tables : CapTables
        The instance.
    schedule : PowerCapSchedule
        Feasible.
    """
    plain = plain_model(tables, integer=False)
    lower, upper = plain.model.lower.copy(), plain.model.upper.copy()
    lower[plain.share] = upper[plain.share] = schedule.share
    found = solve_lp(plain.model.replaced(lower=lower, upper=upper))
    if found.status is not Status.OPTIMAL or found.x is None:
        return schedule
    work = np.where(schedule.share > 0, np.maximum(found.x[plain.work], 0.0), 0.0)
    better = PowerCapSchedule(share=schedule.share, work_gpu_h=work)
    return better if tables.value(better) < tables.value(schedule) else schedule
