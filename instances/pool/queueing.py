"""Loads that keep queues short: how much of n machines' time may be used so that few queries are late.

Machines of one type are an M/G/n queue fed the bins that they serve in time. The chance to wait is Erlang's C, the wait
of those who do is taken as exponential with the mean of Allen and Cunneen's approximation.
"""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray

_ROUNDS = 50


def load_table(latency_ms: FloatArray, share: FloatArray, limit_ms: float, most: int, late: float = 0.01) -> FloatArray:
    """Return the machines' time that n machines may give, float array [K, most + 1].

    Column n is the largest offered load at which at most a share `late` of the queries wait longer than they may:
    `limit_ms` less the time a machine works on them. O(K most^2) with 50 rounds of bisection, whole arrays of bins.

    Parameters
    ----------
    latency_ms : float array [K, B]
        Time a machine works on a query.
    share : float array [B]
        Share of the queries in each bin.
    limit_ms : float
        Time a query may take.
    most : int
        Largest number of machines.
    late : float
        Share of the queries that may be late.

    Raises
    ------
    ValueError
        When `late` is not between 0 and 1.
    """
    if not 0 < late < 1:
        raise ValueError(f"late = {late} is no share between 0 and 1")
    table = np.zeros((len(latency_ms), most + 1))
    counts = np.arange(1, most + 1)
    for k, worked_ms in enumerate(latency_ms):
        served: NDArray[np.bool_] = (worked_ms <= limit_ms) & (share > 0)
        if served.any():
            table[k, 1:] = _loads(worked_ms[served], share[served], limit_ms, counts, late)
    return np.maximum.accumulate(table, axis=1)


def _loads(worked_ms: FloatArray, share: FloatArray, limit_ms: float, counts: IntArray, late: float) -> FloatArray:
    """Return the largest load of each number of machines, float array [N]."""
    share = share / share.sum()
    mean_ms = float(share @ worked_ms)
    variation = float(share @ (worked_ms / mean_ms - 1) ** 2)
    slack = (limit_ms - worked_ms) / mean_ms
    low, high = np.zeros(len(counts)), counts.astype(float)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        decay = 2 * (counts - middle) / (1 + variation)
        waiting = _erlang_c(counts, middle) * (np.exp(-decay[:, None] * slack) @ share)
        fits = waiting <= late
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low


def _erlang_c(counts: IntArray, load: FloatArray) -> FloatArray:
    """Return the chance to wait for each number of machines at its load, float array [N]; load is below the number."""
    blocked = np.ones(len(counts))
    for n in range(1, int(counts.max()) + 1):
        step = load * blocked / (n + load * blocked)
        blocked = np.where(n <= counts, step, blocked)
    busy = load / counts
    chance: FloatArray = blocked / (1 - busy * (1 - blocked))
    return chance
