"""The sweep, compiled: machines in a given order, each with its layers, put down at the first layer that lacks some."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import IntArray


@njit(cache=True)
def swept(order: IntArray, held: IntArray, speed: IntArray, layers: int, target: int, first: IntArray) -> int:
    """Write the first layer of every machine put down, -1 for those not needed; return the first layer that lacks some.

    Parameters
    ----------
    order : int array [M]
        Machines in the order in which they are put down.
    held, speed : int array [M]
        Layers of each machine, and what it takes.
    layers, target : int
        Layers, and what each is to take.
    first : int array [M]
        Written to.
    """
    taken = np.zeros(layers + 1, np.int64)
    front, now = 0, np.int64(0)
    first[:] = -1
    for machine in order:
        if front >= layers:
            break
        first[machine] = front
        now += speed[machine]
        end = front + held[machine]
        if end < layers:
            taken[end] -= speed[machine]
        while front < layers and now >= target:
            front += 1
            now += taken[front]
    return front


@njit(cache=True)
def best_sweep(order: IntArray, held: IntArray, speed: IntArray, layers: int, first: IntArray) -> int:
    """Return the largest target found by bisection that the sweep reaches, its placement left in `first`."""
    low, high = 0, 1
    for machine in order:
        high += speed[machine]
    first[:] = -1
    trial = np.empty_like(first)
    while high - low > 1:
        target = (low + high) // 2
        if swept(order, held, speed, layers, target, trial) >= layers:
            low = target
            first[:] = trial
        else:
            high = target
    return low
