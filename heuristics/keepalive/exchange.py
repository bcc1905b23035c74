"""Local search on packings: add, move between generations, and swap along the saturated minutes, compiled."""

from functools import partial

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.keepalive.chains import improve_chains, rented_chains
from ecoopt.heuristics.keepalive.greedy import pack_by_density
from ecoopt.heuristics.keepalive.packing import Packing, occupy, room_for
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule
from ecoopt.instances.keepalive.gap_pools import pool_gaps
from ecoopt.instances.keepalive.plans import kept_from_schedule, schedule_from_pools

IMPROVEMENT = 1e-9
ROOM_SLACK = 1e-9


def local_search(
    instance: KeepAliveInstance, run: Run, *, seed: int, start: KeepAliveSchedule | None
) -> Outcome:
    """Descend from the density greedy, or from `start`, until no add, move or swap improves.

    Without relocation: re-plan one chain of calls at a time, from the greedy plan, until none improves. One iteration
    is one sweep over the horizon or over the chains. A local optimum ends the run.
    """
    if not instance.relocation:
        improve_chains(rented_chains(instance), run)
        return run.outcome()
    pools = pool_gaps(instance)
    packing = pack_by_density(pools) if start is None else Packing.of(pools, kept_from_schedule(pools, start))
    improve(packing, run)
    return run.outcome()


def improve(packing: Packing, run: Run) -> None:
    """Sweep until a local optimum or the end of the budget; the run is offered each improvement."""
    pools = packing.pools
    while True:
        kept = packing.kept.copy()
        run.offer(packing.objective, partial(schedule_from_pools, pools, kept))
        if run.stop() is not None or sweep(packing) <= IMPROVEMENT:
            return
        run.tick()


def sweep(packing: Packing) -> float:
    """Try every move once, in order of time; return what was gained.

    Moves: keep more containers of a gap where there is room; move kept ones to a cheaper generation; keep one more
    container of a gap and give up as few as needed of another gap that shares its full minutes. O(sum over minutes of
    pools starting x pools spanning).
    """
    pools = packing.pools
    return float(_sweep(
        packing.kept, packing.left, packing.free_gb, pools.start_min, pools.end_min, pools.memory_gb, pools.delta,
        pools.first_pool, pools.longest_min))


@njit(cache=True)
def _sweep(
    kept: IntArray, left: IntArray, free_gb: FloatArray, start: IntArray, end: IntArray, memory_gb: FloatArray,
    delta: FloatArray, first_pool: IntArray, longest: int,
) -> float:  # pragma: no cover
    """Compiled body of `sweep`."""
    generations, horizon = free_gb.shape
    spanning = np.empty(len(start), np.int64)
    gained = 0.0
    for m in range(horizon):
        if first_pool[m] == first_pool[m + 1]:
            continue
        earliest, latest = first_pool[max(0, m - longest + 1)], first_pool[m + 1]
        for s in range(generations):
            found = 0
            for j in range(earliest, latest):
                if kept[j, s] > 0 and end[j] > m:
                    spanning[found] = j
                    found += 1
            for i in range(first_pool[m], latest):
                if delta[i, s] >= 0:
                    continue
                gained += _add(i, s, kept, left, free_gb, start, end, memory_gb, delta)
                gained += _move_here(i, s, kept, free_gb, start, end, memory_gb, delta)
                while left[i] > 0:
                    gain = _swap_in(i, s, spanning[:found], kept, left, free_gb, start, end, memory_gb, delta)
                    if gain <= 0.0:
                        break
                    gained += gain
    return gained


@njit(cache=True)
def _add(
    i: int, s: int, kept: IntArray, left: IntArray, free_gb: FloatArray, start: IntArray, end: IntArray,
    memory_gb: FloatArray, delta: FloatArray,
) -> float:  # pragma: no cover
    """Keep as many more containers of pool i as fit."""
    if left[i] <= 0:
        return 0.0
    fits = room_for(free_gb, s, start[i], end[i], memory_gb[i], left[i])
    kept[i, s] += fits
    left[i] -= fits
    occupy(free_gb, s, start[i], end[i], fits * memory_gb[i])
    return -float(fits * delta[i, s])


@njit(cache=True)
def _move_here(
    i: int, s: int, kept: IntArray, free_gb: FloatArray, start: IntArray, end: IntArray, memory_gb: FloatArray,
    delta: FloatArray,
) -> float:  # pragma: no cover
    """Move containers of pool i to generation s from dearer ones."""
    gained = 0.0
    for other in range(kept.shape[1]):
        if kept[i, other] > 0 and delta[i, other] > delta[i, s]:
            fits = room_for(free_gb, s, start[i], end[i], memory_gb[i], kept[i, other])
            kept[i, s] += fits
            kept[i, other] -= fits
            occupy(free_gb, s, start[i], end[i], fits * memory_gb[i])
            occupy(free_gb, other, start[i], end[i], -fits * memory_gb[i])
            gained += fits * (delta[i, other] - delta[i, s])
    return gained


@njit(cache=True)
def _swap_in(
    i: int, s: int, spanning: IntArray, kept: IntArray, left: IntArray, free_gb: FloatArray, start: IntArray,
    end: IntArray, memory_gb: FloatArray, delta: FloatArray,
) -> float:  # pragma: no cover
    """Make the best exchange of containers of one spanning pool for one container of pool i; return its gain."""
    best, out, number = IMPROVEMENT, -1, 0
    for j in spanning:
        if kept[j, s] <= 0 or j == i:
            continue
        lacking = 0.0
        for m in range(start[i], end[i]):
            lack = memory_gb[i] - free_gb[s, m]
            if lack > ROOM_SLACK * memory_gb[i]:
                if m < start[j] or m >= end[j]:
                    lacking = np.inf
                    break
                lacking = max(lacking, lack)
        if lacking == np.inf:
            continue
        needed = max(1, int(np.ceil(lacking / memory_gb[j] - ROOM_SLACK)))
        gain = needed * delta[j, s] - delta[i, s]
        if needed <= kept[j, s] and gain > best:
            best, out, number = gain, j, needed
    if out < 0:
        return 0.0
    kept[out, s] -= number
    left[out] += number
    occupy(free_gb, s, start[out], end[out], -number * memory_gb[out])
    kept[i, s] += 1
    left[i] -= 1
    occupy(free_gb, s, start[i], end[i], memory_gb[i])
    return best
