"""The replay: how much work each job does in its stretches, and when it is done."""

from bisect import bisect_left
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig_cluster import MigClusterInstance, MigClusterSchedule

WORK_TOLERANCE = 1e-9
"""Missing work that counts as rounding, relative to a job's work or to the time of its last stretch."""


class Replay(NamedTuple):
    """What came out of a replay. J jobs.

    Parameters
    ----------
    completion_s, first_s : float array [J]
        End of each job's last stretch, put off by the work it lacks, and beginning of its first.
    missing_s : float array [J]
        Work it lacks, 0 where that is rounding.
    stretches : int array [J]
        How many it has.
    overhead_s, shared_s : float array [J]
        Seconds spent coming back from checkpoints, and on shared GPUs.
    order : int array [S']
        Stretches of known jobs, by job, then by beginning.
    """

    completion_s: FloatArray
    first_s: FloatArray
    missing_s: FloatArray
    stretches: IntArray
    overhead_s: FloatArray
    shared_s: FloatArray
    order: IntArray


def replay(instance: MigClusterInstance, schedule: MigClusterSchedule) -> Replay:
    """Replay a schedule on its instance."""
    jobs = len(instance.job_type)
    known = np.flatnonzero(schedule.job < jobs)
    order = known[np.lexsort((schedule.end_s[known], schedule.begin_s[known], schedule.job[known]))]
    job, begin_s, end_s = schedule.job[order], schedule.begin_s[order], schedule.end_s[order]
    length_s = np.maximum(end_s - begin_s, 0.0)
    first = np.diff(job, prepend=-1) != 0
    lost_s = np.where(first, 0.0, np.minimum(instance.overhead_s[job], length_s))
    work_s = _speeds(instance, schedule, order) * (length_s - lost_s)
    shared = schedule.shared[order]
    if shared.any():
        work_s[shared] = _shared_work_s(instance, schedule, order[shared], lost_s[shared])

    done_s = np.bincount(job, work_s, jobs)
    last_s, first_s = instance.arrival_s.copy(), np.full(jobs, np.inf)
    np.maximum.at(last_s, job, end_s)
    np.minimum.at(first_s, job, begin_s)
    missing_s = np.maximum(instance.work_s - done_s, 0.0)
    missing_s[missing_s <= WORK_TOLERANCE * np.maximum(instance.work_s, last_s)] = 0.0
    return Replay(last_s + missing_s, np.where(np.isfinite(first_s), first_s, instance.arrival_s), missing_s,
                  np.bincount(job, minlength=jobs), np.bincount(job, lost_s, jobs).astype(np.float64),
                  np.bincount(job, np.where(shared, length_s, 0.0), jobs).astype(np.float64), order)


def _speeds(instance: MigClusterInstance, schedule: MigClusterSchedule, rows: IntArray) -> FloatArray:
    """Return the speed of stretches on instances of their own, 0 where there is no such place, float array [rows]."""
    table = instance.speeds.speed
    profile = schedule.profile[rows]
    there = (profile < table.shape[1]) & (schedule.gpu[rows] < instance.gpus)
    kind = instance.job_type[schedule.job[rows]]
    return np.where(there, table[kind, np.where(there, profile, 0)], 0.0)


def _shared_work_s(
    instance: MigClusterInstance, schedule: MigClusterSchedule, rows: IntArray, lost_s: FloatArray
) -> FloatArray:
    """Return the work on shared GPUs: of m jobs there, each has the shared rate, or 1/m if that is less."""
    work_s = np.zeros(len(rows))
    gpu = schedule.gpu[rows]
    for g in np.unique(gpu[gpu < instance.gpus]).tolist():
        here = np.flatnonzero(gpu == g)
        begin_s, end_s = schedule.begin_s[rows[here]], schedule.end_s[rows[here]]
        times = np.unique(np.concatenate([begin_s, end_s]))
        change = np.zeros(len(times))
        np.add.at(change, np.searchsorted(times, begin_s), 1.0)
        np.add.at(change, np.searchsorted(times, np.maximum(begin_s, end_s)), -1.0)
        mates = np.maximum(np.cumsum(change)[:-1], 1.0)
        rate = np.minimum(instance.shared_rate, 1.0 / mates)
        total_s = np.concatenate([[0.0], np.cumsum(rate * np.diff(times))])
        resume_s = begin_s + lost_s[here]
        work_s[here] = _at(times, total_s, rate, np.maximum(begin_s, end_s)) - _at(times, total_s, rate, resume_s)
    return work_s


def _at(times: FloatArray, total_s: FloatArray, rate: FloatArray, when: FloatArray) -> FloatArray:
    """Return the running sum of work at some times."""
    place = np.array([max(bisect_left(times, t) - 1, 0) for t in when.tolist()], dtype=np.int64)
    place = np.minimum(place, max(len(rate) - 1, 0))
    return total_s[place] + (rate[place] * (when - times[place]) if len(rate) else 0.0)
