"""Costs that both sides of solving use: grams by kilowatt up to every slot, and what a job pays in a region anyway."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.shifting.schedule import ShiftingSchedule
from ecoopt.instances.shifting.schema import ShiftingInstance


@dataclass(frozen=True, eq=False)
class ShiftingCosts:
    """Tables of an instance.

    A run of job j in region z over slots s .. e - 1 costs ``power_j (grams[z, e] - grams[z, s])``; the job costs
    ``fixed[j, z]`` besides, and its resumptions.

    Parameters
    ----------
    instance : ShiftingInstance
        What is asked.
    """

    instance: ShiftingInstance

    @cached_property
    def slot_g_per_kw(self) -> FloatArray:
        """Carbon of a kilowatt throughout a slot, float array [Z, T]."""
        pue = np.array([region.pue for region in self.instance.regions])
        table: FloatArray = self.instance.intensity_g_per_kwh * (pue * self.instance.slot_h)[:, None]
        return table

    @cached_property
    def grams(self) -> FloatArray:
        """Carbon of a kilowatt from slot 0 up to every slot, float array [Z, T + 1]."""
        table = np.zeros((len(self.instance.regions), self.instance.slots + 1))
        np.cumsum(self.slot_g_per_kw, axis=1, out=table[:, 1:])
        return table

    @cached_property
    def fixed(self) -> FloatArray:
        """Migration and embodied carbon of a job in a region, float array [J, Z]."""
        instance = self.instance
        embodied = np.array([region.embodied_g_per_gpu_h for region in instance.regions])
        gpu_h = instance.gpus * instance.length_slots * instance.slot_h
        moved = instance.migration_g_per_gpu[instance.home] * instance.gpus[:, None]
        table: FloatArray = moved + gpu_h[:, None] * embodied
        return table

    @cached_property
    def dearest_g(self) -> float:
        """More grams than any schedule has."""
        instance = self.instance
        most = instance.power_kw * instance.length_slots * self.slot_g_per_kw.max() + self.fixed.max(axis=1)
        return 1.0 + float((most + instance.resume_g * instance.length_slots).sum())

    def objective(self, schedule: ShiftingSchedule) -> float:
        """Return the carbon of a schedule that keeps the rules, in O(J + R)."""
        instance = self.instance
        runs = np.diff(schedule.run_offsets)
        job = np.repeat(np.arange(instance.jobs), runs)
        region, end = schedule.region[job], schedule.run_start + schedule.run_length
        energy = instance.power_kw[job] * (self.grams[region, end] - self.grams[region, schedule.run_start])
        fixed = self.fixed[np.arange(instance.jobs), schedule.region]
        return float(energy.sum() + fixed.sum() + instance.resume_g @ (runs - 1))


def used_gpus(instance: ShiftingInstance, schedule: ShiftingSchedule) -> IntArray:
    """Return the GPUs that a schedule uses by region and slot, int array [Z, T]."""
    job = np.repeat(np.arange(instance.jobs), np.diff(schedule.run_offsets))
    change = np.zeros((len(instance.regions), instance.slots + 1), dtype=np.int64)
    np.add.at(change, (schedule.region[job], schedule.run_start), instance.gpus[job])
    np.subtract.at(change, (schedule.region[job], schedule.run_start + schedule.run_length), instance.gpus[job])
    table: IntArray = np.cumsum(change, axis=1)[:, :-1]
    return table
