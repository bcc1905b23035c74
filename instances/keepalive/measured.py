"""Measured functions: profiles for functions of which a trace tells execution time and memory only."""

from collections.abc import Sequence

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.hardware import GENERATIONS
from ecoopt.instances.keepalive.catalogue import APPS, profiles_for
from ecoopt.instances.keepalive.schema import FunctionProfiles

MEAN_APP = "mean-app"
"""Base profile of the geometric means over the ten apps."""

SHORTEST_S = 1e-3
"""Shorter measured execution times, 0 ms among them, count as this."""


def measured_profiles(duration_s: FloatArray, memory_gb: FloatArray, generation_names: Sequence[str],
                      base: str = MEAN_APP) -> tuple[FunctionProfiles, IntArray]:
    """Return profiles of functions with measured time and memory, scaled from a base profile.

    The base is one of EcoLife's ten apps or, geometrically, their mean. A warm call takes the measured time multiplied
    by the base's time on a box relative to its geometric mean over all four boxes, and draws the base's power. A cold
    start takes the base's extra time and energy: traces do not tell it.

    Parameters
    ----------
    duration_s, memory_gb : float array [F]
        Measurements; nan takes the median of those there are, or the base's own figure where there are none.
    generation_names : sequence of str
        Boxes out of i3, c5n, c5 and m5zn.
    base : str
        ``"mean-app"`` or the name of an app.

    Returns
    -------
    profiles : FunctionProfiles
        One profile for each distinct pair of time and memory.
    function_profile : int array [F]
        Profile of each function.
    """
    every_box = profiles_for([box.name for box in GENERATIONS])
    here = profiles_for(generation_names)
    rows = np.arange(len(APPS)) if base == MEAN_APP else np.array([APPS.index(base)])

    def mean(table: FloatArray) -> FloatArray:
        result: FloatArray = np.exp(np.log(table[rows]).mean(axis=0))
        return result

    over_boxes_s = np.exp(np.log(every_box.warm_s).mean(axis=1))
    duration = np.maximum(_completed(duration_s, float(mean(over_boxes_s))), SHORTEST_S)
    memory = _completed(memory_gb, float(mean(here.memory_gb)))
    pairs, profile = np.unique(np.column_stack([duration, memory]), axis=0, return_inverse=True)
    size = (len(pairs), len(generation_names))
    warm_s = pairs[:, :1] * mean(here.warm_s / over_boxes_s[:, None])
    profiles = FunctionProfiles(
        names=tuple(f"{base}, {float(d)!r} s, {float(m)!r} GB" for d, m in pairs), memory_gb=pairs[:, 1], warm_s=warm_s,
        warm_cpu_j=warm_s * mean(here.warm_cpu_j / here.warm_s),
        warm_dram_j=warm_s * mean(here.warm_dram_j / here.warm_s),
        cold_start_s=np.broadcast_to(mean(here.cold_start_s), size),
        cold_start_cpu_j=np.broadcast_to(mean(here.cold_start_cpu_j), size),
        cold_start_dram_j=np.broadcast_to(mean(here.cold_start_dram_j), size))
    return profiles, profile.reshape(-1)


def _completed(values: FloatArray, default: float) -> FloatArray:
    """Return values with nan replaced by the median of the others, or by the default."""
    known = values[~np.isnan(values)]
    return np.where(np.isnan(values), np.median(known) if known.size else default, values)
