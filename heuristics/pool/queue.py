"""Queue: which share of queries compositions answer in time when queries go first come first served, simulated."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.dispatch.loops import first_come
from ecoopt.instances.pool import ServedModel

TICKS_PER_MS = 1000.0


def forecasts(
    model: ServedModel, demand_per_s: float, counts: IntArray, pace: FloatArray, rng: np.random.Generator, queries: int,
) -> FloatArray:
    """Return the percentage in time of every composition at several paces of arrivals, float array [F, N].

    Each query goes to the first idle machine in the order of types, or to the one that is idle first, as in Ribbon.
    Arrivals are a Poisson process; all compositions and paces see the same queries. O(F N Q) times the number of
    machines.

    Parameters
    ----------
    model : ServedModel
        Its latencies, shares and time limit.
    demand_per_s : float
        Queries per second.
    counts : int array [N, K]
        Machines of each type.
    pace : float array [F]
        Arrivals relative to `demand_per_s`.
    rng : numpy.random.Generator
        Draws arrivals and bins.
    queries : int
        How many arrive.
    """
    bins = rng.choice(len(model.share), queries, p=model.share / model.share.sum())
    arrived = np.cumsum(rng.exponential(1000.0 / demand_per_s, queries)) * TICKS_PER_MS
    worked = np.rint(model.latency_ms[:, bins].T * TICKS_PER_MS).astype(np.int64)
    limit = int(model.qos_ms * TICKS_PER_MS)
    return np.array([in_time_percent(counts, (arrived / factor).astype(np.int64), worked, limit) for factor in pace])


@njit(cache=True)
def in_time_percent(
    counts: IntArray, arrived: IntArray, worked: IntArray, limit: int
) -> FloatArray:  # pragma: no cover
    """Return the percentage of queries [Q] that each composition [N, K] answers in time, float array [N].

    Parameters
    ----------
    counts : int array [N, K]
        Machines of each type.
    arrived : int array [Q]
        When queries arrive, in order, in ticks.
    worked : int array [Q, K]
        How long each type works on them, in ticks.
    limit : int
        Within how many ticks they must be answered.
    """
    queries = len(arrived)
    found, machine, start = np.zeros(len(counts)), np.empty(queries, np.int64), np.empty(queries, np.int64)
    for i in range(len(counts)):
        kind = np.repeat(np.arange(counts.shape[1]), counts[i])
        if not len(kind):
            continue
        first_come(arrived, worked, kind, machine, start)
        served = 0
        for q in range(queries):
            if start[q] + worked[q, kind[machine[q]]] - arrived[q] <= limit:
                served += 1
        found[i] = 100.0 * served / queries
    return found
