"""The cheapest assignment of rows to columns, compiled: shortest augmenting paths.

Jonker and Volgenant, Computing 38 (1987), without their first phases; in the form of Crouse, IEEE Transactions on
Aerospace and Electronic Systems 52(4), 2016. KAIROS's artifact calls SciPy's for it.
"""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray

NOBODY = -1


@njit(cache=True)
def assign(cost: FloatArray) -> IntArray:  # pragma: no cover
    """Return the column of each row, -1 for none, in an assignment of as many rows as can be at the least cost.

    O(min(R, C)^2 max(R, C)).

    Parameters
    ----------
    cost : float array [R, C]
        Finite costs.
    """
    rows, columns = cost.shape
    if rows <= columns:
        return _assign_all(cost)
    turned = np.empty((columns, rows))
    for r in range(rows):
        for c in range(columns):
            turned[c, r] = cost[r, c]
    row_of = _assign_all(turned)
    column_of = np.full(rows, NOBODY, dtype=np.int64)
    for c in range(columns):
        column_of[row_of[c]] = c
    return column_of


@njit(cache=True)
def _assign_all(cost: FloatArray) -> IntArray:  # pragma: no cover
    """Return the column of each row; there are no more rows than columns."""
    rows, columns = cost.shape
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    column_of, row_of = np.full(rows, NOBODY, dtype=np.int64), np.full(columns, NOBODY, dtype=np.int64)
    shortest, before = np.empty(columns), np.empty(columns, dtype=np.int64)
    row_seen, column_seen = np.empty(rows, dtype=np.bool_), np.empty(columns, dtype=np.bool_)
    for first in range(rows):
        shortest[:], before[:], row_seen[:], column_seen[:] = np.inf, NOBODY, False, False
        row, length, last = first, 0.0, NOBODY
        while last == NOBODY:
            row_seen[row] = True
            best, least = NOBODY, np.inf
            for c in range(columns):
                if column_seen[c]:
                    continue
                through = length + cost[row, c] - row_price[row] - column_price[c]
                if through < shortest[c]:
                    shortest[c], before[c] = through, row
                # Of equally short paths take one that ends at once.
                if shortest[c] < least or (shortest[c] == least and row_of[c] == NOBODY):
                    best, least = c, shortest[c]
            length = least
            column_seen[best] = True
            if row_of[best] == NOBODY:
                last = best
            else:
                row = row_of[best]
        row_price[first] += length
        for r in range(rows):
            if row_seen[r] and r != first:
                row_price[r] += length - shortest[column_of[r]]
        for c in range(columns):
            if column_seen[c]:
                column_price[c] -= length - shortest[c]
        column = last
        while True:
            row = before[column]
            row_of[column] = row
            column_of[row], column = column, column_of[row]
            if row == first:
                break
    return column_of
