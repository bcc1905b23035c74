"""Useful waits: of the containers that a schedule keeps, those that some later call needs."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import IntArray
from ecoopt.formulations.keepalive.persistent_cells import PersistentCells


def useful_waits(cells: PersistentCells, wait: IntArray, warm: IntArray, runs: IntArray) -> tuple[IntArray, IntArray]:
    """Return the waits of a feasible schedule within the model's bounds, and those of them that serve. O(L G).

    Containers that no call comes to need are let go, and so are those whose wait cannot pay. What is left obeys every
    rule that the schedule obeys and costs no more.

    Parameters
    ----------
    cells : PersistentCells
        L linked cells, C cells, G generations.
    wait : int array [L, G]
        Containers that wait through each link.
    warm : int array [L, G]
        Those of them that serve the call at its end.
    runs : int array [C, G]
        Calls run on each generation.

    Returns
    -------
    wait, warm : int array [L, G]
    """
    worthwhile = np.where(cells.keep_pays, warm, 0)
    return _needed(wait, worthwhile, runs[cells.linked + 1], cells.link_before, cells.relocation), worthwhile


@njit(cache=True)
def _needed(
    wait: IntArray, warm: IntArray, runs: IntArray, before: IntArray, relocation: bool
) -> IntArray:  # pragma: no cover
    """Walk back from the last call: a container left over at a call is needed if those that ran there do not suffice.

    With relocation any container that ran may stand in for a missing one, without it only one of the same generation.
    """
    links, generations = wait.shape
    needed = warm.copy()
    for l in range(links - 2, -1, -1):
        if before[l + 1] != l:
            continue
        lacking = needed[l + 1].sum() - runs[l].sum()
        for s in range(generations):
            room = min(wait[l, s] - warm[l, s], needed[l + 1, s])
            short = lacking if relocation else needed[l + 1, s] - runs[l, s]
            stay = max(0, min(room, short))
            needed[l, s] += stay
            lacking -= stay
    return needed
