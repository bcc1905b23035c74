"""The referee of phase splits: what machines emit and cost, which requests are late or unserved, who is overloaded.

Written from the problem's description: pools of prompts and tokens as in Splitwise (Patel et al., ISCA'24) and
DistServe (Zhong et al., OSDI'24); no table that a solver uses is looked at.
"""

from math import fsum

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.phase_split.rules import violations
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule

__all__ = ["evaluate"]


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return objective, terms and all violations of a phase split. O(size of the schedule).

    Parameters
    ----------
    instance : PhaseSplitInstance
        What is asked.
    schedule : PhaseSplitSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, an array is of the wrong shape, or figures add up to more than a float holds.
    """
    if not isinstance(instance, PhaseSplitInstance) or not isinstance(schedule, PhaseSplitSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a PhaseSplitInstance and a PhaseSplitSchedule")
    wrong = [Problem(field, f"has shape {array.shape}", f"give {shape}") for field, array, shape in (
        ("machines", schedule.machines, instance.shape), ("share", schedule.share, instance.share_shape))
        if array.shape != shape]
    if wrong:
        raise InputError("schedule", wrong)
    each = machines_of_a_unit(instance)
    on = np.einsum("pqrh,qh->prh", schedule.machines.astype(np.float64), each)
    starts = np.maximum(np.diff(on, axis=0), 0.0)
    starts[instance.hours - 1::instance.hours] = 0.0  # a scenario's first hour finds its machines running
    starts = np.concatenate([np.zeros((1, *on.shape[1:])), starts])
    weight_h = np.repeat(instance.probability, instance.hours)
    standing = on
    if instance.owned:
        standing = np.broadcast_to(on.max(axis=0), on.shape)
    power_w = region_power_w(instance, schedule)
    start_kwh = np.array([kind.start_kwh for kind in instance.types])
    kwh = (power_w / 1000 + (starts @ start_kwh)) * instance.pue * weight_h[:, None]
    hour = np.arange(instance.periods) % instance.hours
    embodied_kg = np.array([kind.embodied_kg / kind.lifetime_h for kind in instance.types])
    rent = np.array([kind.rent_per_h for kind in instance.types])
    start_cost = np.array([kind.start_cost for kind in instance.types])
    carbon = {
        "operational_kg": fsum((kwh * instance.intensity_g_per_kwh[hour] / 1000).ravel()),
        "embodied_kg": fsum(((standing @ embodied_kg) * weight_h[:, None]).ravel())}
    cost = {
        "electricity_cost": fsum((kwh * instance.price_per_kwh[hour]).ravel()),
        "rent_cost": fsum(((standing @ rent) * weight_h[:, None]).ravel()),
        "start_cost": fsum(((starts @ start_cost) * weight_h[:, None]).ravel())}
    figures = {name: (value, "kgCO2e") for name, value in carbon.items()} | {
        name: (value, "") for name, value in cost.items()} | {
        "energy_kwh": (fsum(kwh.ravel()), "kWh"),
        "machine_hours": (fsum((on * weight_h[:, None, None]).ravel()), "h"),
        "most_machines": (float(on.sum(axis=(1, 2)).max()), "")}
    objective = sum((carbon if instance.objective == "carbon" else cost).values())
    if not np.isfinite([value for value, _ in figures.values()]).all():
        raise InputError.one("instance", "", "carbon or cost adds up to more than a float holds", "check the units")
    return Score(objective=objective,
                 terms={name: Term(value=value, unit=unit) for name, (value, unit) in figures.items()},
                 violations=tuple(violations(instance, schedule, on, power_w * instance.pue)))


def machines_of_a_unit(instance: PhaseSplitInstance) -> FloatArray:
    """Return the machines that one unit of each pool is, float array [Q, H]: a node is several."""
    return np.array([[kind.node_prefills + kind.node_decodes if pool == "node" else 1 for kind in instance.types]
                     for pool in instance.pools], dtype=np.float64)


def region_power_w(instance: PhaseSplitInstance, schedule: PhaseSplitSchedule) -> FloatArray:
    """Return the power of all machines that are on, overhead left out, float array [P, R]."""
    unit_w = np.array([[
        {"prefill": kind.prefill_w, "decode": kind.decode_w, "whole": kind.whole_w,
         "node": kind.node_prefills * kind.prefill_w + kind.node_decodes * kind.decode_w}[pool]
        for kind in instance.types] for pool in instance.pools])
    return np.asarray(np.einsum("pqrh,qh->pr", schedule.machines.astype(np.float64), unit_w))
