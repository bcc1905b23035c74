"""Patterns: the cheapest set of slots that together take a target, by dynamic programming over what is still to take.

Prices are whole, so that what is found is a minimum to the last unit.
"""

import math

import numpy as np
from numba import njit

from ecoopt.core.arrays import IntArray

MOST_STEPS = 2**17
"""Steps of the program; a larger target is counted in larger units, speeds rounded up: a relaxation."""


def cheapest_pattern(price: IntArray, speed: IntArray, target: int) -> tuple[int, IntArray]:
    """Return the least price of a pattern, and how often it has each slot, int array [n].

    Parameters
    ----------
    price : int array [n]
        Of each slot, not negative.
    speed : int array [n]
        What it takes, positive.
    target : int
        What the pattern takes at least, positive.
    """
    unit = max(math.ceil(target / MOST_STEPS), math.gcd(target, *speed.tolist()))
    steps, sizes = max(target // unit, 1), -(-speed // unit)
    least, slot = _cover(price, sizes, steps)
    times, left = np.zeros(len(price), dtype=np.int64), steps
    while left > 0:
        times[slot[left]] += 1
        left -= int(sizes[slot[left]])
    return int(least[-1]), times


@njit(cache=True)
def _cover(price, size, steps):  # type: ignore[no-untyped-def]
    """Return the least price to take v = 0..steps, and the slot with which that is had."""
    least = np.zeros(steps + 1, np.int64)
    slot = np.zeros(steps + 1, np.int64)
    for v in range(1, steps + 1):
        least[v] = np.int64(2**62)
        for i in range(len(price)):
            left = v - size[i]
            cost = price[i]
            if left > 0:
                cost += least[left]
            if cost < least[v]:
                least[v] = cost
                slot[v] = i
    return least, slot
