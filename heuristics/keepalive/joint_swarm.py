"""Particle swarm on the joint assignment: one dimension per gap pool says where, or whether, its containers wait."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.keepalive.packing import insert_in_order
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule
from ecoopt.instances.keepalive.gap_pools import GapPools, pool_gaps
from ecoopt.instances.keepalive.plans import kept_from_schedule, schedule_from_pools


def pso(
    instance: KeepAliveInstance, run: Run, *, seed: int, start: KeepAliveSchedule | None, swarm_size: int = 30,
    patience: int = 200,
) -> Outcome:
    """Search assignments of whole pools with the extended swarm; what does not fit is left out, densest first.

    Here for the record: the space has G + 1 choices per pool, and the swarm sees no structure. One evaluation costs
    O(N L) for N pools of length at most L.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    pools = pool_gaps(instance)
    decoder = _Decoder(pools)
    nowhere = np.zeros((1, pools.pools))
    if pools.pools == 0:
        run.tick(1, 1)
        run.offer(pools.cold_cost, lambda: decoder.schedule(nowhere[0]))
        return run.outcome()
    first = nowhere if start is None else decoder.position(kept_from_schedule(pools, start))[None, :]
    space = SearchSpace.integers(np.zeros(pools.pools), np.full(pools.pools, pools.generations))
    settings = PsoSettings.constricted(swarm_size=swarm_size)
    minimise(decoder.values, space, rng=np.random.default_rng(seed), settings=settings, run=run,
             decode=decoder.schedule, start=first, patience=patience)
    return run.outcome()


class _Decoder:
    """Positions to packings: 0 is cold, s + 1 is waiting on generation s."""

    def __init__(self, pools: GapPools) -> None:
        self.pools = pools
        size = pools.memory_gb * (pools.end_min - pools.start_min)
        self.order = np.argsort(pools.delta.min(axis=1) / size, kind="stable")
        self.capacity = np.asarray(pools.instance.pool_memory_gb, dtype=float)

    def values(self, positions: FloatArray) -> FloatArray:
        """Return the objective of each row of positions."""
        return np.array([self.pools.objective(self.kept(row)) for row in positions])

    def kept(self, position: FloatArray) -> IntArray:
        """Return the containers that a position keeps, as far as they fit."""
        pools = self.pools
        return _decode(position, self.order, pools.containers, self.capacity, pools.start_min, pools.end_min,
                       pools.memory_gb, pools.delta, pools.horizon_min)

    def schedule(self, position: FloatArray) -> KeepAliveSchedule:
        """Return the schedule of a position."""
        return schedule_from_pools(self.pools, self.kept(position))

    def position(self, kept: IntArray) -> FloatArray:
        """Return the position closest to given containers: the generation that holds most of a pool."""
        return np.where(kept.sum(axis=1) > 0, kept.argmax(axis=1) + 1.0, 0.0)


@njit(cache=True)
def _decode(
    position: FloatArray, order: IntArray, containers: IntArray, capacity: FloatArray, start: IntArray, end: IntArray,
    memory_gb: FloatArray, delta: FloatArray, horizon: int,
) -> IntArray:  # pragma: no cover
    """Insert the pools' containers where the position says, in a fixed order, where it pays."""
    kept, left = np.zeros(delta.shape, np.int64), containers.copy()
    free_gb = np.empty((len(capacity), horizon))
    for s in range(len(capacity)):
        free_gb[s, :] = capacity[s]
    pool, generation = np.empty(len(order), np.int64), np.empty(len(order), np.int64)
    found = 0
    for i in order:
        s = round(position[i]) - 1
        if s >= 0 and delta[i, s] < 0:
            pool[found], generation[found] = i, s
            found += 1
    insert_in_order(
        pool[:found], generation[:found], containers[pool[:found]], kept, left, free_gb, start, end, memory_gb)
    return kept
