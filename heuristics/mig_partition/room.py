"""Room: classes of jobs, what they are worth, and the rows that say which counts fit, in arrays for compiled loops."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig import count_rows
from ecoopt.instances.mig_partition import (
    JobClasses,
    MigPartitionInstance,
    MigPartitionSchedule,
    cuts_for_counts,
    fill,
    job_classes,
    residency,
)

STEEP, MILD = 16, 4
"""For ``max_min`` a job is worth ``-speed ** -steepness``, so that slow jobs outweigh others. The milder, the more a
search that goes host by host, or has several blocks to choose from, is led."""

LEFT_OUT = -100.0
"""What leaving a job out is worth where every job must run; other values are of size 1."""


class Room(NamedTuple):
    """A snapshot whose GPUs are all as good as empty, and whose rows are all known. C classes, S slots, R rows.

    The last column of everything indexed by slot is "left out".

    Parameters
    ----------
    classes : JobClasses
        The classes.
    jobs : int array [C]
        Jobs in each class.
    value : float array [C, S + 1]
        What a job is worth to a search; minus infinity where it may not run (`search_values`).
    takes : int array [R, S + 1]
        What an instance of each slot takes of each row.
    limit : int array [R]
        What there is.
    share : float array [R, S + 1]
        What an instance takes of each row of one GPU, times what a GPU of its block is worth beside the others.
    row_names : tuple of str [R]
        Names of the rows, as in `CountRows`.
    """

    classes: JobClasses
    jobs: IntArray
    value: FloatArray
    takes: IntArray
    limit: IntArray
    share: FloatArray
    row_names: tuple[str, ...]


def search_values(instance: MigPartitionInstance, classes: JobClasses, steepness: int) -> FloatArray:
    """Return values [C, S + 1] whose sum a search may maximise, of size 1, the last column for jobs left out.

    They are the instance's own, scaled, or a stand-in for ``max_min``. A cycle or path of jobs gains a few units
    at most, so that a job left out that must run outweighs all it takes to let it in.
    """
    allowed = classes.allowed
    known = np.where(allowed, classes.value, 0.0)
    if instance.objective == "max_min":
        slowest = known[allowed].min(initial=1.0)
        known = -((slowest / np.where(allowed, known, 1.0)) ** steepness)
    scaled = known / max(float(np.abs(known[allowed]).max(initial=0.0)), 1e-300)
    out = np.full((len(scaled), 1), LEFT_OUT if instance.place_all else 0.0)
    return np.append(np.where(allowed, scaled, -np.inf), out, axis=1)


def room_of(instance: MigPartitionInstance) -> Room | None:
    """Return the room of an instance; None where residents matter or the rows of a geometry are not known."""
    if len(residency(instance).row):
        return None
    classes = job_classes(instance)
    slots = len(classes.slots.block)
    value = search_values(instance, classes, STEEP if len(instance.blocks) == 1 else MILD)
    takes, limits, shares = [], [], []
    names: list[str] = []
    for b, block in enumerate(instance.blocks):
        rows = count_rows(block.geometry)
        if rows is None:
            return None
        part = np.zeros((len(rows.per_gpu), slots + 1), dtype=np.int64)
        mine = slice(int(classes.slots.first[b]), int(classes.slots.first[b + 1]))
        part[:, mine] = rows.coefficients
        shares.append(part / rows.per_gpu[:, None] * _spread(classes, value[:, mine]))
        takes.append(part)
        limits.append(rows.per_gpu * block.gpus)
        names += rows.names
    return Room(classes, classes.jobs.astype(np.int64), value, np.concatenate(takes), np.concatenate(limits),
                np.concatenate(shares), tuple(names))


def _spread(classes: JobClasses, value: FloatArray) -> float:
    """Return by how much a job's value differs between a block's best and worst slots, the mean over all jobs."""
    known = np.isfinite(value)
    some = known.any(axis=1)
    best = np.where(known, value, -np.inf).max(axis=1)[some]
    worst = np.where(known, value, np.inf).min(axis=1)[some]
    jobs = classes.jobs[some]
    return max(float(((best - worst) * jobs).sum()) / max(int(jobs.sum()), 1), 1e-9)


def worth_of_counts(instance: MigPartitionInstance, room: Room, counts: IntArray) -> float | None:
    """Return the objective of counts [C, S + 1]; None where jobs are left out that must run."""
    if instance.place_all and counts[:, -1].any():
        return None
    run = counts[:, :-1]
    if instance.objective == "max_min":
        return float(room.classes.value[run > 0].min())
    return float((run[run > 0] * room.classes.value[run > 0]).sum())


def schedule_of_counts(instance: MigPartitionInstance, room: Room, counts: IntArray) -> MigPartitionSchedule:
    """Return the schedule of counts [C, S + 1] that fit."""
    run = counts[:, :-1]
    gpus = [np.arange(low, high) for low, high in zip(instance.first_gpu, instance.first_gpu[1:], strict=False)]
    cuts = cuts_for_counts(instance, run.sum(axis=0), gpus)
    assert cuts is not None, "counts that keep the rows fit"
    return fill(instance, room.classes, run, cuts)


def counts_of_schedule(room: Room, slot: IntArray) -> IntArray:
    """Return the counts [C, S + 1] of a schedule given each job's slot, -1 for one left out."""
    counts = np.zeros(room.value.shape, dtype=np.int64)
    np.add.at(counts, (room.classes.of_job, slot), 1)
    return counts
