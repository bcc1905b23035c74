"""The referee of keep-alive: time, carbon and memory of a schedule, replayed from the trace of calls.

The problem is EcoLife's (SC'24, arXiv:2409.02085). Its rules and charges are those of the published code's online
controller (``tech.py``, ``utils.py``), where some containers of a cell may be kept and others not. With ``physical``
accounting a wait is charged by the intensity of each minute up to the horizon; with ``artifact`` as in that code.
"""

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.keepalive import replay as of
from ecoopt.evaluate.keepalive.rules import generation_labels, violations
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule

__all__ = ["evaluate"]


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return objective, terms and all violations of a keep-alive schedule.

    What is written is replayed, allowed or not: runs beyond the calls are charged, calls without a run are not, keeps
    longer than allowed last as written; keeps after unknown cells or on unknown generations do nothing. Sums are exact
    to the last digits whatever the order of rows. O(C G + K + G T) time for C cells, K rows of keeps, G generations and
    T minutes.

    Parameters
    ----------
    instance : KeepAliveInstance
        What is asked.
    schedule : KeepAliveSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, `runs` is not of shape [C, G], or figures add up to more than a float holds.
    """
    if not isinstance(instance, KeepAliveInstance) or not isinstance(schedule, KeepAliveSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a KeepAliveInstance and a KeepAliveSchedule")
    shape = (instance.invocations.cells, len(instance.generations))
    if schedule.runs.shape != shape and (shape[0] or schedule.runs.size):
        raise InputError.one("schedule", "runs", f"has shape {list(schedule.runs.shape)}, the instance {list(shape)}",
                             "give one row per cell and one column per generation")
    with np.errstate(over="ignore", invalid="ignore"):
        outcome = of.replay(instance, schedule)
    objective, figures = float(outcome.totals[of.OBJECTIVE]), _figures(instance, outcome)
    if not np.isfinite([objective, *(value for value, _ in figures.values())]).all():
        raise InputError.one("instance", "profiles", "time, carbon or memory adds up to more than a float holds",
                             "check the units")
    terms = {name: Term(value=value, unit=unit) for name, (value, unit) in figures.items()}
    return Score(objective=objective, terms=terms, violations=tuple(violations(instance, schedule, outcome)))


def _figures(instance: KeepAliveInstance, outcome: of.Replay) -> dict[str, tuple[float, str]]:
    """Return the figures people report; means and shares are per call of the instance, 0 where it has none."""
    totals, calls = outcome.totals.tolist(), instance.invocations.calls
    per_call = 1 / calls if calls else 0.0
    execution_g = totals[of.EXECUTION_EMBODIED_G] + totals[of.EXECUTION_OPERATIONAL_G]
    keep_g = totals[of.KEEP_EMBODIED_TOTAL_G] + totals[of.KEEP_OPERATIONAL_TOTAL_G]
    figures: dict[str, tuple[float, str]] = {
        "service_time_s": (totals[of.SERVICE_S], "s"),
        "mean_service_time_s": (totals[of.SERVICE_S] * per_call, "s"),
        "carbon_g": (execution_g + keep_g, "g"),
        "mean_carbon_mg": (1000 * (execution_g + keep_g) * per_call, "mg"),
        "execution_carbon_g": (execution_g, "g"),
        "keep_carbon_g": (keep_g, "g"),
        "operational_carbon_g": (totals[of.EXECUTION_OPERATIONAL_G] + totals[of.KEEP_OPERATIONAL_TOTAL_G], "g"),
        "embodied_carbon_g": (totals[of.EXECUTION_EMBODIED_G] + totals[of.KEEP_EMBODIED_TOTAL_G], "g"),
        "calls": (calls, "calls"),
        "warm_calls": (totals[of.WARM_CALLS], "calls"),
        "warm_share": (totals[of.WARM_CALLS] * per_call, ""),
        "keep_container_min": (totals[of.CONTAINER_MIN], "min"),
        "objective_per_call": (totals[of.OBJECTIVE] * per_call, "")}
    peaks = zip(generation_labels(instance), outcome.memory_gb.max(axis=1).tolist(), strict=True)
    return figures | {f"peak_memory_gb_{label}": (peak, "GB") for label, peak in peaks}
