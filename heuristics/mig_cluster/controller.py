"""MISO's control loop: one newcomer at a time, measured on a shared GPU, and each GPU cut anew for the jobs it has.

With true speeds and no measuring it is the authors' Oracle. Of two equal choices this loop takes the one that moves
fewer jobs, theirs the one it finds first.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.mig_cluster.cluster import (
    SHARED,
    Cluster,
    complete,
    enter,
    finish_s,
    leave,
    next_finish_s,
    on_grid,
    place,
    set_shared_rates,
)
from ecoopt.heuristics.mig_cluster.tables import Cuts, Jobs
from ecoopt.heuristics.mig_partition.one_gpu import choose

_STAY = 1e-9
_NONE: Any = np.int64(-1)


@njit(cache=True)
def run_controller(
    c: Cluster, jobs: Jobs, cuts: Cuts, slowdown: FloatArray, step_s: float, profiling_s: float, shared_rate: float,
    alone: bool,
) -> None:  # pragma: no cover
    """Run all jobs to their end.

    Parameters
    ----------
    slowdown : float array [J, P]
        What the controller believes of the time a job takes on each profile, relative to the whole GPU; infinite
        where it cannot run.
    step_s : float
        Time between two rounds of the loop; 0 for one at each event.
    profiling_s : float
        Length of a shared phase; 0 for none.
    shared_rate : float
        Speed in it.
    alone : bool
        Whether a newcomer is measured also where it has a GPU for itself.
    """
    gpus, number = len(c.held), len(jobs.work_s)
    queue = np.empty(number, dtype=np.int64)
    emptied, everywhere = np.empty(number, dtype=np.int64), np.arange(gpus)
    plan = np.full((number, 1), -1, dtype=np.int64)
    idle = np.zeros(gpus, dtype=np.bool_)
    waiting = arrived = finished = 0
    while finished < number:
        now_s = next_finish_s(c, step_s)
        if arrived < number:
            now_s = min(now_s, on_grid(jobs.arrival_s[arrived], step_s))
        now_s = min(now_s, c.shared_until_s.min())
        for g in range(gpus):
            if c.shared_until_s[g] <= now_s:
                _cut_as_planned(c, jobs, cuts, g, plan, now_s)
        n = 0
        for g in range(gpus):
            k, before = 0, n
            while k < c.held[g]:
                j = c.residents[g, k]
                if on_grid(finish_s(c, j), step_s) <= now_s:
                    complete(c, j, now_s)
                    finished += 1
                    n = before + 1
                else:
                    k += 1
            if n > before:
                emptied[before] = g
                idle[g] = True
                if c.shared_until_s[g] < np.inf:
                    set_shared_rates(c, g, shared_rate, now_s)
        first = 0
        while first < waiting and _start(
                c, jobs, cuts, slowdown, plan, queue[first], emptied[:n], idle, now_s, profiling_s, shared_rate, alone):
            first += 1
        if first == waiting:
            for g in range(gpus):
                if idle[g] and c.shared_until_s[g] == np.inf:
                    idle[g] = False
                    wanted = c.residents[g, :c.held[g]].copy()
                    profile = _best(cuts, slowdown, c, wanted)
                    if len(profile) and profile[0] >= 0:
                        place(c, jobs, cuts, g, wanted, profile, now_s, False)
        while arrived < number and jobs.arrival_s[arrived] <= now_s:
            queue[waiting] = arrived
            waiting, arrived = waiting + 1, arrived + 1
        while first < waiting and _start(
                c, jobs, cuts, slowdown, plan, queue[first], everywhere, idle, now_s, profiling_s, shared_rate, alone):
            first += 1
        for q in range(first, waiting):
            queue[q - first] = queue[q]
        waiting -= first


@njit(cache=True)
def _start(
    c: Cluster, jobs: Jobs, cuts: Cuts, slowdown: FloatArray, plan: IntArray, j: int, among: IntArray,
    idle: NDArray[np.bool_], now_s: float, profiling_s: float, shared_rate: float, alone: bool,
) -> bool:  # pragma: no cover
    """Start a job on the GPU with fewest jobs, among some, that can have it, and return whether there is one."""
    chosen = _NONE
    for g in among:
        fewer = chosen < 0 or c.held[g] < c.held[chosen]
        if fewer and c.shared_until_s[g] == np.inf and _can_join(c, jobs, cuts, g, j):
            chosen = g
    if chosen < 0:
        return False
    g, m = chosen, c.held[chosen]
    wanted = np.empty(m + 1, dtype=np.int64)
    wanted[:m] = c.residents[g, :m]
    wanted[m] = j
    profile = _best(cuts, slowdown, c, wanted)
    if profile[0] < 0:
        return False
    idle[g] = False
    if profiling_s > 0 and (alone or m > 0):
        for other in wanted[:m]:
            leave(c, other, now_s)
        for k in range(m + 1):
            plan[wanted[k], 0] = profile[k]
            enter(c, jobs, wanted[k], g, SHARED, 0, shared_rate, now_s)
        set_shared_rates(c, g, shared_rate, now_s)
        c.shared_until_s[g] = now_s + profiling_s
    else:
        place(c, jobs, cuts, g, wanted, profile, now_s, True)
    return True


@njit(cache=True)
def _cut_as_planned(
    c: Cluster, jobs: Jobs, cuts: Cuts, g: int, plan: IntArray, now_s: float
) -> None:  # pragma: no cover
    """End a shared phase."""
    m = c.held[g]
    wanted = c.residents[g, :m].copy()
    c.shared_until_s[g] = np.inf
    place(c, jobs, cuts, g, wanted, plan[wanted, 0], now_s, True)


@njit(cache=True)
def _best(cuts: Cuts, slowdown: FloatArray, c: Cluster, wanted: IntArray) -> IntArray:  # pragma: no cover
    """Return the profiles of least mean slowdown on a GPU cut into exactly one instance per job, -1 where none is."""
    m = len(wanted)
    values = np.empty((1, m, slowdown.shape[1]))
    for k in range(m):
        for p in range(slowdown.shape[1]):
            values[0, k, p] = -slowdown[wanted[k], p] + (_STAY if c.profile[wanted[k]] == p else 0.0)
    profile, value = np.full((1, m), -1, dtype=np.int64), np.full(1, -np.inf)
    choose(values, np.full(1, m), np.zeros(1, dtype=np.int64), np.full(1, len(cuts.counts)), cuts.larger, cuts.smaller,
           cuts.maximal, False, profile, value)
    chosen: IntArray = profile[0]
    return chosen


@njit(cache=True)
def _can_join(c: Cluster, jobs: Jobs, cuts: Cuts, g: int, j: int) -> bool:  # pragma: no cover
    """Tell whether some layout holds the smallest instances of a GPU's jobs and one more that holds job j."""
    profiles = len(cuts.sizes)
    need = np.zeros(profiles, dtype=np.int64)
    for k in range(c.held[g]):
        for p in range(profiles):
            if cuts.sizes[p] == jobs.least[c.residents[g, k]]:
                need[p] += 1
                break
    for state in range(len(cuts.counts)):
        if cuts.maximal[state] and (cuts.counts[state] >= need).all():
            for p in range(profiles):
                if cuts.sizes[p] >= jobs.least[j] and cuts.counts[state, p] > need[p]:
                    return True
    return False
