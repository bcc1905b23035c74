"""Classes: jobs that are worth the same everywhere, and what a class is worth on every profile of every block."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig_partition.schema import GpuBlock, MigPartitionInstance


class Slots(NamedTuple):
    """Kinds of instances: every profile of every block. S slots.

    Parameters
    ----------
    block, profile : int arrays [S]
        Block and profile of each.
    first : int array [B + 1]
        First slot of each block, and the number of slots.
    """

    block: IntArray
    profile: IntArray
    first: IntArray


class JobClasses(NamedTuple):
    """Jobs grouped by what they are worth. C classes.

    Parameters
    ----------
    slots : Slots
        S slots.
    of_job : int array [J]
        Class of each job.
    jobs : int array [C]
        Jobs in each class.
    value : float array [C, S]
        What a job adds to the objective on each slot; minus infinity where it may not run. For ``max_min`` its speed.
    """

    slots: Slots
    of_job: IntArray
    jobs: IntArray
    value: FloatArray

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Whether a job of each class may run on each slot, bool array [C, S]."""
        allowed: NDArray[np.bool_] = self.value > -np.inf
        return allowed


def slots(instance: MigPartitionInstance) -> Slots:
    """Return the slots of an instance."""
    sizes = [len(block.geometry.profiles) for block in instance.blocks]
    return Slots(np.repeat(np.arange(len(sizes)), sizes), np.concatenate([np.arange(size) for size in sizes]),
                 np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def job_classes(instance: MigPartitionInstance) -> JobClasses:
    """Return the classes of an instance, in order of their first jobs.

    Residents are grouped like the others, by what they would be worth if they were new. O(J log J + C S).
    """
    columns = [instance.job_type, instance.job_least_speed, instance.job_least_slices]
    if instance.objective == "weighted_stp":
        columns.append(instance.job_weight)
    if instance.objective == "energy":
        assert instance.work_s is not None
        columns.append(instance.work_s)
    kind = np.zeros(instance.jobs, dtype=np.int64)
    for column in columns:
        _, code = np.unique(column, return_inverse=True)
        _, kind = np.unique(kind * (int(code.max()) + 1) + code, return_inverse=True)
    _, first, of_job = np.unique(kind, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    value = np.concatenate([_value(instance, block, first[order]) for block in instance.blocks], axis=1)
    value.setflags(write=False)
    return JobClasses(slots(instance), rank[of_job], np.bincount(rank[of_job]), value)


def _value(instance: MigPartitionInstance, block: GpuBlock, job: IntArray) -> FloatArray:
    """Return what some jobs are worth on each profile of a block, float array [n, P]."""
    kind = instance.job_type[job]
    speed = block.speed[kind]
    slices = np.array([profile.compute_slices for profile in block.geometry.profiles])
    allowed = ((speed > 0) & (speed >= instance.job_least_speed[job][:, None])
               & (slices >= instance.job_least_slices[job][:, None])
               & (block.geometry.memory_gb >= instance.type_memory_gb[kind][:, None]))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if instance.objective == "weighted_stp":
            value = instance.job_weight[job][:, None] * speed
        elif instance.objective == "mean_slowdown":
            value = -1.0 / speed / instance.jobs
        elif instance.objective == "energy":
            assert instance.work_s is not None
            assert block.active_power_w is not None
            power_w = block.active_power_w[kind] + block.idle_power_w * block.geometry.compute_share
            value = -power_w * (instance.work_s[job][:, None] / speed)
        else:
            value = speed
    return np.where(allowed, value, -np.inf)
