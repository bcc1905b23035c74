"""Places: where each job runs, how fast, and which memory slices it covers, read off instance and schedule alone."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig_partition import MigPartitionInstance, MigPartitionSchedule


class Places(NamedTuple):
    """What a place means, for each of J jobs.

    Parameters
    ----------
    block, profile : int arrays [J]
        Block and profile; -1 for a job that is left out, or whose GPU or profile does not exist.
    speed : float array [J]
        Its speed; 0 for such a job.
    memory_gb : float array [J]
        Memory of its instance; 0 for such a job.
    compute_slices, memory_slices : int arrays [J]
        Slices of its instance; 0 for such a job.
    """

    block: IntArray
    profile: IntArray
    speed: FloatArray
    memory_gb: FloatArray
    compute_slices: IntArray
    memory_slices: IntArray


def places(instance: MigPartitionInstance, schedule: MigPartitionSchedule) -> Places:
    """Return what the places of a schedule mean."""
    jobs = instance.jobs
    found = Places(np.full(jobs, -1), np.full(jobs, -1), np.zeros(jobs), np.zeros(jobs), np.zeros(jobs, dtype=np.int64),
                   np.zeros(jobs, dtype=np.int64))
    first = 0
    for b, block in enumerate(instance.blocks):
        profiles = block.geometry.profiles
        here = np.flatnonzero((schedule.gpu >= first) & (schedule.gpu < first + block.gpus)
                              & (schedule.profile >= 0) & (schedule.profile < len(profiles)))
        first += block.gpus
        profile = schedule.profile[here]
        found.block[here], found.profile[here] = b, profile
        found.speed[here] = block.speed[instance.job_type[here], profile]
        found.memory_gb[here] = np.array([kind.memory_gb for kind in profiles])[profile]
        found.compute_slices[here] = np.array([kind.compute_slices for kind in profiles])[profile]
        found.memory_slices[here] = np.array([kind.memory_slices for kind in profiles])[profile]
    return found
