"""Tail latency of pooled servers: which utilisation of an M/D/c queue keeps a percentile of the response time."""

import csv
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from scipy.signal import fftconvolve
from scipy.special import gammaln

from ecoopt.core.arrays import FloatArray

POOL_SIZES: Final = (1, 2, 4, 7, 14, 28, 56)
"""Sizes at which the tables are given; a pool of another size is treated as the next smaller one."""

STEP: Final = 0.005
HIGHEST: Final = 0.98
"""Step and last row of the tables, in units of utilisation."""

LATE_SHARES: Final = (0.05, 0.02)
"""Shares of late requests for which there is a table."""

_SETTLED = 1e-12
_MOST_STEPS = 200_000


def late_probability(servers: int, utilisation: float, wait: float) -> float:
    """Return the probability that a request of an M/D/c queue waits longer than `wait`.

    Exact up to the truncation of the queue: the number of requests one service time apart is a Markov chain, from whose
    stationary law the law of the wait follows (Franx, *A simple solution for the M/D/c waiting time distribution*,
    Operations Research Letters 29, 2001, theorem 1).

    Parameters
    ----------
    servers : int
        Number c of servers.
    utilisation : float
        Arrival rate times service time over c, in 0..1, 1 excluded.
    wait : float
        In service times, >= 0.
    """
    return _late(servers * utilisation, servers, wait, _stationary(servers, utilisation))


def wait_quantile(servers: int, utilisation: float, late_share: float) -> float:
    """Return the wait, in service times, that a share `late_share` of the requests exceeds.

    Parameters
    ----------
    servers, utilisation
        As for `late_probability`.
    late_share : float
        In 0..1, both excluded.
    """
    law = _stationary(servers, utilisation)
    offered = servers * utilisation

    def late(wait: float) -> float:
        return _late(offered, servers, wait, law)

    if late(0.0) <= late_share:
        return 0.0
    low, high = 0.0, 1.0
    while late(high) > late_share:
        low, high = high, 2 * high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if late(middle) > late_share else (low, middle)
    return high


def utilisation_ceilings(ratio: FloatArray, late_share: float = 0.05) -> FloatArray:
    """Return the highest utilisation at which at most a share of the requests takes over ``ratio`` service times.

    Parameters
    ----------
    ratio : float array [...]
        Limit of the response time over the service time.
    late_share : float
        One of `LATE_SHARES`.

    Returns
    -------
    float array [..., B]
        For pools of `POOL_SIZES`; a multiple of `STEP`, rounded down, 0 where even an idle pool is too slow.
    """
    table = _table(late_share)
    allowed = np.asarray(ratio, dtype=np.float64)[..., None]
    found = np.stack([np.searchsorted(column, allowed[..., 0], side="right") for column in table.T], axis=-1)
    return np.where(allowed >= 1.0, STEP * found, 0.0)


def base_ratio(servers: int, utilisation: float, late_share: float = 0.05) -> float:
    """Return the response time, in service times, that the tables promise to a pool; infinite beyond their end.

    Parameters
    ----------
    servers, utilisation, late_share
        As above; the pool counts as the next smaller of `POOL_SIZES`.
    """
    table = _table(late_share)
    size = int(np.searchsorted(POOL_SIZES, servers, side="right")) - 1
    row = int(np.ceil(utilisation / STEP - 1e-9)) - 1
    return float(table[max(row, 0), size]) if row < len(table) else np.inf


def ceiling_table(late_share: float) -> FloatArray:
    """Return the table behind `utilisation_ceilings`, worked out anew: ratios, float array [utilisations, sizes]."""
    steps = np.arange(1, round(HIGHEST / STEP) + 1)
    return np.array([[1 + wait_quantile(size, STEP * int(step), late_share) for size in POOL_SIZES] for step in steps])


@cache
def _table(late_share: float) -> FloatArray:
    """Return a committed table, made by ``tools/mdc_table.py``."""
    text = (files(__package__) / f"mdc_late_{round(100 * late_share)}_percent.csv").read_text(encoding="utf-8")
    rows = [[float(entry) for entry in row[1:]] for row in csv.reader(text.splitlines()[1:])]
    table = np.array(rows)
    table.setflags(write=False)
    return table


@cache
def _poisson(mean: float) -> FloatArray:
    most = int(mean + 12 * np.sqrt(mean) + 40)
    count = np.arange(most)
    law: FloatArray = np.exp(count * np.log(mean) - mean - gammaln(count + 1.0))
    return law


@cache
def _stationary(servers: int, utilisation: float) -> FloatArray:
    """Return P(N <= i) for i = 0, 1, ...: requests in the system, looked at one service time apart."""
    arrivals = _poisson(servers * utilisation)
    states = servers + len(arrivals) + int(60 / (1 - utilisation))
    law = np.zeros(states)
    law[0] = 1.0
    for _ in range(_MOST_STEPS):
        rest = np.zeros(states)
        rest[: states - servers] = law[servers:]
        rest[0] += law[:servers].sum()
        after = np.maximum(fftconvolve(rest, arrivals)[:states], 0.0)
        after /= after.sum()
        settled = np.abs(after - law).max() < _SETTLED
        law = after
        if settled:
            break
    below = np.cumsum(law)
    below.setflags(write=False)
    return below


def _late(offered: float, servers: int, wait: float, below: FloatArray) -> float:
    """Return P(W > wait) from the law of the number of requests."""
    whole = int(np.floor(wait)) + 1
    mean = offered * (whole - wait)
    last = whole * servers - 1
    index = np.arange(last + 1)
    weight = np.exp(index * np.log(mean) - mean - gammaln(index + 1.0))
    at_most = below[np.minimum(servers + last - index, len(below) - 1)]
    return float(np.clip(1.0 - weight @ at_most, 0.0, 1.0))
