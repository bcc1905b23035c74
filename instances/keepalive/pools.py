"""Pools: how much memory it would take to keep containers warm through every gap, and a share of it per generation."""

from typing import Any

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.keepalive.invocations import Invocations


def warm_memory_gb(invocations: Invocations, function_memory_gb: FloatArray, max_keep_min: int) -> FloatArray:
    """Return the memory occupied at the end of each minute if every container that can serve a next call is kept.

    Through each gap of at most `max_keep_min` minutes between two cells of a function, the smaller of their two counts
    of containers waits, on whatever generation. O(C + T).

    Parameters
    ----------
    invocations : Invocations
        C cells in T minutes.
    function_memory_gb : float array [F]
        Memory of one container of each function.
    max_keep_min : int
        Longest keep-alive.

    Returns
    -------
    float array [T]
    """
    steps = _steps(invocations.offsets, invocations.minutes, invocations.counts, function_memory_gb, max_keep_min,
                   invocations.horizon_min)
    occupied: FloatArray = np.maximum(np.cumsum(steps), 0.0)
    return occupied


def shared_pools_gb(invocations: Invocations, function_memory_gb: FloatArray, max_keep_min: int, share: float,
                    generations: int) -> FloatArray:
    """Return pool capacities: `share` of the peak of `warm_memory_gb`, split evenly over the generations.

    The peak counts as at least the memory of the largest function's container. Share 1 thus lets all worthwhile
    containers wait, if they spread evenly.

    Returns
    -------
    float array [G]
    """
    peak = float(warm_memory_gb(invocations, function_memory_gb, max_keep_min).max(initial=0.0))
    return np.full(generations, share * max(peak, float(function_memory_gb.max())) / generations)


@njit(cache=True)
def _steps(offsets: Any, minutes: Any, counts: Any, memory_gb: Any, max_keep_min: int, horizon_min: int) -> Any:
    """Return the change of the occupied memory in each minute."""
    steps = np.zeros(horizon_min)
    for f in range(len(offsets) - 1):
        for c in range(offsets[f], offsets[f + 1] - 1):
            if minutes[c + 1] - minutes[c] <= max_keep_min:
                waiting = memory_gb[f] * min(counts[c], counts[c + 1])
                steps[minutes[c]] += waiting
                steps[minutes[c + 1]] -= waiting
    return steps
