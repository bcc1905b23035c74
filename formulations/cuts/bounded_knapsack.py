"""The bounded knapsack problem with real weights, by depth-first branch and bound (Martello and Toth's MTB)."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray

FITS = 1e-9


def heaviest(values: FloatArray, weights: FloatArray, most: IntArray, capacity: float) -> tuple[float, IntArray]:
    """Return an upper bound on, and a best found point of, ``max values @ x`` with ``weights @ x <= capacity``.

    Parameters
    ----------
    values, weights : float array [K]
        Worth and positive weight of one item of each class.
    most : int array [K]
        Upper bounds; ``0 <= x <= most`` and whole.
    capacity : float
        Of the knapsack.

    Returns
    -------
    bound : float
        The optimum, or a valid bound above it when the search was cut off after 20,000 nodes.
    x : int array [K]
        The best point found.
    """
    useful = np.flatnonzero((values > 0) & (most > 0) & (weights <= capacity * (1 + FITS)))
    x = np.zeros(len(values), dtype=np.int64)
    if not len(useful):
        return 0.0, x
    useful = useful[np.argsort(-values[useful] / weights[useful], kind="stable")]
    bound, point = _search(values[useful], weights[useful], most[useful], capacity * (1 + FITS), 20_000)
    x[useful] = point
    return float(bound), x


@njit(cache=True)
def _search(
    values: FloatArray, weights: FloatArray, most: IntArray, capacity: float, limit: int
) -> tuple[float, IntArray]:  # pragma: no cover
    """Enumerate depth first, classes by falling density, cutting branches that cannot beat the best."""
    classes = len(values)
    x, best_x = np.zeros(classes, np.int64), np.zeros(classes, np.int64)
    best, worth, room, k = 0.0, 0.0, capacity, 0
    for _ in range(limit):
        while k < classes and worth + room * values[k] / weights[k] > best + 1e-12:
            x[k] = min(most[k], int(room / weights[k]))
            room -= x[k] * weights[k]
            worth += x[k] * values[k]
            k += 1
        if k == classes and worth > best:
            best = worth
            best_x[:] = x
        k -= 1
        while k >= 0 and x[k] == 0:
            k -= 1
        if k < 0:
            return best, best_x
        x[k] -= 1
        room += weights[k]
        worth -= values[k]
        for j in range(k + 1, classes):
            room += x[j] * weights[j]
            worth -= x[j] * values[j]
            x[j] = 0
        k += 1
    relaxed, room = 0.0, capacity
    for j in range(classes):
        take = min(float(most[j]), room / weights[j])
        relaxed += take * values[j]
        room -= take * weights[j]
    return relaxed, best_x
