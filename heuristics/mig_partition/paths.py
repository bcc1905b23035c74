"""Paths: the best chains of jobs that change slots, in a graph of slots, and combinations of them, compiled.

Moving a job of some class from slot a to slot b is an arc a -> b whose loss is the least that any class on a loses. A
shortest path from a to b is the best way to have one instance fewer of a and one more of b; a cycle of negative loss is
a better assignment to the same instances. Slots are few, so all paths are found by Floyd and Warshall's recursion, and
one, two or three changes of instances are tried together, as the rows may allow none of them alone.
"""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.mig_partition.upgrades import fitting

GAIN, TIE = 1e-9, 1e-12
"""Least gain that counts of a change of instances, and of a path or a cycle over another; values are of size 1."""

MANY = 1 << 60

MOST_FOR_THREE = 9
"""Slots up to which three changes of instances are tried together."""


@njit(cache=True)
def _losses(
    value: FloatArray, counts: IntArray, loss: FloatArray, owner: IntArray, following: IntArray
) -> int:  # pragma: no cover
    """Fill the least losses [S, S] of paths, the class that moves along each arc, and the next slot on each path.

    Returns -1; or, where it meets a cycle a -> via -> a of negative loss, ``a S + via``, and then stops.
    """
    classes, columns = value.shape
    loss[:] = np.inf
    owner[:] = -1
    for c in range(classes):
        for a in range(columns):
            if counts[c, a] > 0:
                for b in range(columns):
                    if b != a and value[c, b] > -np.inf and value[c, a] - value[c, b] < loss[a, b]:
                        loss[a, b] = value[c, a] - value[c, b]
                        owner[a, b] = c
    for a in range(columns):
        loss[a, a] = 0.0
        for b in range(columns):
            following[a, b] = b
    for via in range(columns):
        for a in range(columns):
            for b in range(columns):
                through = loss[a, via] + loss[via, b]
                if through < loss[a, b] - TIE:
                    if a == b:
                        return int(a * columns + via)
                    loss[a, b] = through
                    following[a, b] = following[a, via]
    return -1


@njit(cache=True)
def _narrowest(
    counts: IntArray, owner: IntArray, following: IntArray, source: int, target: int
) -> int:  # pragma: no cover
    """Return how often the path from source to target can be gone; never where rounding has bent it into a loop."""
    most = MANY
    a = source
    for _ in range(len(owner)):
        if a == target:
            return int(most)
        b = following[a, target]
        most = min(most, int(counts[owner[a, b], a]))
        a = b
    return int(most) if a == target else 0


@njit(cache=True)
def _walk(
    counts: IntArray, owner: IntArray, following: IntArray, source: int, target: int, times: int
) -> None:  # pragma: no cover
    """Move jobs along the path from source to target so many times."""
    a = source
    while a != target:
        b = following[a, target]
        counts[owner[a, b], a] -= times
        counts[owner[a, b], b] += times
        a = b


@njit(cache=True)
def _take(takes: IntArray, left: IntArray, source: int, target: int, times: int) -> None:  # pragma: no cover
    """Exchange instances in the rows' rest."""
    for r in range(len(left)):
        left[r] -= times * (takes[r, target] - takes[r, source])


@njit(cache=True)
def improve(
    value: FloatArray, takes: IntArray, counts: IntArray, left: IntArray, moves: int
) -> int:  # pragma: no cover
    """Make up to `moves` improvements of counts [C, S + 1] and of the rest [R] of the rows; return how many were made.

    Each is the first of these that gains: a cycle; one change of instances; two; three. O(C S^2 + S^6) each, or
    O(C S^2 + S^4) where slots are many.
    """
    columns = value.shape[1]
    loss = np.empty((columns, columns))
    owner = np.empty((columns, columns), dtype=np.int64)
    following = np.empty((columns, columns), dtype=np.int64)
    spare = counts.copy()
    spare_left = left.copy()
    made = 0
    while made < moves:
        cycle = _losses(value, counts, loss, owner, following)
        if cycle >= 0:
            a, via = divmod(cycle, columns)
            times = min(_narrowest(counts, owner, following, a, via), _narrowest(counts, owner, following, via, a))
            if times == 0:
                break
            _walk(counts, owner, following, a, via, times)
            _walk(counts, owner, following, via, a, times)
            made += 1
            continue
        chain = _best_changes(loss, takes, left)
        if chain[0] < 0:
            break
        if chain[2] < 0:
            a, b = chain[0], chain[1]
            times = fitting(takes, left, a, b, _narrowest(counts, owner, following, a, b))
            if times == 0:
                break
            _walk(counts, owner, following, a, b, times)
            _take(takes, left, a, b, times)
            made += 1
            continue
        # The second path may need what the first has moved, so the gain is worked out afresh.
        spare[:] = counts
        spare_left[:] = left
        before = _total(value, counts)
        whole = True
        for k in range(3):
            a, b = chain[2 * k], chain[2 * k + 1]
            if a < 0:
                break
            if (k > 0 and _losses(value, counts, loss, owner, following) >= 0) or loss[a, b] == np.inf or (
                    _narrowest(counts, owner, following, a, b) == 0):
                whole = False
                break
            _walk(counts, owner, following, a, b, 1)
            _take(takes, left, a, b, 1)
        after = _total(value, counts)
        if not whole or not after > before + GAIN:
            counts[:] = spare
            left[:] = spare_left
            break
        made += 1
    return made


@njit(cache=True)
def _total(value: FloatArray, counts: IntArray) -> float:  # pragma: no cover
    """Return the sum of values."""
    total = 0.0
    for c in range(value.shape[0]):
        for s in range(value.shape[1]):
            if counts[c, s] > 0:
                total += counts[c, s] * value[c, s]
    return total


@njit(cache=True)
def _best_changes(loss: FloatArray, takes: IntArray, left: IntArray) -> IntArray:  # pragma: no cover
    """Return up to three changes (from, to) that fit together and gain most, -1 where there is none.

    Fewer changes come first: three are looked at only where two gain nothing.
    """
    columns, rows = loss.shape[0], len(left)
    best = np.full(6, -1, dtype=np.int64)
    changes = np.empty((columns * columns, 2), dtype=np.int64)
    gain = np.empty(columns * columns)
    more = np.empty((columns * columns, rows), dtype=np.int64)
    n = 0
    for a in range(columns):
        for b in range(columns):
            if a != b and loss[a, b] < np.inf:
                changes[n, 0] = a
                changes[n, 1] = b
                gain[n] = -loss[a, b]
                for r in range(rows):
                    more[n, r] = takes[r, b] - takes[r, a]
                n += 1
    top = GAIN
    for i in range(n):
        if gain[i] > top:
            fits = True
            for r in range(rows):
                if more[i, r] > left[r]:
                    fits = False
                    break
            if fits:
                top = gain[i]
                best[0], best[1] = changes[i]
    if best[0] >= 0:
        return best
    for i in range(n):
        for j in range(i, n):
            if gain[i] + gain[j] > top:
                fits = True
                for r in range(rows):
                    if more[i, r] + more[j, r] > left[r]:
                        fits = False
                        break
                if fits:
                    top = gain[i] + gain[j]
                    best[0], best[1] = changes[i]
                    best[2], best[3] = changes[j]
    if best[0] >= 0 or columns > MOST_FOR_THREE:
        return best
    for i in range(n):
        for j in range(i, n):
            for k in range(j, n):
                if gain[i] + gain[j] + gain[k] > top:
                    fits = True
                    for r in range(rows):
                        if more[i, r] + more[j, r] + more[k, r] > left[r]:
                            fits = False
                            break
                    if fits:
                        top = gain[i] + gain[j] + gain[k]
                        best[0], best[1] = changes[i]
                        best[2], best[3] = changes[j]
                        best[4], best[5] = changes[k]
    return best
