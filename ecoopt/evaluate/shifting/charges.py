"""Charges of a schedule: energy by the intensity of every slot, embodied carbon, migrations, resumptions."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.evaluate.exact_sum import running_sum
from ecoopt.instances.shifting import ShiftingInstance, ShiftingSchedule


class Charges(NamedTuple):
    """Totals of a schedule; a delay is from the release of a job to the beginning of its first run."""

    operational_g: float
    embodied_g: float
    migration_g: float
    resume_g: float
    energy_kwh: float
    gpu_h: float
    mean_delay_h: float
    moved_jobs: float
    resumptions: float


def charge(instance: ShiftingInstance, schedule: ShiftingSchedule) -> Charges:
    """Charge what is written; O(R + J + Z T)."""
    regions, slots = instance.capacity_gpus.shape
    slot_h = instance.slot_s / 3600.0
    runs = np.diff(schedule.run_offsets)
    job = np.repeat(np.arange(len(runs)), runs)
    known = schedule.region < regions
    row = known[job]
    job, start, length = job[row], schedule.run_start[row], schedule.run_length[row]
    region = schedule.region[job]
    first, last = np.minimum(start, slots), np.minimum(start + length, slots)
    hours = (last - first) * slot_h
    pue = np.array([place.pue for place in instance.regions])
    embodied = np.array([place.embodied_g_per_gpu_h for place in instance.regions])
    power_kw = instance.power_kw[job] * pue[region]
    placed = np.flatnonzero(known & (runs > 0))
    again = np.maximum(runs[known] - 1, 0)
    moved = schedule.region[placed] != instance.home[placed]
    delay = schedule.run_start[schedule.run_offsets[placed]] - instance.release_slot[placed]
    return Charges(
        operational_g=float((power_kw * slot_h * _intensities(instance, region, first, last)).sum()),
        embodied_g=float((embodied[region] * instance.gpus[job] * hours).sum()),
        migration_g=float((instance.migration_g_per_gpu[instance.home[placed], schedule.region[placed]]
                           * instance.gpus[placed]).sum()),
        resume_g=float((instance.resume_g[known] * again).sum()),
        energy_kwh=float((power_kw * hours).sum()),
        gpu_h=float((instance.gpus[job] * hours).sum()),
        mean_delay_h=float(delay.mean() * slot_h) if len(placed) else 0.0,
        moved_jobs=float(moved.sum()), resumptions=float(again.sum()))


def _intensities(instance: ShiftingInstance, region: IntArray, first: IntArray, last: IntArray) -> FloatArray:
    """Return the sum of intensities over the slots of each run, float array [R]; sums are carried in pairs."""
    total = np.zeros(len(region))
    for z, table in enumerate(instance.intensity_g_per_kwh):
        here = region == z
        sums = running_sum(table)
        high, low = sums[last[here]], sums[first[here]]
        total[here] = (high[:, 0] - low[:, 0]) + (high[:, 1] - low[:, 1])
    return total
