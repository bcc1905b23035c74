"""The referee of MIG serving: carbon, quality and every rule of a schedule, worked out period by period.

The problem is Clover's (SC'23, arXiv:2304.09781): the objective is carbon_weight less its f, with carbon relative to
the baseline at a reference intensity and quality relative to the baseline's.
"""

import math

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.mig_serving.charges import Charges, charges
from ecoopt.evaluate.mig_serving.rules import violations
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule

__all__ = ["evaluate"]


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return objective, terms and all violations of a MIG serving schedule.

    What is written is charged, allowed or not: requests sent to a profile that cannot run the variant take no energy,
    requests that are not sent anywhere lose no quality. Sums are exact to the last digit. O(T V P) time, and a packing
    of the slices for each distinct pair of slices and GPUs on.

    Parameters
    ----------
    instance : MigServingInstance
        What is asked.
    schedule : MigServingSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, the schedule's shapes are not the instance's, or figures overflow.
    """
    if not isinstance(instance, MigServingInstance) or not isinstance(schedule, MigServingSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a MigServingInstance and a MigServingSchedule")
    wanted = (instance.periods, len(instance.variants), len(instance.geometry.profiles))
    if schedule.instances.shape != wanted:
        raise InputError.one("schedule", "instances", f"has shape {list(schedule.instances.shape)}, the instance "
                             f"{list(wanted)}", "give periods, variants and profiles of the instance")
    with np.errstate(over="ignore", invalid="ignore"):
        charged = charges(instance, schedule)
        figures = _figures(instance, schedule, charged)
    if not np.isfinite([value for value, _ in figures.values()]).all():
        raise InputError.one("instance", "", "carbon or energy adds up to more than a float holds", "check the units")
    objective = figures.pop("objective")[0]
    terms = {name: Term(value=value, unit=unit) for name, (value, unit) in figures.items()}
    return Score(objective=objective, terms=terms, violations=tuple(violations(instance, schedule)))


def _figures(
    instance: MigServingInstance, schedule: MigServingSchedule, charged: Charges
) -> dict[str, tuple[float, str]]:
    """Return the objective and the figures people report."""
    weight, periods = instance.carbon_weight, instance.periods
    relative = charged.carbon_g / charged.reference_g
    objective = math.fsum([*(weight * relative).tolist(), *((1 - weight) * charged.quality_loss).tolist()]) / periods
    requests = math.fsum(instance.load_rps.ravel().tolist()) * instance.period_s
    energy_j = math.fsum(charged.energy_j.tolist())
    carbon_g = math.fsum(charged.carbon_g.tolist())
    mean = 1 / periods
    saving = 1 - math.fsum(relative.tolist()) * mean
    loss = math.fsum(charged.quality_loss.tolist()) * mean
    return {
        "objective": (objective, ""),
        "carbon_g": (carbon_g, "g"),
        "carbon_per_request_mg": (1000 * carbon_g / requests, "mg"),
        "carbon_saving": (saving, ""),
        "quality_loss": (loss, ""),
        "clover_objective": (weight * saving - (1 - weight) * loss, ""),
        "energy_kwh": (energy_j / 3.6e6, "kWh"),
        "change_energy_kwh": (math.fsum(charged.change_j.tolist()) / 3.6e6, "kWh"),
        "mean_gpus_on": (math.fsum(schedule.gpus_on.tolist()) * mean, "GPUs"),
        "slices_changed": (float(charged.slices_changed), "slices"),
        "requests": (requests, "requests")}
