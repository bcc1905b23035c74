"""Shifting by enumeration: every region and every set of slots of a job, every combination of jobs that fits."""

from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.shifting import ShiftingInstance, ShiftingSchedule


class Option(NamedTuple):
    """One way to do a job: its carbon, its region, its slots."""

    carbon_g: float
    region: int
    slots: tuple[int, ...]


def job_options(instance: ShiftingInstance, job: int, prices: FloatArray | None = None) -> list[Option]:
    """Return every way to do a job as if it were alone, the best first.

    Parameters
    ----------
    instance : ShiftingInstance
        Tiny.
    job : int
        Which.
    prices : float array [Z, T], optional
        Grams charged by GPU and slot besides.
    """
    first, last = int(instance.release_slot[job]), int(instance.deadline_slot[job])
    length, gpus, home = int(instance.length_slots[job]), int(instance.gpus[job]), int(instance.home[job])
    found = []
    for slots in combinations(range(first, last), length):
        runs = 1 + sum(after != before + 1 for before, after in pairwise(slots))
        if runs > 1 and not instance.interruptible[job]:
            continue
        for z, region in enumerate(instance.regions):
            if any(instance.capacity_gpus[z, t] < gpus for t in slots):
                continue
            carbon = float(instance.migration_g_per_gpu[home, z]) * gpus + float(instance.resume_g[job]) * (runs - 1)
            for t in slots:
                carbon += float(instance.power_kw[job]) * region.pue * instance.slot_h * float(
                    instance.intensity_g_per_kwh[z, t])
                carbon += region.embodied_g_per_gpu_h * gpus * instance.slot_h
                carbon += 0.0 if prices is None else gpus * float(prices[z, t])
            found.append(Option(carbon, z, slots))
    return sorted(found)


def best_schedule(instance: ShiftingInstance) -> tuple[float, ShiftingSchedule] | None:
    """Return the least carbon and a schedule of it, by branch and bound over options of jobs; None if there is none."""
    options = [job_options(instance, j) for j in range(instance.jobs)]
    if not all(options):
        return None
    rest = np.concatenate([np.cumsum([choices[0].carbon_g for choices in options][::-1])[::-1], [0.0]])
    free = instance.capacity_gpus.copy()
    best: list[float] = [np.inf]
    chosen: list[Option] = []
    kept: list[Option] = []

    def place(j: int, spent: float) -> None:
        if j == len(options):
            best[0], kept[:] = spent, chosen
            return
        for option in options[j]:
            if spent + option.carbon_g + rest[j + 1] >= best[0]:
                return
            slots, gpus = list(option.slots), int(instance.gpus[j])
            if (free[option.region, slots] >= gpus).all():
                free[option.region, slots] -= gpus
                chosen.append(option)
                place(j + 1, spent + option.carbon_g)
                chosen.pop()
                free[option.region, slots] += gpus

    place(0, 0.0)
    return (best[0], _schedule(kept)) if kept else None


def charge_plainly(instance: ShiftingInstance, schedule: ShiftingSchedule) -> tuple[float, bool]:
    """Return the carbon of a schedule and whether it breaks no rule, slot by slot."""
    carbon, allowed = 0.0, True
    used = np.zeros_like(instance.capacity_gpus)
    for j in range(instance.jobs):
        z, gpus, home = int(schedule.region[j]), int(instance.gpus[j]), int(instance.home[j])
        runs = range(int(schedule.run_offsets[j]), int(schedule.run_offsets[j + 1]))
        slots = [t for k in runs for t in range(schedule.run_start[k], schedule.run_start[k] + schedule.run_length[k])]
        allowed &= len(slots) == instance.length_slots[j] and slots == sorted(set(slots))
        allowed &= all(instance.release_slot[j] <= t < instance.deadline_slot[j] for t in slots)
        allowed &= len(runs) == 1 or bool(instance.interruptible[j])
        if z >= len(instance.regions):
            allowed = False
            continue
        region = instance.regions[z]
        carbon += float(instance.resume_g[j]) * max(len(runs) - 1, 0)
        carbon += float(instance.migration_g_per_gpu[home, z]) * gpus if len(runs) else 0.0
        for t in slots:
            if t < instance.slots:
                used[z, t] += gpus
                carbon += float(instance.power_kw[j]) * region.pue * instance.slot_h * float(
                    instance.intensity_g_per_kwh[z, t]) + region.embodied_g_per_gpu_h * gpus * instance.slot_h
    return carbon, bool(allowed and (used <= instance.capacity_gpus).all())


def _schedule(options: list[Option]) -> ShiftingSchedule:
    """Return the schedule of one option for each job."""
    region: IntArray = np.array([option.region for option in options], dtype=np.int64)
    slots: IntArray = np.array([t for option in options for t in option.slots], dtype=np.int64)
    sizes = [len(option.slots) for option in options]
    return ShiftingSchedule.of_slots(region, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), slots)
