"""Sums of floats carried in pairs, so that neither the order of terms nor the length of a horizon shows in a score."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray


@njit(cache=True)
def two_sum(one: float, other: float) -> tuple[float, float]:  # pragma: no cover
    """Return the rounded sum and its rounding error, exactly.

    Knuth, The Art of Computer Programming 2, 4.2.2, theorem B. O(1).
    """
    total = one + other
    back = total - one
    return total, (one - (total - back)) + (other - back)


@njit(cache=True)
def add(pair: FloatArray, term: float) -> None:  # pragma: no cover
    """Add `term` to a sum held as ``pair[0] + pair[1]``, the second collecting the rounding errors of the first.

    The error of n terms is about n 2^-106 of the largest partial sum. O(1).
    """
    total, error = two_sum(pair[0], term)
    pair[0] = total
    pair[1] += error


@njit(cache=True)
def running_sum(terms: FloatArray) -> FloatArray:  # pragma: no cover
    """Return the sums of the first 0, 1, ... n terms as pairs, float array [n + 1, 2]; O(n)."""
    sums = np.zeros((len(terms) + 1, 2))
    pair = np.zeros(2)
    for i in range(len(terms)):
        add(pair, terms[i])
        sums[i + 1] = pair
    return sums


@njit(cache=True)
def between(sums: FloatArray, start: int, end: int) -> float:  # pragma: no cover
    """Return the sum of terms ``start .. end - 1`` out of their `running_sum`, right to the last digit or two; O(1)."""
    total, error = two_sum(sums[end, 0], -sums[start, 0])
    stretch: float = total + (error + sums[end, 1] - sums[start, 1])
    return stretch


@njit(cache=True)
def level(changes: FloatArray) -> FloatArray:  # pragma: no cover
    """Return the running totals of changes held as pairs [n, 2], float array [n]; O(n)."""
    totals = np.empty(len(changes))
    pair = np.zeros(2)
    for i in range(len(changes)):
        add(pair, changes[i, 0])
        pair[1] += changes[i, 1]
        totals[i] = pair[0] + pair[1]
    return totals
