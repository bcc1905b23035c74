"""Pairing heaps of entities, a heap for each part, in arrays (Fredman, Sedgewick, Sleator and Tarjan, 1986)."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray

NONE: Any = np.int64(-1)


class Heaps(NamedTuple):
    """Heaps with the largest key on top. K heaps of n entities, each entity in one at most.

    Parameters
    ----------
    root : int array [K]
        Top of each heap, -1 where it is empty.
    key : float array [n]
        Keys.
    child, right, left : int array [n]
        First child, next sibling, and previous sibling or parent of each entity; -1 where there is none.
    """

    root: IntArray
    key: FloatArray
    child: IntArray
    right: IntArray
    left: IntArray


@njit(cache=True)
def _link(heaps: Heaps, a: int, b: int) -> int:  # pragma: no cover
    """Put one of two trees below the other and return the top; of equal keys the first stays on top."""
    if heaps.key[b] > heaps.key[a]:
        a, b = b, a
    first = heaps.child[a]
    heaps.right[b] = first
    heaps.left[b] = a
    if first >= 0:
        heaps.left[first] = b
    heaps.child[a] = b
    return a


@njit(cache=True)
def push(heaps: Heaps, k: int, v: int) -> None:  # pragma: no cover
    """Put an entity into heap k by its key."""
    heaps.child[v] = heaps.right[v] = heaps.left[v] = NONE
    heaps.root[k] = v if heaps.root[k] < 0 else _link(heaps, heaps.root[k], v)


@njit(cache=True)
def take(heaps: Heaps, k: int, v: int) -> None:  # pragma: no cover
    """Take an entity out of heap k, wherever it stands; its key is that of when it was put in."""
    at = heaps.child[v]
    merged = paired = NONE
    while at >= 0:
        other = heaps.right[at]
        after = heaps.right[other] if other >= 0 else NONE
        tree = at if other < 0 else _link(heaps, at, other)
        heaps.right[tree] = paired
        paired = tree
        at = after
    while paired >= 0:
        after = heaps.right[paired]
        merged = paired if merged < 0 else _link(heaps, paired, merged)
        paired = after
    top = heaps.root[k]
    if top == v:
        heaps.root[k] = merged
    else:
        above, beside = heaps.left[v], heaps.right[v]
        if heaps.child[above] == v:
            heaps.child[above] = beside
        else:
            heaps.right[above] = beside
        if beside >= 0:
            heaps.left[beside] = above
        if merged >= 0:
            heaps.root[k] = _link(heaps, top, merged)
    if heaps.root[k] >= 0:
        heaps.left[heaps.root[k]] = heaps.right[heaps.root[k]] = NONE
