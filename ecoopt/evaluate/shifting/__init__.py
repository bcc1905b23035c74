"""The referee of shifting: the carbon of every run by the intensities of its slots, and every rule that is broken.

The problem is that of Li et al. (SC'23, arXiv:2306.13177): in which grid region and in which hours jobs run. Windows
and interruptions are those of Wiesner et al. (*Let's wait awhile*, Middleware'21, arXiv:2110.13234).
"""

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.shifting.charges import charge
from ecoopt.evaluate.shifting.rules import violations
from ecoopt.instances.shifting import ShiftingInstance, ShiftingSchedule

__all__ = ["evaluate"]


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return the carbon, terms and all violations of a schedule.

    What is written is charged, allowed or not: every run by the slots of the horizon that it takes, every run of a job
    but its first as a resumption, and no run in a region that does not exist. O(R + Z T).

    Parameters
    ----------
    instance : ShiftingInstance
        What is asked.
    schedule : ShiftingSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, or the schedule is of another number of jobs.
    """
    if not isinstance(instance, ShiftingInstance) or not isinstance(schedule, ShiftingSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a ShiftingInstance and a ShiftingSchedule")
    if len(schedule.region) != len(instance.gpus):
        raise InputError.one("schedule", "region", f"has {len(schedule.region)} jobs, the instance "
                             f"{len(instance.gpus)}", "give one region per job")
    charges = charge(instance, schedule)
    carbon_g = {"operational_g": charges.operational_g, "embodied_g": charges.embodied_g,
                "migration_g": charges.migration_g, "resume_g": charges.resume_g}
    objective = float(sum(carbon_g.values()))
    if not np.isfinite(objective):
        raise InputError.one("instance", "power_kw", "carbon adds up to more than a float holds", "check the units")
    figures = {name: (value, "g") for name, value in carbon_g.items()} | {
        "energy_kwh": (charges.energy_kwh, "kWh"), "mean_delay_h": (charges.mean_delay_h, "h"),
        "moved_jobs": (charges.moved_jobs, "jobs"), "resumptions": (charges.resumptions, ""),
        "g_per_gpu_h": (objective / charges.gpu_h if charges.gpu_h else 0.0, "g/GPU-h")}
    return Score(objective=objective, terms={name: Term(value=value, unit=unit)
                                             for name, (value, unit) in figures.items()},
                 violations=tuple(violations(instance, schedule)))
