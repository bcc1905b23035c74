"""Cluster: the state of a simulated cluster, with the stretches written so far, and the steps that change it.

A job's progress is brought up to date only where its rate changes, so that time runs from event to event, and sums are
those of the events alone.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.mig_cluster.tables import Cuts, Jobs
from ecoopt.instances.mig_cluster import MigClusterSchedule

SHARED = -2
"""Profile of a job that shares its GPU."""

_GRID_TOLERANCE = 1e-9
_ROWS_PER_JOB = 16


class Cluster(NamedTuple):
    """J jobs, G GPUs with at most M jobs each.

    Parameters
    ----------
    gpu, profile, start : int array [J]
        Where each job runs, -1 where it waits or is done; profile `SHARED` on a shared GPU.
    begin_s, resume_s, since_s : float array [J]
        Beginning of its stretch, when it makes progress again, and up to when progress is counted.
    rate, left_s : float array [J]
        Work per second, and work left at `since_s`.
    started : bool array [J]
        Whether it has run before its stretch.
    done_s : float array [J]
        Completion, infinite until then.
    residents : int array [G, M]
        Jobs on each GPU, the first ones of its row.
    held : int array [G]
        How many.
    shared_until_s : float array [G]
        End of the GPU's shared phase, infinite without one.
    rows, times_s : int array [R, 5], float array [R, 2]
        Stretches written: job, GPU, profile, start, shared; begin, end.
    written : int array [1]
        How many; more than R where there was no room.
    """

    gpu: IntArray
    profile: IntArray
    start: IntArray
    begin_s: FloatArray
    resume_s: FloatArray
    since_s: FloatArray
    rate: FloatArray
    left_s: FloatArray
    started: NDArray[np.bool_]
    done_s: FloatArray
    residents: IntArray
    held: IntArray
    shared_until_s: FloatArray
    rows: IntArray
    times_s: FloatArray
    written: IntArray


def empty_cluster(jobs: Jobs, gpus: int, most: int, rows: int | None = None) -> Cluster:
    """Return a cluster before the first arrival, with room for so many stretches and `most` jobs on a GPU."""
    number = len(jobs.work_s)
    room = _ROWS_PER_JOB * number + 64 if rows is None else rows
    nowhere, never = np.full(number, -1, dtype=np.int64), np.zeros(number)
    return Cluster(
        gpu=nowhere, profile=nowhere.copy(), start=nowhere.copy(), begin_s=never, resume_s=never.copy(),
        since_s=never.copy(), rate=never.copy(), left_s=jobs.work_s.copy(), started=np.zeros(number, dtype=np.bool_),
        done_s=np.full(number, np.inf), residents=np.full((gpus, most), -1, dtype=np.int64),
        held=np.zeros(gpus, dtype=np.int64), shared_until_s=np.full(gpus, np.inf),
        rows=np.zeros((room, 5), dtype=np.int64), times_s=np.zeros((room, 2)), written=np.zeros(1, dtype=np.int64))


def schedule_of(cluster: Cluster) -> MigClusterSchedule:
    """Return what was written as a schedule."""
    rows, times_s = cluster.rows[:cluster.written[0]], cluster.times_s[:cluster.written[0]]
    return MigClusterSchedule(job=rows[:, 0], gpu=rows[:, 1], profile=rows[:, 2], start=rows[:, 3],
                              shared=rows[:, 4] > 0, begin_s=times_s[:, 0], end_s=times_s[:, 1])


@njit(cache=True)
def on_grid(time_s: float, step_s: float) -> float:  # pragma: no cover
    """Return the first tick of the loop at or after a time; the time itself without ticks."""
    return math.ceil(time_s / step_s - _GRID_TOLERANCE) * step_s if step_s > 0 else time_s


@njit(cache=True)
def finish_s(c: Cluster, j: int) -> float:  # pragma: no cover
    """Return when a running job is done if nothing changes."""
    finish: float = max(c.since_s[j], c.resume_s[j]) + c.left_s[j] / c.rate[j]
    return finish


@njit(cache=True)
def account(c: Cluster, j: int, now_s: float) -> None:  # pragma: no cover
    """Bring a running job's progress up to date."""
    worked_s = c.rate[j] * max(now_s - max(c.since_s[j], c.resume_s[j]), 0.0)
    c.left_s[j] = max(c.left_s[j] - worked_s, 0.0)
    c.since_s[j] = now_s


@njit(cache=True)
def leave(c: Cluster, j: int, now_s: float) -> None:  # pragma: no cover
    """End a job's stretch; one that lasted no time at all never was."""
    account(c, j, now_s)
    g = c.gpu[j]
    if now_s > c.begin_s[j]:
        c.started[j] = True
        k = c.written[0]
        if k < len(c.rows):
            shared = c.profile[j] == SHARED
            c.rows[k, 0], c.rows[k, 1], c.rows[k, 4] = j, g, int(shared)
            c.rows[k, 2], c.rows[k, 3] = (0, 0) if shared else (c.profile[j], c.start[j])
            c.times_s[k, 0], c.times_s[k, 1] = c.begin_s[j], now_s
        c.written[0] = k + 1
    at = 0
    while c.residents[g, at] != j:
        at += 1
    c.held[g] -= 1
    for k in range(at, c.held[g]):
        c.residents[g, k] = c.residents[g, k + 1]
    c.residents[g, c.held[g]] = -1
    c.gpu[j] = c.profile[j] = c.start[j] = -1


@njit(cache=True)
def enter(
    c: Cluster, jobs: Jobs, j: int, g: int, profile: int, start: int, rate: float, now_s: float
) -> None:  # pragma: no cover
    """Begin a stretch of a waiting job."""
    c.gpu[j], c.profile[j], c.start[j] = g, profile, start
    c.begin_s[j] = c.since_s[j] = now_s
    c.resume_s[j] = now_s + jobs.overhead_s[j] if c.started[j] else now_s
    c.rate[j] = rate
    c.residents[g, c.held[g]] = j
    c.held[g] += 1


@njit(cache=True)
def complete(c: Cluster, j: int, now_s: float) -> None:  # pragma: no cover
    """End a job."""
    leave(c, j, now_s)
    c.left_s[j] = 0.0
    c.done_s[j] = now_s


@njit(cache=True)
def set_shared_rates(c: Cluster, g: int, shared_rate: float, now_s: float) -> None:  # pragma: no cover
    """Give the jobs of a shared GPU their rate."""
    for k in range(c.held[g]):
        account(c, c.residents[g, k], now_s)
        c.rate[c.residents[g, k]] = min(shared_rate, 1.0 / c.held[g])


@njit(cache=True)
def place(
    c: Cluster, jobs: Jobs, cuts: Cuts, g: int, wanted: IntArray, profile: IntArray, now_s: float, afresh: bool
) -> None:  # pragma: no cover
    """Give GPU g the jobs and profiles wanted; profile -1 lets a job wait.

    Jobs that may keep their instance do, in the layout that lets most of them, unless all begin `afresh`.
    """
    state = len(cuts.counts) - 1
    for k in range(len(wanted)):
        if profile[k] >= 0:
            state = cuts.larger[state, profile[k]]
    best, most = cuts.first[state], -1
    for layout in range(cuts.first[state], cuts.first[state + 1]):
        kept = 0
        for k in range(len(wanted)):
            kept += _holds(c, cuts, layout, g, wanted[k], profile[k]) >= 0
        if kept > most:
            best, most = layout, kept
    used = np.zeros(cuts.profile.shape[1], dtype=np.bool_)
    stays = np.zeros(len(wanted), dtype=np.bool_)
    for k in range(len(wanted)):
        at = _holds(c, cuts, best, g, wanted[k], profile[k])
        if at >= 0:
            stays[k] = used[at] = True
    for k in range(len(wanted)):
        if c.gpu[wanted[k]] >= 0 and (afresh or not stays[k]):
            keep_start = c.start[wanted[k]]
            leave(c, wanted[k], now_s)
            if stays[k]:
                enter(c, jobs, wanted[k], g, profile[k], keep_start, jobs.speed[wanted[k], profile[k]], now_s)
    for k in range(len(wanted)):
        if profile[k] < 0 or stays[k]:
            continue
        at = 0
        while used[at] or cuts.profile[best, at] != profile[k]:
            at += 1
        used[at] = True
        enter(c, jobs, wanted[k], g, profile[k], cuts.start[best, at], jobs.speed[wanted[k], profile[k]], now_s)


@njit(cache=True)
def _holds(c: Cluster, cuts: Cuts, layout: int, g: int, j: int, profile: int) -> int:  # pragma: no cover
    """Return the place of a job's own instance in a layout, -1 where it is not there or not wanted."""
    if c.gpu[j] != g or profile < 0 or c.profile[j] != profile:
        return -1
    for at in range(cuts.profile.shape[1]):
        if cuts.profile[layout, at] == profile and cuts.start[layout, at] == c.start[j]:
            return at
    return -1


@njit(cache=True)
def next_finish_s(c: Cluster, step_s: float) -> float:  # pragma: no cover
    """Return the first tick at which a running job is done, infinite where none runs."""
    first = np.inf
    for g in range(len(c.held)):
        for k in range(c.held[g]):
            first = min(first, finish_s(c, c.residents[g, k]))
    return on_grid(first, step_s) if first < np.inf else first
