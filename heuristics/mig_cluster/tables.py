"""Tables: an instance as the arrays that the compiled simulators read."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.mig_partition.one_gpu import gpu_states
from ecoopt.instances.mig import MigGeometry, all_layouts, layout_counts
from ecoopt.instances.mig_cluster import MigClusterInstance


class Cuts(NamedTuple):
    """How one GPU can be cut. V count vectors, P profiles, L layouts of at most M instances.

    Parameters
    ----------
    sizes : int array [P]
        Compute slices of each profile.
    counts : int array [V, P]
        The count vectors.
    larger, smaller : int array [V, P]
        Vector with one instance more, and with one fewer, of a profile; -1 where there is none.
    maximal : bool array [V]
        Whether some maximal layout has these counts.
    first : int array [V + 1]
        First layout of each count vector.
    profile, start : int array [L, M]
        Instances of each layout, -1 beyond its last.
    """

    sizes: IntArray
    counts: IntArray
    larger: IntArray
    smaller: IntArray
    maximal: NDArray[np.bool_]
    first: IntArray
    profile: IntArray
    start: IntArray


class Jobs(NamedTuple):
    """The jobs. J jobs, P profiles.

    Parameters
    ----------
    arrival_s, work_s, overhead_s : float array [J]
        As in the instance.
    speed : float array [J, P]
        Work per second, 0 where the job cannot run.
    least : int array [J]
        Compute slices of the smallest instance it can run on.
    """

    arrival_s: FloatArray
    work_s: FloatArray
    overhead_s: FloatArray
    speed: FloatArray
    least: IntArray


@lru_cache(maxsize=64)
def cuts_of(geometry: MigGeometry) -> Cuts:
    """Return how a GPU of this geometry can be cut."""
    states = gpu_states(geometry)
    place = {tuple(vector): index for index, vector in enumerate(states.counts.tolist())}
    layouts = sorted(all_layouts(geometry), key=lambda layout: place[tuple(layout_counts(geometry, layout).tolist())])
    owner = [place[tuple(layout_counts(geometry, layout).tolist())] for layout in layouts]
    most = max(len(layout) for layout in layouts)
    profile = np.full((len(layouts), most), -1, dtype=np.int64)
    start = np.full((len(layouts), most), -1, dtype=np.int64)
    for row, layout in enumerate(layouts):
        for column, placement in enumerate(layout):
            profile[row, column], start[row, column] = placement
    sizes = np.array([kind.compute_slices for kind in geometry.profiles], dtype=np.int64)
    first = np.searchsorted(np.array(owner), np.arange(len(states.counts) + 1)).astype(np.int64)
    for table in (profile, start, sizes, first):
        table.setflags(write=False)
    return Cuts(sizes, states.counts, states.larger, states.smaller, states.maximal, first, profile, start)


def jobs_of(instance: MigClusterInstance) -> Jobs:
    """Return the jobs of an instance."""
    speed = instance.job_speed
    sizes = np.array([profile.compute_slices for profile in instance.geometry.profiles], dtype=np.int64)
    least = np.where(speed > 0, sizes, sizes.max()).min(axis=1)
    least.setflags(write=False)
    return Jobs(instance.arrival_s, instance.work_s, instance.overhead_s, speed, least)
