"""The referee of generation directives: carbon, quality and every rule of a schedule, worked out hour by hour.

The problem is Sprout's (EMNLP'24, arXiv:2403.12900) with budgets of quality, known classes, and a fleet added.
"""

import math

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.directives.charges import Charges, charges
from ecoopt.evaluate.directives.quality import quality
from ecoopt.evaluate.directives.rules import violations
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule

__all__ = ["evaluate"]


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return objective, terms and all violations of a directives schedule.

    What is written is charged, allowed or not. Sums over hours are exact to the last digit. O(R^2 T C L) time.

    Parameters
    ----------
    instance : DirectivesInstance
        What is asked.
    schedule : DirectivesSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, or the schedule does not fit the instance.
    """
    if not isinstance(instance, DirectivesInstance) or not isinstance(schedule, DirectivesSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a DirectivesInstance and a DirectivesSchedule")
    _check_fit(instance, schedule)
    charged = charges(instance, schedule)
    figures = _figures(instance, schedule, charged)
    terms = {name: Term(value=value, unit=unit) for name, (value, unit) in figures.items()}
    return Score(objective=figures["carbon_g"][0], terms=terms,
                 violations=tuple(violations(instance, schedule, charged.busy_s)))


def _check_fit(instance: DirectivesInstance, schedule: DirectivesSchedule) -> None:
    """Refuse a schedule of another instance's shape."""
    if schedule.share.shape != instance.share_shape:
        raise InputError.one("schedule", "share", f"has shape {list(schedule.share.shape)}, the instance "
                             f"{list(instance.share_shape)}", "give origins, hours, groups, regions and levels of it")
    if (schedule.gpus is None) != (instance.fleet is None):
        raise InputError.one("schedule", "gpus", "are given without a fleet" if instance.fleet is None
                             else "are missing",
                             "give GPUs where the instance has a fleet, and only there")
    if len(schedule.evaluations) and (instance.evaluator is None or schedule.evaluations[-1] >= instance.hours):
        raise InputError.one("schedule", "evaluations", "are given without an evaluator" if instance.evaluator is None
                             else f"go beyond hour {instance.hours - 1}", "leave them out")


def _figures(
    instance: DirectivesInstance, schedule: DirectivesSchedule, charged: Charges
) -> dict[str, tuple[float, str]]:
    """Return the objective and the figures people report."""
    total = {name: math.fsum(getattr(charged, f"{name}_g").ravel().tolist())
             for name in ("serving", "embodied", "evaluation", "idle", "network", "base")}
    carbon_g = math.fsum(value for name, value in total.items() if name != "base")
    requests = math.fsum(instance.requests.ravel().tolist())
    reached = quality(instance, schedule)
    weighed = math.fsum((instance.requests * reached).ravel().tolist()) / requests
    saving, serving_saving = (1 - grams / total["base"] if total["base"] else 0.0
                              for grams in (carbon_g, carbon_g - total["evaluation"]))
    figures = {"carbon_g": (carbon_g, "g")} | {
        f"{name}_g": (value, "g") for name, value in total.items() if name != "base"}
    figures |= {
        "carbon_per_request_mg": (1000 * carbon_g / requests, "mg"),
        "base_per_request_mg": (1000 * total["base"] / requests, "mg"),
        "carbon_saving": (saving, ""),
        "serving_saving": (serving_saving, ""),
        "quality": (weighed, ""),
        "mean_hourly_quality": (math.fsum(reached.ravel().tolist()) / reached.size, ""),
        "energy_kwh": (math.fsum(charged.energy_kwh.ravel().tolist()), "kWh"),
        "requests": (requests, "requests")}
    if instance.evaluator is not None:
        figures["evaluations"] = (float(len(schedule.evaluations)), "evaluations")
    if schedule.gpus is not None:
        figures["gpu_hours"] = (float(schedule.gpus.sum()), "GPU h")
    return figures
