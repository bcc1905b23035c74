"""One fixed layout on every GPU: MISO's baselines NoPart and OptSta, as their loop runs them.

A newcomer takes the largest idle instance of the cluster if it fits; a job that does not is passed over. Where an
instance larger than a running job's falls idle, the job on the smallest one moves up and pays its overhead.
"""

from typing import Any

import numpy as np
from numba import njit

from ecoopt.core.arrays import IntArray
from ecoopt.heuristics.mig_cluster.cluster import (
    Cluster,
    complete,
    enter,
    finish_s,
    leave,
    next_finish_s,
    on_grid,
)
from ecoopt.heuristics.mig_cluster.tables import Jobs

_NONE: Any = np.int64(-1)


@njit(cache=True)
def run_static(
    c: Cluster, jobs: Jobs, sizes: IntArray, profile: IntArray, start: IntArray, step_s: float
) -> None:  # pragma: no cover
    """Run all jobs to their end on GPUs cut into the instances given, largest first.

    Parameters
    ----------
    sizes : int array [P]
        Compute slices of each profile.
    profile, start : int array [K]
        The instances of every GPU.
    step_s : float
        Time between two rounds of the loop; 0 for one at each event.
    """
    gpus, slots = len(c.held), len(profile)
    holder = np.full((gpus, slots), -1, dtype=np.int64)
    queue = np.empty(len(jobs.work_s), dtype=np.int64)
    waiting = arrived = finished = 0
    emptied, everywhere = np.empty(gpus, dtype=np.int64), np.arange(gpus)
    while finished < len(jobs.work_s):
        now_s = next_finish_s(c, step_s)
        if arrived < len(jobs.work_s):
            now_s = min(now_s, on_grid(jobs.arrival_s[arrived], step_s))
        n = 0
        for g in range(gpus):
            for k in range(slots):
                j = holder[g, k]
                if j >= 0 and on_grid(finish_s(c, j), step_s) <= now_s:
                    complete(c, j, now_s)
                    holder[g, k] = -1
                    finished += 1
                    if n == 0 or emptied[n - 1] != g:
                        emptied[n] = g
                        n += 1
        waiting = _start(c, jobs, sizes, profile, start, holder, queue, waiting, emptied[:n], now_s)
        for g in range(gpus):
            _promote(c, jobs, sizes, profile, start, holder[g], g, now_s)
        while arrived < len(jobs.work_s) and jobs.arrival_s[arrived] <= now_s:
            queue[waiting] = arrived
            waiting, arrived = waiting + 1, arrived + 1
        waiting = _start(c, jobs, sizes, profile, start, holder, queue, waiting, everywhere, now_s)


@njit(cache=True)
def _start(
    c: Cluster, jobs: Jobs, sizes: IntArray, profile: IntArray, start: IntArray, holder: IntArray, queue: IntArray,
    waiting: int, among: IntArray, now_s: float,
) -> int:  # pragma: no cover
    """Start waiting jobs on the largest idle instance among some GPUs, and return how many still wait."""
    left = 0
    for q in range(waiting):
        j = queue[q]
        g = k = _NONE
        for other in among:
            for slot in range(len(profile)):
                if holder[other, slot] < 0 and (g < 0 or sizes[profile[slot]] > sizes[profile[k]]):
                    g, k = other, slot
        if g >= 0 and jobs.speed[j, profile[k]] > 0:
            holder[g, k] = j
            enter(c, jobs, j, g, profile[k], start[k], jobs.speed[j, profile[k]], now_s)
        else:
            queue[left] = j
            left += 1
    return left


@njit(cache=True)
def _promote(
    c: Cluster, jobs: Jobs, sizes: IntArray, profile: IntArray, start: IntArray, held: IntArray, g: int, now_s: float
) -> None:  # pragma: no cover
    """Move jobs from the smallest instances of a GPU to its larger idle ones."""
    while True:
        small = large = _NONE
        for k in range(len(profile)):
            if held[k] >= 0 and (small < 0 or sizes[profile[k]] < sizes[profile[small]]):
                small = k
            if held[k] < 0 and (large < 0 or sizes[profile[k]] > sizes[profile[large]]):
                large = k
        if small < 0 or large < 0 or sizes[profile[large]] <= sizes[profile[small]]:
            return
        j = held[small]
        if jobs.speed[j, profile[large]] <= 0:
            return
        leave(c, j, now_s)
        enter(c, jobs, j, g, profile[large], start[large], jobs.speed[j, profile[large]], now_s)
        held[small], held[large] = -1, j
