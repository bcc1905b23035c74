"""What follows from a refresh instance for solvers: costs of purchases, work and idling, forced retirements, limits."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.refresh.parts import MOST_GPUS
from ecoopt.instances.refresh.schedule import RefreshSchedule
from ecoopt.instances.refresh.schema import W_PER_KW, RefreshInstance

_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Tables:
    """Figures by generation g, site s, workload w, period t. The referee never uses them.

    Parameters
    ----------
    instance : RefreshInstance
        What they are worked out from.
    embodied_g : float array [G, T]
        Charge of a purchase.
    credit_g : float array [G]
        Credit of a period of second life.
    idle_g : float array [G, S, T]
        Carbon of a GPU that idles through a period.
    unit_g : float array [T, G, S, W]
        Carbon of a unit beyond that of idling as long; infinite where work may not go.
    unit_share : float array [G, S, W]
        Part of what one GPU may be busy in a period that a unit takes.
    demand : float array [W, T]
        Units.
    first : int array [G, S]
        GPUs before the first period.
    gone : int array [G, S, T]
        Of these, those whose life has ended by the period.
    life : int array [G]
        In periods.
    on_sale : bool array [G, T]
        Whether a generation can be bought.
    site_most : int array [S, T]
        Most purchases of a site.
    """

    instance: RefreshInstance
    embodied_g: FloatArray
    credit_g: FloatArray
    idle_g: FloatArray
    unit_g: FloatArray
    unit_share: FloatArray
    demand: FloatArray
    first: IntArray
    gone: IntArray
    life: IntArray
    on_sale: NDArray[np.bool_]
    site_most: IntArray

    @cached_property
    def useful(self) -> IntArray:
        """GPUs of each generation that could carry all work at a site at once, int array [G, S]: more make no sense."""
        allowed = np.isfinite(self.unit_g[0])
        peak = (np.where(allowed, self.unit_share, 0.0) @ self.demand).max(axis=2)
        useful = np.minimum(np.ceil(peak * (1 + _ROUNDING)), MOST_GPUS)
        return np.asarray(useful, dtype=np.int64)

    @cached_property
    def dominated(self) -> NDArray[np.bool_]:
        """Whether another generation on sale is no worse in any way in each period, bool array [G, T].

        No worse in embodied carbon, price, energy, time, idle power, life within the horizon and credit, everywhere. Of
        equal ones the first stays. A GPU of the other can do all that one of this can.
        """
        count, periods = self.on_sale.shape
        price = [generation.price for generation in self.instance.generations]
        lasting = np.minimum(self.life[:, None], periods - np.arange(periods))
        better = np.zeros((count, count, periods), dtype=np.bool_)
        for g, h in np.ndindex(count, count):
            always = (price[h] <= price[g] and self.credit_g[h] >= self.credit_g[g]
                      and bool((self.unit_share[h] <= self.unit_share[g]).all())
                      and bool((self.idle_g[h] <= self.idle_g[g]).all())
                      and bool((self.unit_g[:, h] <= self.unit_g[:, g]).all()))
            if g != h and always:
                better[g, h] = ((self.embodied_g[h] <= self.embodied_g[g]) & (lasting[h] >= lasting[g])
                                & self.on_sale[h])
        earlier = np.arange(count)[None, :, None] < np.arange(count)[:, None, None]
        return np.asarray((better & (earlier | ~np.swapaxes(better, 0, 1))).any(axis=1))

    @cached_property
    def most(self) -> IntArray:
        """Most purchases of each generation, site and period that can make sense, int array [G, S, T]."""
        most = np.minimum(self.site_most, self.useful[:, :, None])
        return np.where((self.on_sale & ~self.dominated)[:, None], most, 0)

    @property
    def never_early(self) -> bool:
        """Whether retiring a GPU before its life ends gains nothing: it costs nothing to keep, and has no credit."""
        return not self.idle_g.any() and not self.credit_g.any()

    def ended(self, bought: FloatArray | IntArray) -> FloatArray:
        """Return GPUs whose life has ended by each period, of cumulative purchases, float arrays [G, S, T]."""
        found = self.gone.astype(np.float64)
        for g, life in enumerate(self.life.tolist()):
            if life < bought.shape[2]:
                found[g, :, life:] += bought[g, :, : bought.shape[2] - life]
        return found

    def fixed_g(self, bought: FloatArray | IntArray, retired: FloatArray | IntArray) -> float:
        """Return the carbon of cumulative purchases and retirements [G, S, T]: all but that of work."""
        stock = self.first[:, :, None] + bought - retired
        purchases = np.diff(bought, axis=2, prepend=0)
        second = retired - self.ended(bought)
        return float((self.embodied_g[:, None] * purchases).sum() + (self.idle_g * stock).sum()
                     - (self.credit_g[:, None, None] * second).sum())

    def work_g(self, work: FloatArray) -> float:
        """Return the carbon of work [G, S, W, T] beyond that of idling as long."""
        done = np.moveaxis(work, 3, 0)
        return float((np.where(done > 0, self.unit_g, 0.0) * done).sum())

    def operational_g(self, work: FloatArray, stock: FloatArray | IntArray) -> FloatArray:
        """Return the carbon of energy in each period [T], of work [T, G, S, W] and GPUs that are there [G, S, T]."""
        done = (np.where(work > 0, self.unit_g, 0.0) * work).sum(axis=(1, 2, 3))
        return np.asarray(done + (self.idle_g * stock).sum(axis=(0, 1)), dtype=np.float64)

    def value(self, schedule: RefreshSchedule) -> float:
        """Return the objective of a schedule that keeps the rules, in g."""
        bought, retired = (np.cumsum(counts, axis=2) for counts in (schedule.purchases, schedule.retirements))
        return self.fixed_g(bought, retired) + self.work_g(schedule.work)


@lru_cache(maxsize=4)
def tables_of(instance: RefreshInstance) -> Tables:
    """Return the tables of an instance. O(G S W T)."""
    count, sites, periods = instance.stock_shape
    places = [site.name for site in instance.sites]
    carbon = instance.intensity_g_per_kwh
    pue, utilisation = (np.array([getattr(site, field) for site in instance.sites]) for field in ("pue", "utilisation"))
    idle_kw = np.array([generation.unit_idle_w for generation in instance.generations]) / W_PER_KW
    life = np.array([generation.life_periods for generation in instance.generations], dtype=np.int64)
    energy_kwh, gpu_h = (np.array([getattr(workload, field) for workload in instance.workloads]).T
                         for field in ("energy_kwh", "gpu_h"))
    site_g = pue[:, None] * carbon
    moving_kwh = _moving_kwh(instance)
    allowed = np.isfinite(moving_kwh)
    unit_g = (site_g.T[:, None, :, None] * np.maximum(energy_kwh - idle_kw[:, None] * gpu_h, 0.0)[:, None, :]
              + carbon.T[:, None, :, None] * np.where(allowed, moving_kwh, 0.0))
    unit_g = np.where(allowed, unit_g, np.inf)
    names = [generation.name for generation in instance.generations]
    first, gone = np.zeros((count, sites), dtype=np.int64), np.zeros((count, sites, periods), dtype=np.int64)
    for entry in instance.stock:
        g, s = names.index(entry.generation), places.index(entry.site)
        first[g, s] += entry.count
        gone[g, s, max(int(life[g]) - entry.age_periods, 0):] += entry.count
    site_most = np.full((sites, periods), MOST_GPUS, dtype=np.int64)
    for s, site in enumerate(instance.sites):
        if site.most_purchases is not None:
            site_most[s] = site.most_purchases
    on_sale = np.array([
        (generation.first_period <= np.arange(periods)) & (np.arange(periods) <= (
            periods if generation.last_period is None else generation.last_period))
        for generation in instance.generations])
    each_g = np.array([generation.unit_g for generation in instance.generations])
    demand = np.array([workload.demand for workload in instance.workloads])
    unit_share = gpu_h[:, None, :] / (instance.period_h * utilisation)[None, :, None]
    within = np.minimum(life[:, None], periods - np.arange(periods)) / life[:, None]
    charged = within if instance.horizon_end == "credit" else np.ones_like(within)
    return Tables(
        instance=instance, embodied_g=each_g[:, None] * charged,
        credit_g=np.array([generation.second_life for generation in instance.generations]) * each_g / life,
        idle_g=idle_kw[:, None, None] * instance.period_h * site_g[None], unit_g=unit_g,
        unit_share=unit_share, demand=demand, first=first, gone=gone, life=life, on_sale=on_sale,
        site_most=site_most)


def _moving_kwh(instance: RefreshInstance) -> NDArray[np.float64]:
    """Return the energy of carrying a unit to each site, infinite where it may not go, float array [S, W]."""
    moving = np.zeros((len(instance.sites), len(instance.workloads)))
    for w, workload in enumerate(instance.workloads):
        if workload.home is not None:
            away = np.inf if workload.moving_kwh is None else workload.moving_kwh
            moving[:, w] = [0.0 if site.name == workload.home else away for site in instance.sites]
    return moving
