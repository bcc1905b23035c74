"""Residency: the residents whose place matters, the GPUs they are on, and the GPUs that are as good as empty."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig_partition.classes import slots
from ecoopt.instances.mig_partition.schema import MigPartitionInstance

PINS = ("free", "gpu", "placement")


class Residency(NamedTuple):
    """Residents that it costs something to disturb, or that are pinned; the others are like new jobs. R residents.

    Parameters
    ----------
    row : int array [R]
        Their rows in the instance's ``running``, by GPU.
    job, gpu, slot, start : int arrays [R]
        Where they run.
    pin : int array [R]
        0 free, 1 pinned to the GPU, 2 pinned to the place.
    migration_cost, reset_cost : float array [R]
        What it costs to disturb them.
    gpus : int array [O]
        GPUs that hold some of them, ascending.
    before : tuple of tuples of (profile, start) [O]
        Instances of these GPUs that any resident has, those that do not matter too.
    empty : list of int arrays [B]
        All other GPUs, by block.
    """

    row: IntArray
    job: IntArray
    gpu: IntArray
    slot: IntArray
    start: IntArray
    pin: IntArray
    migration_cost: FloatArray
    reset_cost: FloatArray
    gpus: IntArray
    before: tuple[tuple[tuple[int, int], ...], ...]
    empty: list[IntArray]


def residency(instance: MigPartitionInstance) -> Residency:
    """Return the residents of an instance whose place matters; none where nothing runs yet."""
    running = instance.running
    if running is None:
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Residency(none, none, none, none, none, none, nothing, nothing, none, (), _empty(instance, none))
    pin = np.array([PINS.index(name) for name in running.pin], dtype=np.int64)
    row = np.flatnonzero((pin > 0) | (running.migration_cost > 0))
    row = row[np.argsort(running.gpu[row], kind="stable")]
    block = np.searchsorted(instance.first_gpu, running.gpu[row], side="right") - 1
    gpus = np.unique(running.gpu[row])
    place = {gpu: index for index, gpu in enumerate(gpus.tolist())}
    before: list[list[tuple[int, int]]] = [[] for _ in place]
    for gpu, profile, start in zip(running.gpu.tolist(), running.profile.tolist(), running.start.tolist(), strict=True):
        if gpu in place:
            before[place[gpu]].append((profile, start))
    return Residency(
        row, running.job[row], running.gpu[row], slots(instance).first[block] + running.profile[row],
        running.start[row], pin[row], running.migration_cost[row], running.reset_cost[row], gpus,
        tuple(tuple(sorted(held)) for held in before), _empty(instance, gpus))


def _empty(instance: MigPartitionInstance, occupied: IntArray) -> list[IntArray]:
    """Return the GPUs of each block that are not occupied."""
    first = instance.first_gpu.tolist()
    return [np.setdiff1d(np.arange(low, high), occupied) for low, high in pairwise(first)]
