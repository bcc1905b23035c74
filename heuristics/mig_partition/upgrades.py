"""Upgrades: every job on its smallest slot, then larger ones by falling gain per size, compiled.

The greedy of the multiple-choice knapsack (Sinha and Zoltners, Operations Research 27, 1979), the size of a slot being
what it takes of each row at a weight per row.
"""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray


@njit(cache=True)
def fitting(takes: IntArray, left: IntArray, source: int, target: int, most: int) -> int:  # pragma: no cover
    """Return how many of `most` instances can be exchanged, slot `source` for slot `target`, given the rows' rest."""
    for r in range(len(left)):
        more = takes[r, target] - takes[r, source]
        if more > 0:
            most = min(most, left[r] // more)
    return max(most, 0)


@njit(cache=True)
def place(
    jobs: IntArray, value: FloatArray, takes: IntArray, limit: IntArray, size: FloatArray, counts: IntArray,
    left: IntArray,
) -> None:  # pragma: no cover
    """Fill counts [C, S + 1] and the rest [R] of the rows.

    Parameters
    ----------
    jobs, value, takes, limit
        As in `Room`.
    size : float array [S + 1]
        Size of each slot.
    counts, left : int arrays
        Filled.
    """
    classes, columns = value.shape
    out = columns - 1
    by_size = np.argsort(size, kind="mergesort")
    left[:] = limit
    counts[:] = 0
    smallest = np.zeros(classes)
    for c in range(classes):
        counts[c, out] = jobs[c]
        for s in by_size:
            if s != out and value[c, s] > -np.inf:
                smallest[c] = size[s]
                break
    if value[0, out] < 0:
        # Everybody must run: the jobs that need most first, each on the smallest slot there is room for.
        for c in np.argsort(-smallest, kind="mergesort"):
            for s in by_size:
                if s != out and value[c, s] > -np.inf:
                    _move(takes, left, counts, c, out, s)
    steps = classes * columns * columns
    gain = np.empty(steps)
    step = np.empty(steps, dtype=np.int64)
    n = 0
    for c in range(classes):
        n = _hull(value[c], size, by_size, c, gain, step, n)
    for k in np.argsort(-gain[:n], kind="mergesort"):
        rest, target = divmod(step[k], columns)
        c, source = divmod(rest, columns)
        _move(takes, left, counts, c, source, target)
    _use_rest(value, takes, size, counts, left)


@njit(cache=True)
def place_at_rents(
    jobs: IntArray, value: FloatArray, takes: IntArray, limit: IntArray, rent: FloatArray, counts: IntArray,
    left: IntArray,
) -> None:  # pragma: no cover
    """Fill counts and the rest of the rows: each class where its value exceeds the rent most, while there is room.

    Classes that gain most beyond the rent come first, by how much more they gain on their best slot than on the next.
    Parameters as for `place`, the rent of each slot [S + 1] in the place of its size.
    """
    classes, columns = value.shape
    out = columns - 1
    left[:] = limit
    counts[:] = 0
    regret = np.zeros(classes)
    for c in range(classes):
        counts[c, out] = jobs[c]
        paid = np.sort(value[c] - rent)
        regret[c] = paid[columns - 1] - paid[columns - 2]
    for c in np.argsort(-regret, kind="mergesort"):
        for s in np.argsort(rent - value[c], kind="mergesort"):
            if s == out or value[c, s] == -np.inf:
                break
            _move(takes, left, counts, c, out, s)
    _use_rest(value, takes, rent, counts, left)


@njit(cache=True)
def _use_rest(
    value: FloatArray, takes: IntArray, size: FloatArray, counts: IntArray, left: IntArray
) -> None:  # pragma: no cover
    """Move jobs to slots they are worth more on, by falling gain per size, while the rows have room."""
    classes, columns = value.shape
    gain = np.empty(classes * columns * columns)
    step = np.empty(classes * columns * columns, dtype=np.int64)
    n = 0
    for c in range(classes):
        for s in range(columns):
            if counts[c, s] > 0:
                for t in range(columns):
                    if value[c, t] > value[c, s]:
                        gain[n] = (value[c, t] - value[c, s]) / max(size[t] - size[s], 1e-12)
                        step[n] = (c * columns + s) * columns + t
                        n += 1
    for k in np.argsort(-gain[:n], kind="mergesort"):
        rest, target = divmod(step[k], columns)
        c, source = divmod(rest, columns)
        _move(takes, left, counts, c, source, target)


@njit(cache=True)
def _move(
    takes: IntArray, left: IntArray, counts: IntArray, c: int, source: int, target: int
) -> None:  # pragma: no cover
    """Move as many jobs of a class from slot to slot as there are and fit."""
    times = fitting(takes, left, source, target, counts[c, source])
    counts[c, source] -= times
    counts[c, target] += times
    for r in range(len(left)):
        left[r] -= times * (takes[r, target] - takes[r, source])


@njit(cache=True)
def _hull(
    value: FloatArray, size: FloatArray, by_size: IntArray, c: int, gain: FloatArray, step: IntArray, n: int
) -> int:  # pragma: no cover
    """Append the steps of one class along the upper hull of value over size; return how many steps there are then."""
    columns = len(value)
    hull = np.empty(columns, dtype=np.int64)
    k = 0
    for s in by_size:
        if value[s] == -np.inf or (k > 0 and value[s] <= value[hull[k - 1]]):
            continue
        while k > 0 and size[s] <= size[hull[k - 1]]:
            k -= 1
        while k > 1 and ((value[s] - value[hull[k - 1]]) * (size[hull[k - 1]] - size[hull[k - 2]])
                         >= (value[hull[k - 1]] - value[hull[k - 2]]) * (size[s] - size[hull[k - 1]])):
            k -= 1
        hull[k] = s
        k += 1
    for i in range(k - 1):
        gain[n] = (value[hull[i + 1]] - value[hull[i]]) / (size[hull[i + 1]] - size[hull[i]])
        step[n] = (c * columns + hull[i]) * columns + hull[i + 1]
        n += 1
    return n
