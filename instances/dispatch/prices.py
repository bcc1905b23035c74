"""Prices of machines' time, constant within cells: what a query costs where it runs, and the bound that follows.

Any prices give a bound: all capacity paid, and for each query the most that its weight exceeds the price of its time,
wherever that is. It is the Lagrangian one of the time-indexed program without its rows of capacity.
"""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.dispatch.timeline import Timeline


def paid_of(price: FloatArray) -> FloatArray:
    """Return what a machine's time costs from the beginning to each border of cells, float array [K, C + 1].

    Parameters
    ----------
    price : float array [K, C]
        Of a machine of each type in each cell, not negative.
    """
    return np.append(np.zeros((len(price), 1)), np.cumsum(price, axis=1), axis=1)


def profits_of(line: Timeline, paid: FloatArray) -> FloatArray:
    """Return the most that each query's weight exceeds the price of its time by, 0 at least, float array [N]."""
    return _profits(line.arrival, line.service, line.weight, line.qos, line.cell, paid)


def bound_of(line: Timeline, paid: FloatArray, profits: FloatArray) -> float:
    """Return a bound on the weight on time, some rounding added to be safe."""
    capacity = float(line.counts @ paid[:, -1])
    return capacity + float(profits.sum()) + 1e-11 * (capacity + float(line.weight.sum()))


def step_of(weight: FloatArray) -> float:
    """Return a number of which every sum of weights is a multiple, 0 where none is seen."""
    if weight.max() >= 2.0**50 or (weight != np.floor(weight)).any():
        return 0.0
    return float(np.gcd.reduce(weight.astype(np.int64)))


def floored(bound: float, step: float) -> float:
    """Return the greatest multiple of the step that a bound allows; a bound just below one is taken to allow it."""
    if step == 0.0:
        return bound
    return float(np.floor(bound / step + 1e-6 + 1e-12 * bound / step)) * step


@njit(cache=True)
def paid_at(paid: FloatArray, kind: int, tick: int, cell: int) -> float:  # pragma: no cover
    """Return what a machine's time costs from the beginning to a tick."""
    whole = tick // cell
    rest = tick - whole * cell
    until: float = paid[kind, whole]
    if rest:
        until += (paid[kind, whole + 1] - until) * (rest / cell)
    return until


@njit(cache=True)
def _profits(
    arrival: IntArray, service: IntArray, weight: FloatArray, qos: int, cell: int, paid: FloatArray,
) -> FloatArray:  # pragma: no cover
    """Return the most each query brings: the cost of its time is least where it begins or ends at a border."""
    profit = np.zeros(len(arrival))
    for q in range(len(arrival)):
        for k in range(service.shape[1]):
            took = service[q, k]
            begin, last = arrival[q], arrival[q] + qos - took
            while begin <= last:
                end = begin + took
                gain = weight[q] - paid_at(paid, k, end, cell) + paid_at(paid, k, begin, cell)
                profit[q] = max(profit[q], gain)
                if begin == last:
                    break
                begin = min(last, begin + min(cell - begin % cell, cell - end % cell))
    return profit
