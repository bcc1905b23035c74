"""The referee of MIG snapshots: what every job gains, what is disturbed, and which rules are broken.

The problem is MISO's (SoCC'22, arXiv:2207.11428): its system throughput, and the mean slowdown that its code minimises.
The rules of cutting are NVIDIA's, checked here slice by slice; no table that a solver uses is looked at.
"""

from math import fsum, inf

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.mig_partition.places import Places, places
from ecoopt.evaluate.mig_partition.residents import Disturbance, disturbance
from ecoopt.evaluate.mig_partition.rules import violations
from ecoopt.instances.mig_partition import MigPartitionInstance, MigPartitionSchedule

__all__ = ["evaluate"]

J_PER_KWH = 3_600_000


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return objective, terms and all violations of a MIG snapshot.

    A job on a GPU or profile that does not exist counts as left out. A job that is left out or runs at speed 0 makes a
    mean slowdown or an energy as if it ran a billion times slower than the reference. O(J + G (P + slices)) time for J
    jobs and G GPUs.

    Parameters
    ----------
    instance : MigPartitionInstance
        What is asked.
    schedule : MigPartitionSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, there is not one place per job, or figures add up to more than a float holds.
    """
    if not isinstance(instance, MigPartitionInstance) or not isinstance(schedule, MigPartitionSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a MigPartitionInstance and a MigPartitionSchedule")
    if len(schedule.gpu) != instance.jobs:
        raise InputError.one("schedule", "gpu", f"has {len(schedule.gpu)} entries, the instance {instance.jobs} jobs",
                             "give one entry per job")
    where = places(instance, schedule)
    disturbed = disturbance(instance, schedule, where)
    gained = _gains(instance, where)
    objective = gained[instance.objective] - disturbed.cost
    figures = _figures(instance, schedule, where, gained, disturbed)
    if not np.isfinite([objective, *(value for value, _ in figures.values())]).all():
        raise InputError.one("instance", "blocks", "speed, slowdown or energy adds up to more than a float holds",
                             "check the units")
    return Score(objective=objective, terms={name: Term(value=value, unit=unit) for name, (value, unit)
                                             in figures.items()},
                 violations=tuple(violations(instance, schedule, where)))


_NEVER = 1e-9
"""Speed at which a job that does not run is counted where its slowdown or energy is asked for."""


def _gains(instance: MigPartitionInstance, where: Places) -> dict[str, float]:
    """Return each objective before what disturbing residents costs."""
    speed = where.speed
    counted = np.maximum(speed, _NEVER)
    gains = {
        "stp": fsum(speed), "weighted_stp": fsum(instance.job_weight * speed),
        "mean_slowdown": -fsum(1 / counted) / instance.jobs, "max_min": float(speed.min(initial=inf))}
    if instance.work_s is not None and all(block.active_power_w is not None for block in instance.blocks):
        gains["energy"] = -fsum(_power_w(instance, where) * (instance.work_s / counted))
    return gains


def _power_w(instance: MigPartitionInstance, where: Places) -> FloatArray:
    """Return the power each job is charged, its share of the idle power of its GPU included; 0 for jobs left out."""
    power_w = np.zeros(instance.jobs)
    for b, block in enumerate(instance.blocks):
        jobs = np.flatnonzero(where.block == b)
        if block.active_power_w is None:
            continue
        slices = np.array([profile.compute_slices for profile in block.geometry.profiles])
        active_w = block.active_power_w[instance.job_type[jobs], where.profile[jobs]]
        power_w[jobs] = active_w + block.idle_power_w * slices[where.profile[jobs]] / block.geometry.compute_slices
    return power_w


def _figures(
    instance: MigPartitionInstance, schedule: MigPartitionSchedule, where: Places, gained: dict[str, float],
    disturbed: Disturbance,
) -> dict[str, tuple[float, str]]:
    """Return the figures people report."""
    runs: NDArray[np.bool_] = where.block >= 0
    used = np.unique(schedule.gpu[runs])
    owner: IntArray = np.searchsorted(instance.first_gpu, used, side="right") - 1
    offered = sum(instance.blocks[b].geometry.compute_slices for b in owner)
    figures = {
        "stp": (gained["stp"], ""), "weighted_stp": (gained["weighted_stp"], ""),
        "mean_slowdown": (-gained["mean_slowdown"], ""), "least_speed": (gained["max_min"], ""),
        "jobs_running": (float(runs.sum()), "jobs"), "jobs_left_out": (float((~runs).sum()), "jobs"),
        "gpus_used": (float(len(used)), "GPUs"),
        "idle_compute_slices": (float(offered - where.compute_slices.sum()), "slices"),
        "migrations": (float(disturbed.migrations), "jobs"), "gpus_reset": (float(disturbed.gpus_reset), "GPUs"),
        "disturbance_cost": (disturbed.cost, "")}
    if "energy" in gained:
        figures["energy_kwh"] = (-gained["energy"] / J_PER_KWH, "kWh")
    return figures
