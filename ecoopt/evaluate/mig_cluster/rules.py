"""The rules of a MIG cluster, and in people's terms who breaks them, where and by how much."""

from collections.abc import Callable

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.mig_cluster.replay import Replay
from ecoopt.evaluate.violations import broken
from ecoopt.instances.mig_cluster import MigClusterInstance, MigClusterSchedule

UNKNOWN_JOB = "a stretch is of an unknown job"
UNKNOWN_GPU = "a stretch is on an unknown GPU"
UNKNOWN_PROFILE = "a stretch is on an unknown profile"
WRONG_START = "an instance begins at a memory slice where its profile may not"
NO_TIME = "a stretch ends before it has begun"
TOO_EARLY = "a job runs before it arrives"
DOES_NOT_FIT = "a job runs on an instance that does not hold it"
TOO_SMALL = "a job runs on a smaller instance than its owner accepts"
TWO_PLACES = "a job runs at two places at once"
UNFINISHED = "a job is not done"
MEMORY = "instances overlap on memory slices"
COMPUTE = "instances take more compute slices than the GPU has"
TOO_MANY = "a GPU has more instances of a profile than it allows"
FORBIDDEN = "two profiles share a GPU that may not"
MIXED = "a GPU is cut and shared at once"

TIME_TOLERANCE_S = 1e-6
"""Overlap in time that counts as rounding."""


def violations(instance: MigClusterInstance, schedule: MigClusterSchedule, outcome: Replay) -> list[Violation]:
    """Return every broken rule: of single stretches, of jobs, of GPUs."""
    return [*_stretches(instance, schedule), *_jobs(instance, schedule, outcome), *_gpus(instance, schedule)]


def _stretches(instance: MigClusterInstance, schedule: MigClusterSchedule) -> list[Violation]:
    """Every stretch names a job, a GPU and a place there that hold it, and lies after the job's arrival."""
    jobs, profiles = len(instance.job_type), len(instance.geometry.profiles)
    cut = ~schedule.shared
    job, profile = np.minimum(schedule.job, jobs - 1), np.minimum(schedule.profile, profiles - 1)
    known, right = schedule.job < jobs, cut & (schedule.profile < profiles)
    starts = np.zeros((profiles, instance.geometry.memory_slices + 1), dtype=bool)
    for index, kind in enumerate(instance.geometry.profiles):
        starts[index, list(kind.starts)] = True
    start = np.minimum(schedule.start, instance.geometry.memory_slices)
    sizes = np.array([kind.compute_slices for kind in instance.geometry.profiles])
    least = instance.least_compute_slices
    wanted = np.zeros(jobs, dtype=np.int64) if least is None else least
    early_s = instance.arrival_s[job] - schedule.begin_s
    nothing = instance.speeds.speed[instance.job_type[job], profile] == 0

    def place(k: int) -> str:
        return f"stretch {k} (job {schedule.job[k]}, GPU {schedule.gpu[k]}, from {schedule.begin_s[k]:g} s)"

    return [
        *broken(UNKNOWN_JOB, "jobs", schedule.job - (jobs - 1.0), place),
        *broken(UNKNOWN_GPU, "GPUs", schedule.gpu - (instance.gpus - 1.0), place),
        *broken(UNKNOWN_PROFILE, "profiles", np.where(cut, schedule.profile - (profiles - 1.0), 0.0), place),
        *broken(WRONG_START, "starts", np.where(right & ~starts[profile, start], 1.0, 0.0),
                lambda k: f"{place(k)}: start {schedule.start[k]} of {instance.geometry.names[profile[k]]}"),
        *broken(NO_TIME, "s", schedule.begin_s - schedule.end_s, place),
        *broken(TOO_EARLY, "s", np.where(known & (early_s > TIME_TOLERANCE_S), early_s, 0.0), place),
        *broken(DOES_NOT_FIT, "jobs", np.where(known & right & nothing, 1.0, 0.0), place),
        *broken(TOO_SMALL, "slices", np.where(known & right, wanted[job] - sizes[profile], 0), place)]


def _jobs(instance: MigClusterInstance, schedule: MigClusterSchedule, outcome: Replay) -> list[Violation]:
    """Every job runs at one place at a time and is done in the end."""
    order = outcome.order
    begin_s, end_s = schedule.begin_s[order], schedule.end_s[order]
    over_s = np.zeros(len(order))
    over_s[1:] = np.where(np.diff(schedule.job[order]) == 0, end_s[:-1] - begin_s[1:], 0.0)
    over_s[over_s <= TIME_TOLERANCE_S] = 0.0
    return [
        *broken(TWO_PLACES, "s", over_s, lambda k: f"job {schedule.job[order[k]]} at {begin_s[k]:g} s"),
        *broken(UNFINISHED, "s", outcome.missing_s, lambda j: f"job {j}")]


def _gpus(instance: MigClusterInstance, schedule: MigClusterSchedule) -> list[Violation]:
    """At every moment the instances of a GPU form a legal layout, or it is shared as a whole."""
    over: dict[str, FloatArray] = {
        rule: np.zeros(len(schedule.job)) for rule in (MEMORY, COMPUTE, TOO_MANY, FORBIDDEN, MIXED)}
    lasting = schedule.end_s - schedule.begin_s > TIME_TOLERANCE_S
    there = (schedule.gpu < instance.gpus) & (schedule.shared | (schedule.profile < len(instance.geometry.profiles)))
    rows = np.flatnonzero(lasting & there)
    rows = rows[np.argsort(schedule.gpu[rows], kind="stable")]
    for members in np.split(rows, np.flatnonzero(np.diff(schedule.gpu[rows])) + 1):
        _sweep(instance, schedule, members, over)

    def place(k: int) -> str:
        return f"GPU {schedule.gpu[k]} at {schedule.begin_s[k]:g} s, when job {schedule.job[k]} begins"

    named: Callable[[int], str] = place
    units = {MEMORY: "slices", COMPUTE: "slices", TOO_MANY: "instances", FORBIDDEN: "instances", MIXED: "jobs"}
    return [violation for rule, unit in units.items() for violation in broken(rule, unit, over[rule], named)]


def _sweep(
    instance: MigClusterInstance, schedule: MigClusterSchedule, rows: IntArray, over: dict[str, FloatArray]
) -> None:
    """Go through the stretches of one GPU in order of time, and note what each breaks as it begins."""
    geometry = instance.geometry
    taken = np.zeros(2 * geometry.memory_slices + 1, dtype=np.int64)
    instances = np.zeros(len(geometry.profiles), dtype=np.int64)
    compute = shared = 0
    ends = (schedule.end_s[rows] - TIME_TOLERANCE_S).tolist()
    events = sorted([(end_s, 0, row) for end_s, row in zip(ends, rows.tolist(), strict=True)]
                    + [(begin_s, 1, row) for begin_s, row in
                       zip(schedule.begin_s[rows].tolist(), rows.tolist(), strict=True)])
    for _, begins, row in events:
        step = 1 if begins else -1
        if schedule.shared[row]:
            shared += step
        else:
            profile = int(schedule.profile[row])
            kind = geometry.profiles[profile]
            start = min(int(schedule.start[row]), geometry.memory_slices)
            piece = taken[start:start + kind.memory_slices]
            piece += step
            instances[profile] += step
            compute += step * kind.compute_slices
            if begins:
                over[MEMORY][row] = (piece > 1).sum()
                over[COMPUTE][row] = compute - geometry.compute_slices
                most = kind.max_instances
                over[TOO_MANY][row] = 0 if most is None else instances[profile] - most
                over[FORBIDDEN][row] = sum(instances[other] for other in _foes(instance, profile))
        if begins:
            cut = int(instances.sum())
            over[MIXED][row] = (cut if schedule.shared[row] else shared) if cut and shared else 0


def _foes(instance: MigClusterInstance, profile: int) -> list[int]:
    """Return the profiles that may not share a GPU with one."""
    names = [kind.name for kind in instance.geometry.profiles]
    name = names[profile]
    return [names.index(second if first == name else first)
            for first, second in instance.geometry.forbidden_pairs if name in (first, second)]
