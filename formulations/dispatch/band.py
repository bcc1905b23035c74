"""Band: symmetric matrices whose entries lie near the diagonal, factored and solved in time linear in their size.

Entry ``band[i, j]`` is that of row ``i + j`` and column ``i``. Compiled here, as a library's threads would get in each
other's way and change the last bits.
"""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray


@njit(cache=True)
def factor(band: FloatArray) -> None:  # pragma: no cover
    """Replace a positive definite matrix of order n, width w, by its Cholesky factor, in O(n w^2).

    A pivot that rounding has made too small to be told from 0 is made infinite in effect: its unknown becomes 0.
    """
    order, width = band.shape
    for i in range(order):
        pivot = band[i, 0]
        if pivot <= 1e-30:
            pivot = 1e64
        root = np.sqrt(pivot)
        band[i, 0] = root
        reach = min(width, order - i)
        for j in range(1, reach):
            band[i, j] /= root
        for j in range(1, reach):
            share = band[i, j]
            if share != 0.0:
                row = band[i + j]
                for v in range(reach - j):
                    row[v] -= share * band[i, j + v]


@njit(cache=True)
def solve(band: FloatArray, right: FloatArray) -> None:  # pragma: no cover
    """Replace the right-hand side by the solution, given the factor."""
    order, width = band.shape
    for i in range(order):
        right[i] /= band[i, 0]
        share = right[i]
        for j in range(1, min(width, order - i)):
            right[i + j] -= share * band[i, j]
    for i in range(order - 1, -1, -1):
        total = right[i]
        for j in range(1, min(width, order - i)):
            total -= band[i, j] * right[i + j]
        right[i] = total / band[i, 0]
