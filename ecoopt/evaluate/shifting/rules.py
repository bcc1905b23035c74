"""The rules of shifting, and in people's terms who breaks them, where and by how much."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.violations import broken
from ecoopt.instances.shifting import ShiftingInstance, ShiftingSchedule

UNKNOWN_REGION = "a job is in an unknown region"
TOO_EARLY = "a job runs before its release"
TOO_LATE = "a job runs after its deadline"
TOO_SHORT = "a job runs for less than its length"
TOO_LONG = "a job runs for more than its length"
INTERRUPTED = "a job is interrupted that may not be"
OUT_OF_ORDER = "a run begins before the one before it ends"
OVERLOADED = "more GPUs are in use than a region has"


def violations(instance: ShiftingInstance, schedule: ShiftingSchedule) -> list[Violation]:
    """Return every broken rule: of jobs, of runs, of capacity. O(R log R + Z T)."""
    return [*_jobs(instance, schedule), *_runs(instance, schedule), *_capacity(instance, schedule)]


def _jobs(instance: ShiftingInstance, schedule: ShiftingSchedule) -> list[Violation]:
    """Every job is in a region, runs as long as it must, and without a break if it must."""
    regions, runs = len(instance.regions), np.diff(schedule.run_offsets)
    job = np.repeat(np.arange(len(runs)), runs)
    slots = np.zeros(len(runs), dtype=np.int64)
    np.add.at(slots, job, schedule.run_length)
    missing = instance.length_slots - slots

    def place(j: int) -> str:
        return f"job {j}"

    return [
        *broken(UNKNOWN_REGION, "regions", schedule.region - (regions - 1.0),
                lambda j: f"job {j}: region {schedule.region[j]}, there are {regions} from 0"),
        *broken(TOO_SHORT, "slots", missing, place), *broken(TOO_LONG, "slots", -missing, place),
        *broken(INTERRUPTED, "times", np.where(instance.interruptible, 0, runs - 1), place)]


def _runs(instance: ShiftingInstance, schedule: ShiftingSchedule) -> list[Violation]:
    """Every run lies in its job's window, after the run before it."""
    job = np.repeat(np.arange(len(schedule.region)), np.diff(schedule.run_offsets))
    start, end = schedule.run_start, schedule.run_start + schedule.run_length
    over = np.zeros(len(start), dtype=np.int64)
    over[1:] = np.where(np.diff(job) == 0, end[:-1] - start[1:], 0)

    def place(k: int) -> str:
        return f"job {job[k]}, slots {start[k]} to {end[k] - 1}"

    return [*broken(TOO_EARLY, "slots", instance.release_slot[job] - start, place),
            *broken(TOO_LATE, "slots", end - instance.deadline_slot[job], place),
            *broken(OUT_OF_ORDER, "slots", over, place)]


def _capacity(instance: ShiftingInstance, schedule: ShiftingSchedule) -> list[Violation]:
    """In every region and slot the GPUs in use are there; one violation per stretch of overload."""
    regions, slots = instance.capacity_gpus.shape
    job = np.repeat(np.arange(len(schedule.region)), np.diff(schedule.run_offsets))
    row = schedule.region[job] < regions
    job, start = job[row], np.minimum(schedule.run_start[row], slots)
    end = np.minimum(schedule.run_start[row] + schedule.run_length[row], slots)
    change = np.zeros((regions, slots + 1), dtype=np.int64)
    np.add.at(change, (schedule.region[job], start), instance.gpus[job])
    np.add.at(change, (schedule.region[job], end), -instance.gpus[job])
    found: list[Violation] = []
    for region, capacity, used in zip(instance.regions, instance.capacity_gpus, np.cumsum(change, axis=1)[:, :-1],
                                      strict=True):
        beyond = used - capacity
        edges = np.flatnonzero(np.diff(beyond > 0, prepend=False, append=False))
        begin, end = edges[::2], edges[1::2]
        if not begin.size:
            continue
        worst = np.array([b + np.argmax(beyond[b:e]) for b, e in zip(begin, end, strict=True)], dtype=np.int64)

        def stretch(i: int, name: str = region.name, begin: IntArray = begin, end: IntArray = end,
                    worst: IntArray = worst) -> str:
            if end[i] - begin[i] == 1:
                return f"region {name}, slot {begin[i]}"
            return f"region {name}, slots {begin[i]} to {end[i] - 1}, worst in slot {worst[i]}"

        found += broken(OVERLOADED, "GPUs", beyond[worst], stretch)
    return found
