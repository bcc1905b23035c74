"""Packing: containers per gap pool with the memory they leave free, filled in a given order by a compiled kernel."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.keepalive.gap_pools import GapPools

ROOM_TOLERANCE = 1e-9


@dataclass
class Packing:
    """A feasible choice of containers, changed in place by the heuristics.

    Parameters
    ----------
    pools : GapPools
        N pools, G generations, T minutes.
    kept : int array [N, G]
        Containers that wait.
    left : int array [N]
        Containers of each pool that do not wait.
    free_gb : float array [G, T]
        Memory left at the end of each minute.
    """

    pools: GapPools
    kept: IntArray
    left: IntArray
    free_gb: FloatArray

    @classmethod
    def empty(cls, pools: GapPools) -> "Packing":
        """Return the packing in which nothing waits."""
        capacity = np.asarray(pools.instance.pool_memory_gb, dtype=float)
        return cls(
            pools, np.zeros((pools.pools, pools.generations), dtype=np.int64), pools.containers.copy(),
            np.repeat(capacity[:, None], pools.horizon_min, axis=1))

    @classmethod
    def of(cls, pools: GapPools, kept: IntArray) -> "Packing":
        """Return the packing of given containers, which must fit."""
        capacity = np.asarray(pools.instance.pool_memory_gb, dtype=float)
        return cls(pools, kept.copy(), pools.containers - kept.sum(axis=1), capacity[:, None] - pools.memory(kept))

    @property
    def objective(self) -> float:
        """Objective of the packing."""
        return self.pools.objective(self.kept)

    def insert(self, pool: IntArray, generation: IntArray, wanted: IntArray) -> None:
        """Insert up to ``wanted[k]`` containers of ``pool[k]`` on ``generation[k]``, in this order, where they fit.

        O(number of insertions x length of a gap).
        """
        pools = self.pools
        insert_in_order(
            pool, generation, wanted, self.kept, self.left, self.free_gb, pools.start_min, pools.end_min,
            pools.memory_gb)


@njit(cache=True)
def room_for(
    free_gb: FloatArray, s: int, start: int, end: int, memory_gb: float, wanted: int
) -> int:  # pragma: no cover
    """Return how many containers, at most `wanted`, fit on generation s throughout ``start <= m < end``."""
    least = free_gb[s, start]
    for m in range(start + 1, end):
        least = min(least, free_gb[s, m])
    if least >= wanted * memory_gb:
        return wanted
    return max(0, int((least + ROOM_TOLERANCE * memory_gb) / memory_gb))


@njit(cache=True)
def occupy(free_gb: FloatArray, s: int, start: int, end: int, memory_gb: float) -> None:  # pragma: no cover
    """Take `memory_gb` (negative: give it back) on generation s throughout ``start <= m < end``."""
    for m in range(start, end):
        free_gb[s, m] -= memory_gb


@njit(cache=True)
def insert_in_order(
    pool: IntArray, generation: IntArray, wanted: IntArray, kept: IntArray, left: IntArray, free_gb: FloatArray,
    start: IntArray, end: IntArray, memory_gb: FloatArray,
) -> None:  # pragma: no cover
    """Insert containers one entry after the other, as many as are left and fit."""
    for k in range(len(pool)):
        i, s = pool[k], generation[k]
        most = min(wanted[k], left[i])
        if most <= 0:
            continue
        fits = room_for(free_gb, s, start[i], end[i], memory_gb[i], most)
        if fits > 0:
            kept[i, s] += fits
            left[i] -= fits
            occupy(free_gb, s, start[i], end[i], fits * memory_gb[i])
