"""Ruin and recreate: empty a few minutes of a packing at random, refill them by noisy reduced costs, anneal."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.keepalive.packing import Packing, occupy, room_for
from ecoopt.instances.keepalive.plans import schedule_from_pools

CHUNK = 100_000
SHARE = 0.3
NOISE = 0.02
WINDOW_MIN = 2


def ruin_and_recreate(
    packing: Packing, reduced_costs: FloatArray, run: Run, *, rng: np.random.Generator, trials: int
) -> None:
    """Improve a packing in place (Schrimpf et al. 2000, with the acceptance of simulated annealing).

    A trial takes a random window of one or two minutes, gives up 30 % of the containers that wait in it, refills by
    rising reduced cost per gigabyte-minute with 2 % noise, and is undone when the change exceeds what the temperature
    forgives. About 10 µs per trial with some hundred pools per minute; the run is asked every 100,000 trials.

    Parameters
    ----------
    packing : Packing
        N pools, G generations.
    reduced_costs : float array [N, G]
        Cost of a waiting container with its memory paid at near-optimal prices.
    run : Run
        Limits the work and is offered the result.
    rng : numpy.random.Generator
        Same state, same result.
    trials : int
        Number of trials; the temperature falls linearly over them.
    """
    pools = packing.pools
    if not pools.pools:
        return
    saving = -pools.delta.min(axis=1)
    hottest = 0.03 * float(saving.mean())
    state = rng.integers(1, 2**63, size=1, dtype=np.uint64)
    for done in range(0, trials, CHUNK):
        if run.stop() is not None:
            break
        chunk = min(CHUNK, trials - done)
        _trials(
            packing.kept, packing.left, packing.free_gb, pools.start_min, pools.end_min, pools.memory_gb, pools.delta,
            reduced_costs, pools.first_pool, pools.longest_min, chunk, state,
            hottest * (1 - done / trials), hottest * (1 - (done + chunk) / trials))
        run.tick()
    kept = packing.kept.copy()
    run.offer(packing.objective, lambda: schedule_from_pools(pools, kept))


@njit(cache=True)
def _uniform(state: np.ndarray) -> float:  # pragma: no cover
    """Return the next number in [0, 1) of a xorshift64 generator (Marsaglia 2003)."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return float(x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True)
def _trials(
    kept: IntArray, left: IntArray, free_gb: FloatArray, start: IntArray, end: IntArray, memory_gb: FloatArray,
    delta: FloatArray, reduced: FloatArray, first_pool: IntArray, longest: int, trials: int, state: np.ndarray,
    hot: float, cool: float,
) -> None:  # pragma: no cover
    """Make trials one after the other, the temperature falling from `hot` to `cool`."""
    generations, horizon = free_gb.shape
    most = 1
    for m in range(horizon):
        most = max(most, first_pool[min(horizon, m + WINDOW_MIN)] - first_pool[max(0, m - longest + 1)])
    old_kept, old_left = np.empty((most, generations), np.int64), np.empty(most, np.int64)
    old_free = np.empty((generations, horizon))
    pool, place = np.empty(most * generations, np.int64), np.empty(most * generations, np.int64)
    rank = np.empty(most * generations)
    for trial in range(trials):
        m = int(_uniform(state) * horizon)
        beyond = min(horizon, m + 1 + int(_uniform(state) * WINDOW_MIN))
        lo, hi = first_pool[max(0, m - longest + 1)], first_pool[beyond]
        if lo == hi:
            continue
        begin, stop = max(0, m - longest), min(horizon, beyond + longest)
        old_free[:, begin:stop] = free_gb[:, begin:stop]
        old_kept[: hi - lo] = kept[lo:hi]
        old_left[: hi - lo] = left[lo:hi]
        lost, found = 0.0, 0
        for i in range(lo, hi):
            if end[i] <= m:
                continue
            for s in range(generations):
                if delta[i, s] >= 0:
                    continue
                if kept[i, s] > 0 and _uniform(state) < SHARE:
                    lost -= kept[i, s] * delta[i, s]
                    occupy(free_gb, s, start[i], end[i], -kept[i, s] * memory_gb[i])
                    left[i] += kept[i, s]
                    kept[i, s] = 0
                noise = NOISE * (_uniform(state) - 0.5) * delta[i, s]
                pool[found], place[found] = i, s
                rank[found] = (reduced[i, s] + noise) / (memory_gb[i] * (end[i] - start[i]))
                found += 1
        gained = 0.0
        for k in np.argsort(rank[:found]):
            i, s = pool[k], place[k]
            if left[i] > 0:
                fits = room_for(free_gb, s, start[i], end[i], memory_gb[i], left[i])
                kept[i, s] += fits
                left[i] -= fits
                occupy(free_gb, s, start[i], end[i], fits * memory_gb[i])
                gained -= fits * delta[i, s]
        temperature = hot + (cool - hot) * trial / trials
        if gained < lost + temperature * np.log(max(_uniform(state), 1e-300)):
            free_gb[:, begin:stop] = old_free[:, begin:stop]
            kept[lo:hi] = old_kept[: hi - lo]
            left[lo:hi] = old_left[: hi - lo]
