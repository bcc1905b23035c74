"""Memory of waiting containers over time, by generation and by function or kind of function."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule


class MemoryBands(NamedTuple):
    """Memory in bands to be stacked. B bands, G generations, T minutes.

    Parameters
    ----------
    by : {"function", "profile"}
        What a band stands for.
    names : tuple of str [B]
        Names of the bands; the last may gather what is left.
    places : int array [B]
        Number of each band's function or profile, -1 for what is left.
    memory_gb : float array [B, G, T]
        Memory occupied at the end of each minute.
    """

    by: str
    names: tuple[str, ...]
    places: IntArray
    memory_gb: FloatArray


def memory_bands(instance: KeepAliveInstance, schedule: KeepAliveSchedule, most: int = 10) -> MemoryBands:
    """Return the memory that a schedule's waiting containers occupy.

    One band per function where there are at most `most`, otherwise per profile; where these are more, the largest by
    gigabyte-minutes and one band for the rest. Bands without memory are left out. Keeps of unknown cells or generations
    are left out. O(K + B G T) time and memory, K rows of keeps.

    Parameters
    ----------
    instance : KeepAliveInstance
        With C cells, G generations, T minutes.
    schedule : KeepAliveSchedule
        Its keeps are drawn as written, allowed or not.
    most : int
        Largest number of bands, at least 2.
    """
    calls = instance.invocations
    horizon, generations = calls.horizon_min, len(instance.generations)
    known = (schedule.keep_cell < calls.cells) & (schedule.keep_generation < generations)
    cell, generation = schedule.keep_cell[known], schedule.keep_generation[known]
    begin = calls.minutes[cell]
    stay = np.minimum(schedule.keep_min[known], minutes_to_next(instance)[cell])
    function = calls.cell_function[cell]
    memory_gb = (instance.profiles.memory_gb[instance.function_profile[function]]
                 * schedule.keep_containers[known].astype(np.float64))

    by_function = calls.functions <= most
    key = function if by_function else instance.function_profile[function]
    names = _function_names(instance) if by_function else instance.profiles.names
    size = np.bincount(key, weights=memory_gb * stay, minlength=len(names)).astype(np.float64)
    places, band = _largest(size, most)
    bands = len(places)
    row = band[key] * generations + generation
    steps = np.zeros((bands * generations, horizon + 1))
    flat, length = steps.ravel(), steps.size
    flat += np.bincount(row * (horizon + 1) + begin, weights=memory_gb, minlength=length)
    flat -= np.bincount(row * (horizon + 1) + begin + stay, weights=memory_gb, minlength=length)
    level = np.cumsum(steps, axis=1)[:, :-1]
    level[level < 1e-9 * max(1.0, float(level.max(initial=0.0)))] = 0.0  # what the differences leave of a rounding
    labels = tuple(names[place] if place >= 0 else f"{int((size > 0).sum()) - bands + 1} others" for place in places)
    return MemoryBands("function" if by_function else "profile", labels, places,
                       level.reshape(bands, generations, horizon))


def minutes_to_next(instance: KeepAliveInstance) -> IntArray:
    """Return the minutes from each cell to the function's next cell, or to the end of the horizon, int array [C]."""
    calls = instance.invocations
    following = np.full(calls.cells, calls.horizon_min, dtype=np.int64)
    same = calls.cell_function[1:] == calls.cell_function[:-1]
    following[:-1][same] = calls.minutes[1:][same]
    return following - calls.minutes


def _largest(size: FloatArray, most: int) -> tuple[IntArray, IntArray]:
    """Return the keys that get a band of their own, -1 for the rest at the end, and the band of each key."""
    used = np.flatnonzero(size > 0)
    kept = used
    if len(used) > most:
        kept = np.sort(used[np.argsort(-size[used], kind="stable")[:most - 1]])
    band = np.full(len(size), len(kept), dtype=np.int64)
    band[kept] = np.arange(len(kept))
    return (kept if len(kept) == len(used) else np.append(kept, -1)), band


def _function_names(instance: KeepAliveInstance) -> tuple[str, ...]:
    """Return a name for each function: its own, or its profile's with its number."""
    if instance.function_names is not None:
        return instance.function_names
    profiles = instance.profiles.names
    return tuple(f"{profiles[p]} #{f}" for f, p in enumerate(instance.function_profile.tolist()))
