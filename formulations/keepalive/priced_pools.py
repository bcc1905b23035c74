"""The memory rows priced: with a price per gigabyte, minute and generation, every gap pool decides for itself."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.keepalive.gap_pools import GapPools


@dataclass(frozen=True)
class PricedPools:
    """Lagrangian of the gap model: memory rows relaxed, one comparison per pool left.

    ``L(p) = cold + sum_i u_i min(0, min_s delta_is + a_i sum_m p_sm) - sum_sm p_sm M_s`` for prices p [G, T] >= 0. The
    subproblem is integral, so the best L is the bound of the linear relaxation. One pass costs O(N G + G T).

    Parameters
    ----------
    pools : GapPools
        N pools.
    """

    pools: GapPools

    @property
    def capacity_gb(self) -> FloatArray:
        """Memory of each generation, float array [G]."""
        return np.asarray(self.pools.instance.pool_memory_gb, dtype=float)

    def value(self, prices: FloatArray) -> tuple[float, FloatArray]:
        """Return the dual value of prices [G T] and a supergradient [G T]: memory used beyond capacity."""
        smooth, gradient, _ = self.smoothed(prices, 0.0)
        return smooth, gradient

    def smoothed(self, prices: FloatArray, smoothness: float) -> tuple[float, FloatArray, float]:
        """Return value, gradient and exact value of the dual in which each minimum is an entropic soft minimum."""
        pools, table = self.pools, prices.reshape(self.pools.generations, -1)
        used = np.zeros((pools.generations, pools.horizon_min + 1))
        smooth, exact = _priced_pass(
            table, smoothness, pools.start_min, pools.end_min, pools.memory_gb, pools.containers, pools.delta, used)
        paid = float(table.sum(axis=1) @ self.capacity_gb)
        gradient = (used[:, :-1] - self.capacity_gb[:, None]).ravel()
        return pools.cold_cost + smooth - paid, gradient, pools.cold_cost + exact - paid

    def reduced_costs(self, prices: FloatArray) -> FloatArray:
        """Return the cost of one waiting container of each pool with its memory paid, float array [N, G]."""
        pools = self.pools
        total = np.zeros((pools.generations, pools.horizon_min + 1))
        np.cumsum(prices.reshape(pools.generations, -1), axis=1, out=total[:, 1:])
        rent: FloatArray = (total[:, pools.end_min] - total[:, pools.start_min]).T
        return pools.delta + pools.memory_gb[:, None] * rent

    def fractions(self, prices: FloatArray, smoothness: float) -> FloatArray:
        """Return the soft minimum's shares of containers on each generation, float array [N, G]."""
        priced = self.reduced_costs(prices)
        least = np.minimum(priced.min(axis=1, initial=0.0), 0.0)[:, None]
        weight = np.exp((least - priced) / smoothness)
        shares: FloatArray = weight / (weight.sum(axis=1, keepdims=True) + np.exp(least / smoothness))
        return shares

    def stages(self) -> list[tuple[float, int]]:
        """Return smoothing parameters and iterations that suit the size of the savings."""
        pools = self.pools
        saving = -pools.delta.min(axis=1, initial=0.0)
        scale = float((saving * pools.containers).sum() / max(int(pools.containers.sum()), 1))
        sharper = ((6e-2, 20), (1.2e-2, 40), (2.5e-3, 100), (6e-4, 200))
        return [(scale * share, iterations) for share, iterations in sharper]


@njit(cache=True, fastmath=True)
def _priced_pass(
    prices: FloatArray, smoothness: float, start: IntArray, end: IntArray, memory_gb: FloatArray, containers: IntArray,
    delta: FloatArray, used: FloatArray,
) -> tuple[float, float]:  # pragma: no cover
    """Return smoothed and exact sums of the pools' minima; add up the memory used at the end of each minute."""
    generations, horizon = prices.shape
    total = np.zeros((generations, horizon + 1))
    for s in range(generations):
        for m in range(horizon):
            total[s, m + 1] = total[s, m] + prices[s, m]
    priced = np.empty(generations)
    smooth, exact = 0.0, 0.0
    for i in range(len(start)):
        least, best = 0.0, -1
        for s in range(generations):
            priced[s] = delta[i, s] + memory_gb[i] * (total[s, end[i]] - total[s, start[i]])
            if priced[s] < least:
                least, best = priced[s], s
        exact += containers[i] * least
        load = memory_gb[i] * containers[i]
        if smoothness == 0.0:
            if best >= 0:
                used[best, start[i]] += load
                used[best, end[i]] -= load
            continue
        weight = math.exp(least / smoothness)
        for s in range(generations):
            priced[s] = math.exp((least - priced[s]) / smoothness)
            weight += priced[s]
        smooth += containers[i] * (least - smoothness * math.log(weight))
        for s in range(generations):
            share = load * priced[s] / weight
            used[s, start[i]] += share
            used[s, end[i]] -= share
    for s in range(generations):
        for m in range(horizon):
            used[s, m + 1] += used[s, m]
    return (exact if smoothness == 0.0 else smooth), exact
