"""Queue: which share of queries compositions answer in time when queries go first come first served, simulated."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.pool import ServedModel


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
    arrived_ms = np.cumsum(rng.exponential(1000.0 / demand_per_s, queries))
    worked_ms = np.ascontiguousarray(model.latency_ms[:, bins].T)
    return np.array([in_time_percent(counts, arrived_ms / factor, worked_ms, model.qos_ms) for factor in pace])


@njit(cache=True)
def in_time_percent(
    counts: IntArray, arrived_ms: FloatArray, worked_ms: FloatArray, qos_ms: float
) -> FloatArray:  # pragma: no cover
    """Return the percentage of queries [Q] that each composition [N, K] answers in time, float array [N].

    Parameters
    ----------
    counts : int array [N, K]
        Machines of each type.
    arrived_ms : float array [Q]
        When queries arrive, in order.
    worked_ms : float array [Q, K]
        How long each type works on them.
    qos_ms : float
        Within which they must be answered.
    """
    found = np.zeros(len(counts))
    for i in range(len(counts)):
        machines = counts[i].sum()
        if machines == 0:
            continue
        kind, free_ms, place = np.empty(machines, np.int64), np.zeros(machines), 0
        for k in range(counts.shape[1]):
            for _ in range(counts[i, k]):
                kind[place] = k
                place += 1
        served = 0
        for q in range(len(arrived_ms)):
            now, chosen, begin = arrived_ms[q], 0, free_ms[0]
            for j in range(machines):
                if free_ms[j] <= now:
                    chosen, begin = j, now
                    break
                if free_ms[j] < begin:
                    chosen, begin = j, free_ms[j]
            free_ms[chosen] = begin + worked_ms[q, kind[chosen]]
            if free_ms[chosen] - now <= qos_ms:
                served += 1
        found[i] = 100.0 * served / len(arrived_ms)
    return found
