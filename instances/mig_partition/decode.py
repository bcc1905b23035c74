"""Decoding: from how many jobs of each class run on each slot to a place for every job."""

from itertools import chain
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.instances.mig import pack
from ecoopt.instances.mig.layouts import Layout
from ecoopt.instances.mig_partition.classes import JobClasses, Slots, slots
from ecoopt.instances.mig_partition.schedule import MigPartitionSchedule
from ecoopt.instances.mig_partition.schema import MigPartitionInstance


class Cuts(NamedTuple):
    """Instances that GPUs are cut into. N instances.

    Parameters
    ----------
    gpu, slot, start : int arrays [N]
        GPU, slot and first memory slice of each.
    """

    gpu: IntArray
    slot: IntArray
    start: IntArray


def cuts_of(gpus: IntArray, first_slot: int, layouts: tuple[Layout, ...]) -> Cuts:
    """Return the instances of some GPUs of a block, given a layout for each."""
    sizes = np.fromiter(map(len, layouts), np.int64, len(layouts))
    flat = np.fromiter(chain.from_iterable(chain.from_iterable(layouts)), np.int64).reshape(-1, 2)
    return Cuts(np.repeat(gpus, sizes), first_slot + flat[:, 0], flat[:, 1])


def joined(parts: list[Cuts]) -> Cuts:
    """Return several sets of instances as one."""
    empty = Cuts(*(np.zeros(0, dtype=np.int64),) * 3)
    return Cuts(*(np.concatenate(column) for column in zip(empty, *parts, strict=True)))


def cuts_for_counts(instance: MigPartitionInstance, counts: IntArray, empty: list[IntArray]) -> Cuts | None:
    """Return instances in the numbers [S] given on empty GPUs, None where they do not fit.

    Parameters
    ----------
    instance : MigPartitionInstance
        The instance.
    counts : int array [S]
        Instances of each slot.
    empty : list of int arrays [B]
        GPUs of each block that may be cut.
    """
    table = slots(instance)
    parts = []
    for b, block in enumerate(instance.blocks):
        layouts = pack(block.geometry, counts[table.first[b]:table.first[b + 1]], len(empty[b]))
        if layouts is None:
            return None
        parts.append(cuts_of(empty[b], int(table.first[b]), layouts))
    return joined(parts)


class Placed(NamedTuple):
    """Jobs whose places are settled. N jobs.

    Parameters
    ----------
    job, gpu, slot, start : int arrays [N]
        Which job runs where.
    """

    job: IntArray
    gpu: IntArray
    slot: IntArray
    start: IntArray


def fill(instance: MigPartitionInstance, classes: JobClasses, counts: IntArray, cuts: Cuts,
         placed: Placed | None = None) -> MigPartitionSchedule:
    """Return the schedule that puts jobs of each class on free instances, in order of job and of instance.

    Parameters
    ----------
    instance : MigPartitionInstance
        The instance.
    classes : JobClasses
        Its C classes.
    counts : int array [C, S]
        Jobs of each class that run on each slot; the others of the class are left out. Jobs placed do not count.
    cuts : Cuts
        Free instances, at least as many of each slot as `counts` asks for.
    placed : Placed, optional
        Jobs whose places are settled; none by default.
    """
    gpu, slot, start = (np.full(instance.jobs, -1, dtype=np.int64) for _ in range(3))
    free = np.ones(instance.jobs, dtype=np.bool_)
    if placed is not None:
        gpu[placed.job], slot[placed.job], start[placed.job] = placed.gpu, placed.slot, placed.start
        free[placed.job] = False
    job = np.flatnonzero(free)
    job = job[np.argsort(classes.of_job[job], kind="stable")]
    left = np.bincount(classes.of_job[job], minlength=len(counts)) - counts.sum(axis=1)
    each = np.concatenate([counts, left[:, None]], axis=1)
    wanted_slot = np.repeat(np.tile(np.append(np.arange(counts.shape[1]), -1), len(counts)), each.ravel())
    job, wanted_slot = job[wanted_slot >= 0], wanted_slot[wanted_slot >= 0]
    job = job[np.argsort(wanted_slot, kind="stable")]
    order = np.argsort(cuts.slot, kind="stable")
    wanted = np.bincount(wanted_slot, minlength=counts.shape[1])
    offered = np.bincount(cuts.slot, minlength=counts.shape[1])
    assert (wanted <= offered).all(), "more jobs than instances"
    rank = np.arange(len(job)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    place = order[rank + np.repeat(np.cumsum(offered) - offered, wanted)]
    gpu[job], slot[job], start[job] = cuts.gpu[place], cuts.slot[place], cuts.start[place]
    return MigPartitionSchedule(gpu=gpu, profile=np.where(slot < 0, -1, classes.slots.profile[slot]), start=start)


def slot_of_job(instance: MigPartitionInstance, table: Slots, schedule: MigPartitionSchedule) -> IntArray:
    """Return the slot each job runs on, -1 for a job left out, int array [J]."""
    block = np.searchsorted(instance.first_gpu, schedule.gpu, side="right") - 1
    return np.where(schedule.gpu < 0, -1, table.first[block] + schedule.profile)
