"""The rules of a MIG snapshot, and in people's terms who breaks them, where and by how much."""

from collections.abc import Callable

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.mig_partition.places import Places
from ecoopt.evaluate.violations import broken
from ecoopt.instances.mig_partition import GpuBlock, MigPartitionInstance, MigPartitionSchedule

LEFT_OUT = "a job is left out"
UNKNOWN_GPU = "a job is on an unknown GPU"
UNKNOWN_PROFILE = "a job is on an unknown profile"
WRONG_START = "an instance begins where its profile may not"
OVERLAP = "instances overlap on a memory slice"
COMPUTE = "instances take more compute slices than the GPU has"
TOO_MANY = "a GPU holds more instances of a profile than it may"
FORBIDDEN = "a GPU holds two profiles its driver refuses together"
NO_FIT = "a job is where it does not fit"
NO_MEMORY = "a job's instance has too little memory"
TOO_SLOW = "a job is slower than it must be"
TOO_SMALL = "a job has fewer compute slices than it must"
MOVED_GPU = "a job leaves the GPU it is pinned to"
MOVED = "a job leaves the place it is pinned to"


def violations(
    instance: MigPartitionInstance, schedule: MigPartitionSchedule, where: Places
) -> list[Violation]:
    """Return every broken rule: of jobs, of pins, of the layouts of GPUs."""
    found = [*_jobs(instance, schedule, where), *_pins(instance, schedule, where)]
    for b, block in enumerate(instance.blocks):
        jobs = np.flatnonzero(where.block == b)
        first = int(instance.first_gpu[b])
        found += _layouts(block, first, schedule.gpu[jobs] - first, where.profile[jobs], schedule.start[jobs])
    return found


def _jobs(instance: MigPartitionInstance, schedule: MigPartitionSchedule, where: Places) -> list[Violation]:
    """Every job runs if it must, on an instance that exists, fits and is as good as the job asks."""
    runs = where.block >= 0
    known = (schedule.gpu >= 0) & (schedule.gpu < instance.gpus)
    last = instance.gpus - 1

    def name(j: int) -> str:
        return f"job {j} ({instance.type_names[instance.job_type[j]]})"

    def place(j: int) -> str:
        profile = instance.blocks[where.block[j]].geometry.names[where.profile[j]]
        return f"{name(j)} on {profile} of GPU {schedule.gpu[j]}"

    needed_gb = instance.type_memory_gb[instance.job_type]
    return [
        *broken(LEFT_OUT, "jobs", (schedule.gpu < 0) * float(instance.place_all), name),
        *broken(UNKNOWN_GPU, "GPUs", schedule.gpu - last,
                lambda j: f"{name(j)}: GPU {schedule.gpu[j]}, there are {instance.gpus} from 0"),
        *broken(UNKNOWN_PROFILE, "jobs", known & ~runs,
                lambda j: f"{name(j)}: profile {schedule.profile[j]} of GPU {schedule.gpu[j]}"),
        *broken(NO_FIT, "jobs", runs & (where.speed <= 0), place),
        *broken(NO_MEMORY, "GB", np.where(runs, needed_gb - where.memory_gb, 0), place),
        *broken(TOO_SLOW, "", np.where(runs, instance.job_least_speed - where.speed, 0), place),
        *broken(TOO_SMALL, "slices", np.where(runs, instance.job_least_slices - where.compute_slices, 0), place)]


def _pins(instance: MigPartitionInstance, schedule: MigPartitionSchedule, where: Places) -> list[Violation]:
    """Pinned residents stay on their GPU, or exactly where they are."""
    running = instance.running
    if running is None:
        return []
    job = running.job
    pinned = np.array([pin != "free" for pin in running.pin], dtype=bool)
    exactly = np.array([pin == "placement" for pin in running.pin], dtype=bool)
    same_gpu = (where.block[job] >= 0) & (schedule.gpu[job] == running.gpu)
    same = same_gpu & (schedule.profile[job] == running.profile) & (schedule.start[job] == running.start)

    def name(r: int) -> str:
        return f"job {job[r]} ({instance.type_names[instance.job_type[job[r]]]}), GPU {running.gpu[r]}"

    return [*broken(MOVED_GPU, "jobs", pinned & ~same_gpu, name), *broken(MOVED, "jobs", exactly & same_gpu & ~same,
                                                                          name)]


def _layouts(block: GpuBlock, first: int, gpu: IntArray, profile: IntArray, start: IntArray) -> list[Violation]:
    """Instances on a block's GPUs start where they may, do not overlap, and keep the limits of each GPU."""
    geometry = block.geometry
    profiles = geometry.profiles
    legal = np.array([s in profiles[p].starts for p, s in zip(profile.tolist(), start.tolist(), strict=True)],
                     dtype=bool)
    memory = np.array([kind.memory_slices for kind in profiles])
    compute = np.array([kind.compute_slices for kind in profiles])
    covers = np.zeros((block.gpus, geometry.memory_slices), dtype=np.int64)
    for piece in range(geometry.memory_slices):
        inside = (start <= piece) & (piece < start + memory[profile])
        covers[:, piece] = np.bincount(gpu[inside], minlength=block.gpus)
    held = np.bincount(gpu * len(profiles) + profile, minlength=block.gpus * len(profiles)).reshape(block.gpus, -1)

    def on_gpu(g: int) -> str:
        return f"GPU {first + g}"

    found = [
        *broken(WRONG_START, "instances", ~legal,
                lambda i: f"{profiles[profile[i]].name} at {start[i]} of GPU {first + gpu[i]}"),
        *broken(OVERLAP, "instances", (covers - 1).ravel(),
                lambda i: f"GPU {first + i // geometry.memory_slices}, memory slice {i % geometry.memory_slices}"),
        *broken(COMPUTE, "slices", held @ compute - geometry.compute_slices, on_gpu)]
    for p, kind in enumerate(profiles):
        if kind.max_instances is not None:
            found += broken(TOO_MANY, "instances", held[:, p] - kind.max_instances, _named(first, kind.name))
    for one, other in geometry.forbidden_pairs:
        p, q = geometry.names.index(one), geometry.names.index(other)
        found += broken(FORBIDDEN, "pairs", np.minimum(held[:, p], held[:, q]), _named(first, f"{one} and {other}"))
    return found


def _named(first: int, what: str) -> Callable[[int], str]:
    """Return what names a GPU of a block, and what is wrong on it."""
    return lambda g: f"GPU {first + g}, {what}"
