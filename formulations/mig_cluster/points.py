"""Points: the moments at which the relaxation counts what runs, and how much time each stands for.

Time between two moments of a grid is split between them by hat functions, 1 at its moment and 0 at the next ones. As
t is the sum of the moments times their hats, the mean time of a job's progress is exact, whatever happens in between.
"""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig_cluster import MigClusterInstance

_ARRIVAL_SHARE = 0.7


@dataclass(frozen=True)
class Points:
    """Q points over K slots.

    Parameters
    ----------
    grid_s : float array [K + 1]
        Borders of the slots; the first is no later than the first arrival.
    time_s, width_s : float array [Q]
        Moment of each point, and the integral of its hat.
    slot : int array [Q]
        Slot that its hat begins in.
    first : int array [J]
        First point at which each job may run.
    first_width_s : float array [J]
        The integral of its hat from the arrival on.
    """

    grid_s: FloatArray
    time_s: FloatArray
    width_s: FloatArray
    slot: IntArray
    first: IntArray
    first_width_s: FloatArray


def merged_points(instance: MigClusterInstance, grid_s: FloatArray) -> Points:
    """Return one point per border: as tight a relaxation as `split_points` where nothing is asked of single slots."""
    half_s = np.diff(grid_s) / 2
    first = _slots_of(instance, grid_s)
    return Points(grid_s, grid_s, np.append(0.0, half_s) + np.append(half_s, 0.0),
                  np.maximum(np.arange(len(grid_s)) - 1, 0), first, _rest_s(instance, grid_s))


def split_points(instance: MigClusterInstance, grid_s: FloatArray) -> Points:
    """Return two points per slot, at its ends, so that what happens within a slot is known."""
    moments = np.stack([grid_s[:-1], grid_s[1:]], axis=1).ravel()
    return Points(grid_s, moments, np.repeat(np.diff(grid_s) / 2, 2), np.repeat(np.arange(len(grid_s) - 1), 2),
                  2 * _slots_of(instance, grid_s), _rest_s(instance, grid_s))


def _slots_of(instance: MigClusterInstance, grid_s: FloatArray) -> IntArray:
    """Return the slot in which each job arrives, int array [J]."""
    return np.minimum(np.searchsorted(grid_s, instance.arrival_s, side="right") - 1, len(grid_s) - 2)


def _rest_s(instance: MigClusterInstance, grid_s: FloatArray) -> FloatArray:
    """Return the integral, from each job's arrival on, of the falling hat at the beginning of its slot [J]."""
    slot = _slots_of(instance, grid_s)
    length_s = np.diff(grid_s)[slot]
    rest: FloatArray = (grid_s[slot + 1] - instance.arrival_s) ** 2 / (2 * length_s)
    return rest


def grid_of(instance: MigClusterInstance, most: int, horizon_s: float | None = None) -> FloatArray:
    """Return up to `most` borders: arrivals, all or evenly chosen, and evenly spread times from the last one on.

    Parameters
    ----------
    horizon_s : float, optional
        The last border. Work that a solution leaves for later is charged as if done then, so any horizon is right,
        and one at which a good schedule is done loses least; by default the time the jobs take at most.
    """
    arrivals = np.unique(instance.arrival_s)
    last = arrivals[-1]
    if horizon_s is None or horizon_s <= last:
        horizon_s = float(last + instance.work_s.max() + instance.work_s.sum() / instance.gpus)
    shown = max(int(_ARRIVAL_SHARE * most), 1)
    if len(arrivals) > shown:
        arrivals = arrivals[np.unique(np.linspace(0, len(arrivals) - 1, shown).round().astype(np.int64))]
    tail = np.linspace(last, horizon_s, max(most - len(arrivals), 1) + 1)[1:]
    return np.concatenate([arrivals, tail])
