"""What the referee charges: carbon embodied in purchases and that of energy, less what second lives are credited."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.evaluate.refresh.stocks import Stocks
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule

_W_PER_KW = 1000.0


class Charges(NamedTuple):
    """Charges of a schedule.

    Parameters
    ----------
    grams : dict of str to float array
        Parts of the objective; each is summed over all its entries.
    operational_g : float array [T]
        Carbon of energy in each period.
    energy_kwh : float array [S, T]
        All energy drawn, PUE included.
    spent : float array [T]
        Money.
    """

    grams: dict[str, FloatArray]
    operational_g: FloatArray
    energy_kwh: FloatArray
    spent: FloatArray


def charges(instance: RefreshInstance, schedule: RefreshSchedule, held: Stocks) -> Charges:
    """Return the charges of a schedule. O(G S W T)."""
    pue = np.array([site.pue for site in instance.sites])[:, None]
    carbon, periods = instance.intensity_g_per_kwh, instance.periods
    work_kwh = np.einsum("gswt,wg->st", schedule.work, np.array([w.energy_kwh for w in instance.workloads]))
    idle_kw = np.array([generation.unit_idle_w / _W_PER_KW for generation in instance.generations])
    idle_kwh = np.einsum("g,gst->st", idle_kw, np.maximum(held.there - held.busy, 0.0)) * instance.period_h
    moving_kwh = np.zeros_like(work_kwh)
    for w, workload in enumerate(instance.workloads):
        if workload.home is not None and workload.moving_kwh is not None:
            away = np.array([site.name != workload.home for site in instance.sites])
            moving_kwh += workload.moving_kwh * away[:, None] * schedule.work[:, :, w].sum(axis=0)
    embodied_g, second_g = np.zeros(instance.stock_shape), np.zeros(instance.stock_shape)
    spent = np.zeros(periods)
    for g, generation in enumerate(instance.generations):
        life = generation.life_periods
        for t in range(periods):
            within = min(life, periods - t) / life if instance.horizon_end == "credit" else 1.0
            embodied_g[g, :, t] = generation.unit_g * within * schedule.purchases[g, :, t]
        retired = np.maximum(held.in_life[g] - held.there[g], 0)
        second_g[g] = -generation.second_life * generation.unit_g / life * retired
        spent += generation.price * schedule.purchases[g].sum(axis=0)
    operational = {"work_g": pue * carbon * work_kwh, "idle_g": pue * carbon * idle_kwh,
                   "moving_g": carbon * moving_kwh}
    return Charges({"embodied_g": embodied_g, **operational, "second_life_g": second_g},
                   np.asarray(sum(table.sum(axis=0) for table in operational.values())),
                   pue * (work_kwh + idle_kwh) + moving_kwh, spent)
