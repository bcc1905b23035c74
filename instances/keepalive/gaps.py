"""Gaps: the stretches between two calls of a function through which one container may wait."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.keepalive.schema import KeepAliveInstance


@dataclass(frozen=True)
class Gaps:
    """All gaps of an instance, in order of their first cell; I gaps.

    With `release` a gap leads from a cell to the function's next one, at most ``max_keep_min`` later. With `persist` a
    container may also wait past calls that do not need it: calls are stacked in layers (a cell of n calls fills layers
    1..n) and a gap leads to the next cell that fills the same layer, if every step on the way is short enough. In each
    layer at most one container waits, so the gaps of an instance may be chosen independently of each other (plans that
    start an extra container cold, so as to have it later, are not covered).

    Parameters
    ----------
    cell, end_cell : int array [I]
        Cells at the two ends.
    containers : int array [I]
        Number of containers (layers) that may wait through it.
    start_min, end_min : int array [I]
        Minutes of the two cells; a waiting container occupies minutes ``start_min <= m < end_min``.
    profile : int array [I]
        Profile of the function.
    exposure : float array [I]
        Intensity that one waiting container is charged for, summed over the minutes of the wait.
    """

    cell: IntArray
    end_cell: IntArray
    containers: IntArray
    start_min: IntArray
    end_min: IntArray
    profile: IntArray
    exposure: FloatArray


def find_gaps(instance: KeepAliveInstance) -> Gaps:
    """Return all gaps of an instance. O(C) time and memory."""
    calls = instance.invocations
    stacked = instance.containers == "persist"
    cell, end_cell, containers = _stacked_gaps(
        calls.offsets, calls.minutes, calls.counts, instance.max_keep_min, stacked)
    start, end = calls.minutes[cell], calls.minutes[end_cell]
    intensity = instance.intensity_g_per_kwh
    if instance.accounting == "artifact":
        charged = np.diff(calls.minutes, append=0) * intensity[calls.minutes]
        total = np.concatenate([[0.0], np.cumsum(charged)])
        exposure = total[end_cell] - total[cell] if stacked else charged[cell]
    else:
        total = np.concatenate([[0.0], np.cumsum(intensity)])
        exposure = total[end] - total[start]
    profile = instance.function_profile[calls.cell_function[cell]]
    return Gaps(cell, end_cell, containers, start, end, profile, exposure)


@njit(cache=True)
def _stacked_gaps(
    offsets: IntArray, minutes: IntArray, counts: IntArray, max_keep_min: int, stacked: bool
) -> tuple[IntArray, IntArray, IntArray]:  # pragma: no cover
    """Return first cell, last cell and containers of every gap.

    Walks each function backwards, keeping the cells that a later wait can reach: counts increase along the stack, so
    every cell is pushed and passed once.
    """
    cells = len(minutes)
    first, last, size = np.empty(2 * cells, np.int64), np.empty(2 * cells, np.int64), np.empty(2 * cells, np.int64)
    stack = np.empty(cells + 1, np.int64)
    found = 0
    for f in range(len(offsets) - 1):
        height = 0
        for c in range(offsets[f + 1] - 1, offsets[f] - 1, -1):
            if c + 1 < offsets[f + 1] and minutes[c + 1] - minutes[c] > max_keep_min:
                height = 0
            filled, k = 0, height - 1
            while k >= 0 and filled < counts[c]:
                top = min(counts[stack[k]], counts[c])
                if top > filled:
                    first[found], last[found], size[found] = c, stack[k], top - filled
                    found += 1
                    filled = top
                k -= 1
                if not stacked:
                    break
            while height > 0 and counts[stack[height - 1]] <= counts[c]:
                height -= 1
            stack[height] = c
            height += 1
            if not stacked:
                stack[0], height = c, 1
    order = np.argsort(first[:found], kind="mergesort")
    return first[:found][order], last[:found][order], size[:found][order]
