"""Snapshots: at every arrival and completion, all jobs present are placed anew, as far as that pays for the moves.

A job of weight w on an instance of speed f is worth w f times the seconds of a horizon in which it makes progress; a
move costs it the overhead. The best use of one GPU is exact (`one_gpu`), which jobs a GPU has is found by local search:
jobs inserted, moved and swapped, around the GPUs that an event touches.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.mig_cluster.cluster import (
    Cluster,
    account,
    complete,
    finish_s,
    leave,
    next_finish_s,
    place,
)
from ecoopt.heuristics.mig_cluster.tables import Cuts, Jobs
from ecoopt.heuristics.mig_partition.one_gpu import choose

LEAST_LEFT_S = 1.0
"""Work left below which a job's weight grows no more."""

LEAST_SHARE = 0.01
"""Share of the horizon that any placement counts for, however long its overhead: a job that waits is worth nothing.

One that stays counts for twice as much, so that two jobs do not take turns.
"""

_GAIN = 1e-9
_NONE: Any = np.int64(-1)  # a plain -1 has a type of its own, for which everything it reaches is compiled once more


class Taste(NamedTuple):
    """What a snapshot looks for.

    Parameters
    ----------
    factor : float array [J]
        Factor of each job's weight.
    power : float
        A job's weight is its factor over its work left to this power: 0 for throughput, 1 for short jobs first.
    horizon_s : float
        Seconds that a placement is judged by.
    waiting : int
        Most waiting jobs looked at, the heaviest.
    everywhere : bool
        Whether an event makes every GPU be looked at, not only those it touches.
    """

    factor: FloatArray
    power: float
    horizon_s: float
    waiting: int
    everywhere: bool


class Plan(NamedTuple):
    """Which jobs each GPU is to have. G GPUs with at most M jobs.

    Parameters
    ----------
    jobs : int array [G, M]
        Its jobs, the first ones of its row.
    held : int array [G]
        How many.
    value : float array [G]
        What their best placement is worth.
    profile : int array [G, M]
        Their profiles in it, -1 for a job that is to wait.
    """

    jobs: IntArray
    held: IntArray
    value: FloatArray
    profile: IntArray


class Queue(NamedTuple):
    """Which jobs wait, and how far the simulation has come. J jobs, G GPUs.

    Parameters
    ----------
    jobs : int array [J]
        Waiting jobs, the first ones.
    number : int array [3]
        How many wait, have arrived, and are done.
    touched : bool array [G]
        GPUs on which a job has been done since they were last looked at.
    """

    jobs: IntArray
    number: IntArray
    touched: NDArray[np.bool_]


def empty_plan(c: Cluster) -> Plan:
    """Return a plan for no jobs."""
    shape = c.residents.shape
    return Plan(np.full(shape, -1, dtype=np.int64), np.zeros(shape[0], dtype=np.int64), np.zeros(shape[0]),
                np.full(shape, -1, dtype=np.int64))


def empty_queue(c: Cluster) -> Queue:
    """Return the queue before the first arrival."""
    return Queue(np.empty(len(c.gpu), dtype=np.int64), np.zeros(3, dtype=np.int64),
                 np.zeros(len(c.held), dtype=np.bool_))


@njit(cache=True)
def run_snapshots(
    c: Cluster, jobs: Jobs, cuts: Cuts, taste: Taste, plan: Plan, queue: Queue
) -> None:  # pragma: no cover
    """Run all jobs to their end."""
    worth = np.zeros(jobs.speed.shape)
    while queue.number[2] < len(jobs.work_s):
        now_s = next_event(c, jobs, queue)
        if taste.everywhere:
            queue.touched[:] = True
        waiting = queue.jobs[:queue.number[0]]
        _look_at(c, jobs, cuts, taste, plan, waiting, worth, now_s)
        _search(c, jobs, cuts, taste, plan, waiting, worth, queue.touched, now_s)
        carry_out(c, jobs, cuts, plan, queue, now_s)


@njit(cache=True)
def next_event(c: Cluster, jobs: Jobs, queue: Queue) -> float:  # pragma: no cover
    """Go on to the next arrival or completion, note what happens then, and return its time."""
    arrived = queue.number[1]
    now_s = next_finish_s(c, 0.0)
    if arrived < len(jobs.work_s):
        now_s = min(now_s, jobs.arrival_s[arrived])
    for g in range(len(c.held)):
        k = 0
        while k < c.held[g]:
            j = c.residents[g, k]
            if finish_s(c, j) <= now_s:
                complete(c, j, now_s)
                queue.number[2] += 1
                queue.touched[g] = True
            else:
                account(c, j, now_s)
                k += 1
    while arrived < len(jobs.work_s) and jobs.arrival_s[arrived] <= now_s:
        queue.jobs[queue.number[0]] = arrived
        queue.number[0] += 1
        arrived += 1
    queue.number[1] = arrived
    return now_s


@njit(cache=True)
def _look_at(
    c: Cluster, jobs: Jobs, cuts: Cuts, taste: Taste, plan: Plan, queue: IntArray, worth: FloatArray, now_s: float
) -> None:  # pragma: no cover
    """Work out what jobs are worth per second, order the queue by it, and begin with the GPUs as they are."""
    for j in queue:
        _weigh(c, jobs, taste, worth, j)
    heavy = np.empty(len(queue))
    for q in range(len(queue)):
        j, most, at = queue[q], worth[queue[q]].max(), q
        while at > 0 and heavy[at - 1] < most:
            heavy[at], queue[at] = heavy[at - 1], queue[at - 1]
            at -= 1
        heavy[at], queue[at] = most, j
    for g in range(len(c.held)):
        plan.held[g] = c.held[g]
        for k in range(c.held[g]):
            plan.jobs[g, k] = c.residents[g, k]
            _weigh(c, jobs, taste, worth, c.residents[g, k])
        plan.value[g] = _value(
            c, jobs, cuts, taste.horizon_s, worth, g, plan.jobs[g], c.held[g], plan.profile[g], now_s)


@njit(cache=True)
def _weigh(c: Cluster, jobs: Jobs, taste: Taste, worth: FloatArray, j: int) -> None:  # pragma: no cover
    """Work out what a job is worth per second on each profile."""
    weight = taste.factor[j] * max(c.left_s[j], LEAST_LEFT_S) ** -taste.power
    for p in range(worth.shape[1]):
        worth[j, p] = weight * jobs.speed[j, p]


@njit(cache=True)
def _value(
    c: Cluster, jobs: Jobs, cuts: Cuts, horizon_s: float, worth: FloatArray, g: int, members: IntArray, m: int,
    profile: IntArray, now_s: float,
) -> float:  # pragma: no cover
    """Return what the best placement of m jobs on a GPU is worth, and write their profiles."""
    if m == 0:
        return 0.0
    values = np.empty((1, m, worth.shape[1]))
    for k in range(m):
        j = members[k]
        ran = c.started[j] or (c.gpu[j] >= 0 and c.begin_s[j] < now_s)
        moves_s = max(horizon_s - jobs.overhead_s[j], LEAST_SHARE * horizon_s) if ran else horizon_s
        for p in range(worth.shape[1]):
            if worth[j, p] <= 0:
                values[0, k, p] = -np.inf
            elif c.gpu[j] == g and c.profile[j] == p:
                values[0, k, p] = worth[j, p] * max(
                    horizon_s - max(c.resume_s[j] - now_s, 0.0), 2 * LEAST_SHARE * horizon_s)
            else:
                values[0, k, p] = worth[j, p] * moves_s
    chosen, value = np.full((1, m), -1, dtype=np.int64), np.full(1, -np.inf)
    choose(values, np.full(1, m), np.zeros(1, dtype=np.int64), np.full(1, len(cuts.counts)), cuts.larger, cuts.smaller,
           np.ones(len(cuts.counts), dtype=np.bool_), True, chosen, value)
    profile[:m] = chosen[0]
    best: float = value[0]
    return best


@njit(cache=True)
def _search(
    c: Cluster, jobs: Jobs, cuts: Cuts, taste: Taste, plan: Plan, queue: IntArray, worth: FloatArray,
    dirty: NDArray[np.bool_], now_s: float,
) -> None:  # pragma: no cover
    """Insert, move and swap jobs around GPUs marked dirty until nothing gains."""
    gpus, most = plan.jobs.shape
    trial, other, spare = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    taken = np.zeros(len(queue), dtype=np.bool_)
    without = np.zeros((gpus, most))
    fresh = np.zeros(gpus, dtype=np.bool_)
    h = taste.horizon_s
    few = min(len(queue), taste.waiting)
    # A waiting job goes where it gains most; a GPU that gets one has something to give away.
    for q in range(few):
        best, at = _GAIN, _NONE
        for g in range(gpus):
            m = plan.held[g]
            if m < most:
                trial[:m] = plan.jobs[g, :m]
                trial[m] = queue[q]
                gain = _value(c, jobs, cuts, h, worth, g, trial, m + 1, spare, now_s) - plan.value[g]
                if gain > best * (1 + 1e-9):
                    best, at = gain, g
        if at >= 0:
            taken[q] = dirty[at] = True
            plan.jobs[at, plan.held[at]] = queue[q]
            plan.held[at] += 1
            _settle(c, jobs, cuts, h, worth, plan, at, now_s)
    moves = 0
    while moves < 8 * gpus + 64:
        g = 0
        while g < gpus and not dirty[g]:
            g += 1
        if g == gpus:
            break
        m = plan.held[g]
        scale = _GAIN * max(abs(plan.value[g]), 1e-300)
        best, what, x, y = scale, 0, _NONE, _NONE
        for q in range(few):
            if not taken[q] and m < most:
                trial[:m] = plan.jobs[g, :m]
                trial[m] = queue[q]
                gain = _value(c, jobs, cuts, h, worth, g, trial, m + 1, spare, now_s) - plan.value[g]
                if gain > best:
                    best, what, x, y = gain, 1, q, _NONE
        for k in range(m):
            _without(plan, g, k, trial)
            without[g, k] = _value(c, jobs, cuts, h, worth, g, trial, m - 1, spare, now_s)
        for o in range(gpus):
            n = plan.held[o]
            if o == g:
                continue
            base = plan.value[g] + plan.value[o]
            if not fresh[o]:
                for k in range(n):
                    _without(plan, o, k, trial)
                    without[o, k] = _value(c, jobs, cuts, h, worth, o, trial, n - 1, spare, now_s)
                fresh[o] = True
            for k in range(m):
                if n < most:
                    trial[:n] = plan.jobs[o, :n]
                    trial[n] = plan.jobs[g, k]
                    gain = without[g, k] + _value(c, jobs, cuts, h, worth, o, trial, n + 1, spare, now_s) - base
                    if gain > best:
                        best, what, x, y = gain, 2, k, o
            for k in range(n):
                if m < most:
                    trial[:m] = plan.jobs[g, :m]
                    trial[m] = plan.jobs[o, k]
                    gain = without[o, k] + _value(c, jobs, cuts, h, worth, g, trial, m + 1, spare, now_s) - base
                    if gain > best:
                        best, what, x, y = gain, 3, k, o
            for k in range(m):
                for l in range(n):
                    trial[:m] = plan.jobs[g, :m]
                    trial[k] = plan.jobs[o, l]
                    other[:n] = plan.jobs[o, :n]
                    other[l] = plan.jobs[g, k]
                    gain = _value(c, jobs, cuts, h, worth, g, trial, m, spare, now_s) + _value(
                        c, jobs, cuts, h, worth, o, other, n, spare, now_s) - base
                    if gain > best:
                        best, what, x, y = gain, 4 + k * most + l, k, o
        if what == 0:
            dirty[g] = False
            continue
        moves += 1
        if what == 1:
            taken[x] = True
            plan.jobs[g, m] = queue[x]
            plan.held[g] += 1
        elif what == 2:
            plan.jobs[y, plan.held[y]] = plan.jobs[g, x]
            plan.held[y] += 1
            _without(plan, g, x, trial)
            plan.jobs[g, :m - 1] = trial[:m - 1]
            plan.held[g] -= 1
        elif what == 3:
            plan.jobs[g, m] = plan.jobs[y, x]
            plan.held[g] += 1
            n = plan.held[y]
            _without(plan, y, x, trial)
            plan.jobs[y, :n - 1] = trial[:n - 1]
            plan.held[y] -= 1
        else:
            k, l = (what - 4) // most, (what - 4) % most
            plan.jobs[g, k], plan.jobs[y, l] = plan.jobs[y, l], plan.jobs[g, k]
        _settle(c, jobs, cuts, h, worth, plan, g, now_s)
        fresh[g] = False
        if y >= 0:
            _settle(c, jobs, cuts, h, worth, plan, y, now_s)
            dirty[y], fresh[y] = True, False
    dirty[:] = False


@njit(cache=True)
def _without(plan: Plan, g: int, k: int, trial: IntArray) -> None:  # pragma: no cover
    """Write a GPU's jobs but the k-th."""
    trial[:k] = plan.jobs[g, :k]
    for l in range(k + 1, plan.held[g]):
        trial[l - 1] = plan.jobs[g, l]


@njit(cache=True)
def _settle(
    c: Cluster, jobs: Jobs, cuts: Cuts, horizon_s: float, worth: FloatArray, plan: Plan, g: int, now_s: float
) -> None:  # pragma: no cover
    """Place a GPU's jobs, and drop new ones that are to wait after all."""
    plan.value[g] = _value(
        c, jobs, cuts, horizon_s, worth, g, plan.jobs[g], plan.held[g], plan.profile[g], now_s)
    kept = 0
    for k in range(plan.held[g]):
        if plan.profile[g, k] >= 0:
            plan.jobs[g, kept], plan.profile[g, kept] = plan.jobs[g, k], plan.profile[g, k]
            kept += 1
    plan.held[g] = kept


@njit(cache=True)
def carry_out(
    c: Cluster, jobs: Jobs, cuts: Cuts, plan: Plan, queue: Queue, now_s: float
) -> None:  # pragma: no cover
    """Do what is planned; jobs without a place in it wait."""
    home = np.full(len(jobs.work_s), -1, dtype=np.int64)
    for g in range(len(plan.held)):
        for k in range(plan.held[g]):
            if plan.profile[g, k] >= 0:
                home[plan.jobs[g, k]] = g
    left = 0
    for q in range(queue.number[0]):
        if home[queue.jobs[q]] < 0:
            queue.jobs[left] = queue.jobs[q]
            left += 1
    for g in range(len(plan.held)):
        k = 0
        while k < c.held[g]:
            j = c.residents[g, k]
            if home[j] == g:
                k += 1
            else:
                leave(c, j, now_s)
                if home[j] < 0:
                    queue.jobs[left] = j
                    left += 1
    queue.number[0] = left
    for g in range(len(plan.held)):
        m = plan.held[g]
        changed = m != c.held[g]
        for k in range(m):
            changed |= c.gpu[plan.jobs[g, k]] != g or c.profile[plan.jobs[g, k]] != plan.profile[g, k]
        if changed:
            place(c, jobs, cuts, g, plan.jobs[g, :m], plan.profile[g, :m], now_s, False)
