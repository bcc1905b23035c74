"""The referee of pools: what is served, paid and emitted, and every broken rule.

The problem is KAIROS's pool (HPDC'23, arXiv:2210.05889) in its fluid reading, and Ribbon's (SC'21, arXiv:2207.11434)
where the instance holds trials. No table that a solver uses is looked at.
"""

from math import fsum

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.pool.rules import violations
from ecoopt.evaluate.pool.tally import Tally, tally
from ecoopt.instances.pool import PoolInstance, PoolSchedule

__all__ = ["evaluate"]

W_PER_KW = 1000.0


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return objective, terms and all violations of a pool.

    Machines and rates of a period, model, type or bin that does not exist count for nothing but their violation. A
    composition that was not tried serves nothing. O(E + T M K) for E entries of the schedule.

    Parameters
    ----------
    instance : PoolInstance
        What is asked.
    schedule : PoolSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, or the rates taken on are not one per period and model.
    """
    if not isinstance(instance, PoolInstance) or not isinstance(schedule, PoolSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a PoolInstance and a PoolSchedule")
    shape = instance.periods, len(instance.models)
    if schedule.rate_per_s.shape != shape and instance.trials is None:
        raise InputError.one("evaluate", "rate_per_s", f"has shape {list(schedule.rate_per_s.shape)}",
                             f"give {list(shape)}: periods, models")
    what = tally(instance, schedule)
    dollars, grams_operational, grams_embodied = _spent(instance, what)
    served = _served(instance, what)
    grams = grams_operational + grams_embodied
    objective = {"throughput": served, "cost": -dollars, "carbon": -grams}[instance.objective]
    figures = {
        "served_weighted_per_s": (served, "queries/s"), "cost_usd": (dollars, "$"), "carbon_g": (grams, "g"),
        "operational_g": (grams_operational, "g"), "embodied_g": (grams_embodied, "g"),
        "machine_hours": (float(what.count.sum()) * instance.period_h, "h"),
        "starts": (float(what.starts.sum()), "machines"),
        "dollars_per_h": (dollars / (instance.periods * instance.period_h), "$/h")}
    if instance.trials is not None and what.measured is not None and instance.trials.qos_percent is not None:
        figures["qos_percent"] = (what.measured, "%")
    return Score(objective=objective, terms={name: Term(value=value, unit=unit)
                                             for name, (value, unit) in figures.items()},
                 violations=tuple(violations(instance, schedule, what)))


def _served(instance: PoolInstance, what: Tally) -> float:
    """Return the mean over periods of weighted rates, each up to its demand."""
    if instance.trials is not None:
        return what.measured or 0.0 if instance.trials.rate_per_s is not None else 0.0
    counted = np.column_stack([
        rate if model.demand_per_s is None else np.minimum(rate, model.demand_per_s)
        for model, rate in zip(instance.models, what.rate.T, strict=True)])
    return fsum((counted * [model.weight for model in instance.models]).ravel()) / instance.periods


def _spent(instance: PoolInstance, what: Tally) -> tuple[float, float, float]:
    """Return dollars, operational and embodied grams of all periods."""
    hours = what.count.sum(axis=1) * instance.period_h
    starting_h = what.starts.sum(axis=1) * instance.start_h
    dollars = fsum((instance.price_per_h * (hours + starting_h)).ravel())
    idle_w, extra_w, embodied = (np.array(figure, dtype=np.float64) for figure in zip(*(
        (kind.idle_w, kind.busy_w - kind.idle_w, kind.embodied_g_per_h) for kind in instance.types), strict=True))
    busy_h: FloatArray = what.busy.sum(axis=1) * instance.period_h
    energy_kwh = ((hours + starting_h) * idle_w + busy_h * extra_w) / W_PER_KW * instance.pue
    operational = fsum((energy_kwh * instance.intensity_g_per_kwh[:, None]).ravel())
    return dollars, operational, fsum((hours * embodied).ravel())
