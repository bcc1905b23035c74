"""From kept containers to a schedule and back: solvers count containers per gap pool, schedules name cells."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import IntArray
from ecoopt.instances.keepalive.gap_pools import GapPools
from ecoopt.instances.keepalive.schedule import KeepAliveSchedule


def schedule_from_pools(pools: GapPools, kept: IntArray) -> KeepAliveSchedule:
    """Return the schedule that keeps ``kept[i, s]`` containers of pool i on generation s. O(C G + steps of waits).

    Kept containers wait for the call at the end of their gap and serve it; every other call starts cold, on purpose
    (`fresh`) where a container waits that is meant for a later call.
    """
    calls, gaps = pools.instance.invocations, pools.gaps
    share = _spread_over_gaps(np.ascontiguousarray(kept, dtype=np.int64), pools.pool_of_gap, gaps.containers)
    runs = np.zeros((calls.cells, pools.generations), dtype=np.int64)
    waits = np.zeros((calls.cells, pools.generations), dtype=np.int64)
    _mark(share, gaps.cell, gaps.end_cell, runs, waits)
    warm, waiting = runs.copy(), np.zeros_like(waits)
    waiting[1:] = waits[:-1]
    runs[np.arange(calls.cells), pools.cold_generation] += calls.counts - runs.sum(axis=1)
    fresh = np.where(waiting > warm, runs - warm, 0)
    cell, generation = np.nonzero(waits)
    return KeepAliveSchedule(
        runs=runs, fresh=fresh if fresh.any() else None, keep_cell=cell, keep_generation=generation,
        keep_containers=waits[cell, generation],
        keep_min=calls.minutes[np.minimum(cell + 1, calls.cells - 1)] - calls.minutes[cell])


def kept_from_schedule(pools: GapPools, schedule: KeepAliveSchedule) -> IntArray:
    """Return the containers per pool and generation, int array [N, G], that a schedule puts to use.

    Waits that are too short, that serve no call or that do not pay are left out: no schedule is made worse by that.
    Waits past calls (`persist`) are read as far as they fit the layers of the gaps; the result may use less memory
    than the schedule, never more.
    """
    calls, gaps = pools.instance.invocations, pools.gaps
    waiting = np.zeros((calls.cells, pools.generations), dtype=np.int64)
    inside = schedule.keep_cell + 1 < calls.cells
    cell = schedule.keep_cell[inside]
    reaches = schedule.keep_min[inside] >= calls.minutes[cell + 1] - calls.minutes[cell]
    reaches &= calls.cell_function[cell + 1] == calls.cell_function[cell]
    rows = np.flatnonzero(inside)[reaches]
    np.add.at(waiting, (cell[reaches], schedule.keep_generation[rows]), schedule.keep_containers[rows])
    kept = np.zeros((pools.pools, pools.generations), dtype=np.int64)
    served = schedule.willing.astype(np.int64)
    _claim(gaps.cell, gaps.end_cell, gaps.containers, pools.pool_of_gap, pools.delta, waiting, served, kept)
    return kept


@njit(cache=True)
def _spread_over_gaps(kept: IntArray, pool_of_gap: IntArray, containers: IntArray) -> IntArray:  # pragma: no cover
    """Return how many containers wait through each gap on each generation, given the totals of its pool."""
    left = kept.copy()
    share = np.zeros((len(pool_of_gap), kept.shape[1]), dtype=np.int64)
    for i in range(len(pool_of_gap)):
        pool, room = pool_of_gap[i], containers[i]
        if pool < 0:
            continue
        for s in range(kept.shape[1]):
            take = min(room, left[pool, s])
            share[i, s] = take
            left[pool, s] -= take
            room -= take
    return share


@njit(cache=True)
def _mark(
    share: IntArray, cell: IntArray, end_cell: IntArray, runs: IntArray, waits: IntArray
) -> None:  # pragma: no cover
    """Write each gap's containers into the cells that they pass and the calls that they serve."""
    for i in range(len(cell)):
        for s in range(share.shape[1]):
            if share[i, s] > 0:
                runs[end_cell[i], s] += share[i, s]
                for c in range(cell[i], end_cell[i]):
                    waits[c, s] += share[i, s]


@njit(cache=True)
def _claim(
    cell: IntArray, end_cell: IntArray, containers: IntArray, pool_of_gap: IntArray, delta: np.ndarray,
    waiting: IntArray, served: IntArray, kept: IntArray,
) -> None:  # pragma: no cover
    """Assign waiting containers to gaps, as many as wait all the way and serve the call at the end."""
    for i in range(len(cell)):
        pool, room = pool_of_gap[i], containers[i]
        if pool < 0:
            continue
        for s in range(waiting.shape[1]):
            if delta[pool, s] >= 0:
                continue
            take = min(room, served[end_cell[i], s])
            for c in range(cell[i], end_cell[i]):
                take = min(take, waiting[c, s])
            if take <= 0:
                continue
            for c in range(cell[i], end_cell[i]):
                waiting[c, s] -= take
            served[end_cell[i], s] -= take
            kept[pool, s] += take
            room -= take
