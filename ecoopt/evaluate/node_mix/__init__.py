"""The referee of node mixes: the carbon of the machines and of the work, and which demands and limits are broken.

The carbon model is that of Li et al. (SC'23, arXiv:2306.13177); no table that a solver uses is looked at.
"""

from math import fsum

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term, Violation
from ecoopt.evaluate.violations import broken
from ecoopt.instances.node_mix import NodeMixInstance, NodeMixSchedule

__all__ = ["evaluate"]

SHORT = "a group's machines do not meet its demand"
NONE_CHOSEN = "a group that must have one option has none"
SEVERAL = "a group that must have one option has several"
TOO_MANY = "there are more machines of an option than there may be"
BELOW = "the machines provide less than a floor"
ABOVE = "the machines use more than a ceiling"

_SHARE = 1e-6
_YEAR_H = 8760


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return objective, terms and all violations of a node mix. O(O (R + K)) for O options, R floors, K ceilings.

    Parameters
    ----------
    instance : NodeMixInstance
        What is asked.
    schedule : NodeMixSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, there is not one count per option, or figures add up to more than a float holds.
    """
    if not isinstance(instance, NodeMixInstance) or not isinstance(schedule, NodeMixSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a NodeMixInstance and a NodeMixSchedule")
    if len(schedule.count) != len(instance.options):
        raise InputError.one("schedule", "count", f"has {len(schedule.count)} entries for {len(instance.options)} "
                             "options", "give one for each")
    count = schedule.count.astype(np.float64)
    hours, kwh_g = instance.horizon_h, instance.pue * instance.intensity_g_per_kwh
    embodied_kg = fsum(instance.embodied_kg * count)
    charged_kg = _charged(instance) * embodied_kg
    standing_kwh = fsum(instance.power_w * count) * hours / 1000
    work_kwh = fsum(instance.energy_kwh[count > 0])
    operational_kg = (standing_kwh + work_kwh) * kwh_g / 1000
    figures = {
        "charged_kg": (charged_kg, "kgCO2e"), "operational_kg": (operational_kg, "kgCO2e"),
        "embodied_kg": (embodied_kg, "kgCO2e"), "energy_kwh": (standing_kwh + work_kwh, "kWh"),
        "machines": (float(count.sum()), "")}
    if not np.isfinite([value for value, _ in figures.values()]).all():
        raise InputError.one("instance", "", "carbon adds up to more than a float holds", "check the units")
    return Score(objective=charged_kg + operational_kg,
                 terms={name: Term(value=value, unit=unit) for name, (value, unit) in figures.items()},
                 violations=tuple(_violations(instance, count)))


def _charged(instance: NodeMixInstance) -> float:
    """Return the share of new machines' embodied carbon that the horizon is charged."""
    share = min(instance.horizon_h / instance.lifetime_h, 1.0)
    if instance.amortisation == "straight-line":
        return share
    if instance.amortisation == "double-declining":
        return _declining(instance.horizon_h / _YEAR_H, instance.lifetime_h / _YEAR_H)
    return 1.0 if instance.amortisation == "at-purchase" else 0.0


def _declining(years: float, life: float) -> float:
    """Return what is charged by some age: each year twice the straight share of the rest, or the rest evenly."""
    left, age = 1.0, 0.0
    while age < min(years, life) - 1e-9:
        length = min(1.0, life - age)
        charge = left * min(max(2 * length / life, length / (life - age)), 1.0)
        if age + length >= years:
            return min(1.0 - left + charge * (years - age) / length, 1.0)
        left -= charge
        age += length
    return 1.0 - left if years < life else 1.0


def _violations(instance: NodeMixInstance, count: FloatArray) -> list[Violation]:
    """Return every broken rule."""
    groups = len(instance.groups)
    met = np.bincount(instance.group, weights=instance.delivers * count, minlength=groups)
    kinds = np.bincount(instance.group, weights=count > 0, minlength=groups)

    def group(i: int) -> str:
        return instance.groups[i]

    def option(i: int) -> str:
        return f"{instance.groups[instance.group[i]]}: {instance.options[i]}"

    short = np.where(met < instance.demand * (1 - _SHARE), instance.demand - met, 0.0)
    provided, used = instance.provided @ count, instance.used @ count
    below = np.where(provided < instance.floor * (1 - _SHARE), instance.floor - provided, 0.0)
    above = np.where(used > instance.ceiling * (1 + _SHARE), used - instance.ceiling, 0.0)
    return [
        *broken(SHORT, "", short, group),
        *broken(NONE_CHOSEN, "options", instance.choice & (kinds < 1), group),
        *broken(SEVERAL, "options", np.where(instance.choice, kinds - 1, 0.0), group),
        *broken(TOO_MANY, "machines", count - instance.most, option),
        *broken(BELOW, "", below, lambda i: instance.floors[i]),
        *broken(ABOVE, "", above, lambda i: instance.ceilings[i])]
