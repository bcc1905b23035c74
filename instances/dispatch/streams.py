"""Streams of queries: gaps between arrivals, and the batch sizes of KAIROS's production mix."""

from typing import Literal

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray

Arrivals = Literal["exponential", "poisson-ms", "bursty"]
ARRIVALS: tuple[Arrivals, ...] = ("exponential", "poisson-ms", "bursty")

_STRETCH_QUERIES = 100
_FAST, _SLOW = 4.0, 4 / 7


def arrivals_ms(rng: np.random.Generator, queries: int, rate_per_s: float, kind: Arrivals) -> FloatArray:
    """Return when queries arrive, float array [Q].

    ``exponential`` is a Poisson process. ``poisson-ms`` is what KAIROS's artifact does: gaps are Poisson numbers of
    whole ms, less variable, and too coarse from about 1,000 queries per second on. ``bursty`` goes to and fro
    between four times the rate and 4/7 of it, for 100 queries each on average, its mean gap as asked.

    Exponential and bursty arrivals at two rates with the same generator are the same ones, on another time scale.
    """
    mean_ms = 1000.0 / rate_per_s
    if kind == "poisson-ms":
        return np.cumsum(rng.poisson(mean_ms, queries)).astype(np.float64)
    gaps = rng.exponential(1.0, queries)
    if kind == "bursty":
        turns = rng.random(queries)
        gaps /= _pace(turns)
    arrived: FloatArray = np.cumsum(gaps) * mean_ms
    return arrived


def batches(rng: np.random.Generator, queries: int) -> IntArray:
    """Return batch sizes of queries, int array [Q], drawn as in KAIROS's artifact (``helper.py``).

    Of 99 queries 8 have 1 to 99 items, 22 have 200 to 599, 5 have 600 to 999, each evenly; 64 have a lognormal number
    around 164, where it lies outside 100 to 200 one of 190 to 199.
    """
    kind = rng.integers(1, 100, queries)
    small, middle, large = (rng.integers(low, high, queries) for low, high in ((1, 100), (200, 600), (600, 1000)))
    drawn = rng.lognormal(5.1, 0.2, queries)
    instead = rng.integers(190, 200, queries)
    usual = np.where((drawn >= 100) & (drawn <= 200), np.ceil(drawn).astype(np.int64), instead)
    found: IntArray = np.select([kind <= 8, kind <= 30, kind <= 35], [small, middle, large], usual)
    return found


def _pace(turns: FloatArray) -> FloatArray:
    """Return the rate of a two-state process relative to its mean, one state per query, float array [Q]."""
    pace, high = np.empty(len(turns)), False
    for q, turn in enumerate(turns.tolist()):
        high ^= turn < 1 / _STRETCH_QUERIES
        pace[q] = _FAST if high else _SLOW
    return pace
