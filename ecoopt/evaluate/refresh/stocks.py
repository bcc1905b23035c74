"""The GPUs of every group and period: how many there are, and how many are younger than their life's end."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule


class Stocks(NamedTuple):
    """GPUs by generation, site and period, int arrays [G, S, T].

    Parameters
    ----------
    there : int array
        Those that are there, the oldest having been retired first.
    in_life : int array
        All ever there or bought whose life has not ended, retired ones too.
    busy : float array
        Those that the work keeps busy throughout.
    """

    there: IntArray
    in_life: IntArray
    busy: FloatArray


def stocks(instance: RefreshInstance, schedule: RefreshSchedule) -> Stocks:
    """Return the stocks of a schedule. O(G S T (W + stock))."""
    there = np.zeros(instance.stock_shape, dtype=np.int64)
    in_life = np.zeros_like(there)
    generations, sites = [g.name for g in instance.generations], [s.name for s in instance.sites]
    for entry in instance.stock:
        g, s = generations.index(entry.generation), sites.index(entry.site)
        there[g, s] += entry.count
        in_life[g, s, :max(instance.generations[g].life_periods - entry.age_periods, 0)] += entry.count
    for t in range(instance.periods):
        there[:, :, t:] += (schedule.purchases[:, :, t] - schedule.retirements[:, :, t])[:, :, None]
        for g, generation in enumerate(instance.generations):
            in_life[g, :, t:t + generation.life_periods] += schedule.purchases[g, :, t, None]
    hours = np.array([workload.gpu_h for workload in instance.workloads])
    return Stocks(there, in_life, np.einsum("gswt,wg->gst", schedule.work, hours) / instance.period_h)
