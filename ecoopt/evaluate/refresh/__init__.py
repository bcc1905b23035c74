"""The referee of hardware refresh: stocks, carbon and every rule of a schedule, worked out period by period.

The problem is that of Li et al. (*Toward Sustainable HPC*, SC'23, arXiv:2306.13177) for a fleet at several sites.
"""

import math

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.refresh.charges import charges
from ecoopt.evaluate.refresh.rules import violations
from ecoopt.evaluate.refresh.stocks import stocks
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule

__all__ = ["evaluate"]


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return objective, terms and all violations of a refresh schedule.

    What is written is charged, allowed or not. O(G S W T) time.

    Parameters
    ----------
    instance : RefreshInstance
        What is asked.
    schedule : RefreshSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, or the schedule does not fit the instance.
    """
    if not isinstance(instance, RefreshInstance) or not isinstance(schedule, RefreshSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a RefreshInstance and a RefreshSchedule")
    if schedule.work.shape != instance.work_shape:
        raise InputError.one("schedule", "work", f"has shape {list(schedule.work.shape)}, the instance "
                             f"{list(instance.work_shape)}", "give generations, sites, workloads and periods of it")
    held = stocks(instance, schedule)
    charged = charges(instance, schedule, held)
    parts = {name: math.fsum(table.ravel().tolist()) for name, table in charged.grams.items()}
    figures = {"carbon_g": (math.fsum(parts.values()), "g")} | {name: (value, "g") for name, value in parts.items()}
    figures |= {"energy_kwh": (math.fsum(charged.energy_kwh.ravel().tolist()), "kWh"),
                "purchases": (float(schedule.purchases.sum()), "GPUs"),
                "retirements": (float(schedule.retirements.sum()), "GPUs"),
                "spent": (math.fsum(charged.spent.tolist()), "")}
    return Score(objective=figures["carbon_g"][0],
                 terms={name: Term(value=value, unit=unit) for name, (value, unit) in figures.items()},
                 violations=tuple(violations(instance, schedule, held, charged)))
