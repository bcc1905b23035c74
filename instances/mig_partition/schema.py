"""The snapshot of a MIG cluster: GPUs in blocks, jobs with a speed on every profile, and what is to be maximised."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, StringConstraints, model_validator

from ecoopt.core.arrays import FloatArray, IndexVector, IntArray, NonNegativeMatrix, NonNegativeVector, PositiveVector
from ecoopt.core.instance import Instance
from ecoopt.core.record import Record
from ecoopt.instances.mig import MigGeometry, layout_problems

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Objective = Literal["stp", "weighted_stp", "mean_slowdown", "max_min", "energy"]
Pin = Literal["free", "gpu", "placement"]

MAX_BLOCKS, MAX_GPUS, MAX_TYPES, MAX_JOBS = 16, 1_000_000, 10_000, 5_000_000


class GpuBlock(Record):
    """Identical GPUs, and what each type of job does on their instances. K types, P profiles.

    Parameters
    ----------
    geometry : MigGeometry
        How one of the GPUs can be cut.
    gpus : int
        How many there are.
    speed : float array [K, P]
        Progress per second of each type on each profile, relative to a GPU of reference; 0 where it does not fit.
    active_power_w : float array [K, P], optional
        Power above idle while a job of the type runs on the profile; for the objective ``energy``.
    idle_power_w : float
        Power of one GPU that does nothing.
    """

    geometry: MigGeometry
    gpus: Annotated[int, Field(ge=1, le=MAX_GPUS)]
    speed: NonNegativeMatrix
    active_power_w: NonNegativeMatrix | None = None
    idle_power_w: Annotated[float, Field(ge=0, le=1e6)] = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = []
        profiles = len(self.geometry.profiles)
        if self.speed.shape[1] != profiles:
            problems.append(f"speed has {self.speed.shape[1]} columns, {self.geometry.name} has {profiles} profiles; "
                            "give one column per profile")
        if self.active_power_w is not None and self.active_power_w.shape != self.speed.shape:
            problems.append(f"active_power_w has shape {list(self.active_power_w.shape)}, speed has "
                            f"{list(self.speed.shape)}; give one entry for each of speed")
        if problems:
            raise ValueError(" | ".join(problems))
        return self


class Running(Record):
    """Residents: jobs that run already, and what it costs to disturb them. R residents.

    Parameters
    ----------
    job, gpu, profile, start : int arrays [R]
        Which job runs where: GPU, profile of its block, first memory slice. GPUs are numbered through the blocks.
    pin : tuple of {"free", "gpu", "placement"} [R]
        Whether the job may go anywhere, must stay on its GPU, or must stay exactly where it is.
    migration_cost : float array [R]
        Loss of objective when the job's GPU, profile or start changes, or when it is left out.
    reset_cost : float array [R]
        Loss of objective when the job stays where it is while its GPU is cut anew: while some job of the GPU runs on
        an instance that no resident had before. At most `migration_cost`.
    """

    job: IndexVector
    gpu: IndexVector
    profile: IndexVector
    start: IndexVector
    pin: tuple[Pin, ...]
    migration_cost: NonNegativeVector
    reset_cost: NonNegativeVector

    @model_validator(mode="after")
    def _check(self) -> Self:
        sizes = {name: len(getattr(self, name)) for name in type(self).model_fields}
        problems = []
        if len(set(sizes.values())) > 1:
            problems.append(f"columns differ in length ({sizes}); give one entry per resident in each")
        if len(np.unique(self.job)) < len(self.job):
            problems.append("job names a job twice; give each resident once")
        if len(self.migration_cost) == len(self.reset_cost) and (self.reset_cost > self.migration_cost).any():
            problems.append("reset_cost exceeds migration_cost; a resident that stays is disturbed no more than one "
                            "that moves")
        if problems:
            raise ValueError(" | ".join(problems))
        return self


class MigPartitionInstance(Instance):
    """How to cut every GPU, and which job runs on which instance.

    B blocks, K types, J jobs. GPUs are numbered through the blocks: those of block 0 first. A job may run on a profile
    of a block if its type's speed there is positive, the profile's memory holds it, and the job's own least speed and
    least slices are kept. Each instance runs one job.

    The objective is maximised: ``stp`` the sum of speeds (system throughput), ``weighted_stp`` the same weighted,
    ``mean_slowdown`` minus the mean of 1/speed, ``max_min`` the least speed, ``energy`` minus the joules of all jobs'
    work, a job being charged ``(active power + idle power x share of compute slices) x work / speed``; each less what
    it costs to disturb residents.

    Parameters
    ----------
    blocks : tuple of GpuBlock [B]
        The GPUs.
    type_names : tuple of str [K]
        Types of jobs.
    type_memory_gb : float array [K]
        Memory a job of the type needs, in units of 2^30 bytes; 0 where speeds alone say what fits.
    job_type : int array [J]
        Type of each job; in order of arrival.
    weight : float array [J], optional
        Weight of each job, 1 by default (``weighted_stp``).
    work_s : float array [J], optional
        Seconds of work left at speed 1 (``energy``).
    least_speed : float array [J], optional
        Speed each job must have, 0 by default.
    least_slices : int array [J], optional
        Compute slices each job must have, 0 by default.
    running : Running, optional
        Jobs that run already.
    objective : {"stp", "weighted_stp", "mean_slowdown", "max_min", "energy"}
        What is maximised.
    place_all : bool
        Whether every job must run. Jobs may be left out only for the two throughputs, and pinned residents never.
    """

    family: Literal["mig_partition"] = "mig_partition"
    schema_version: Literal[1] = 1
    blocks: tuple[GpuBlock, ...]
    type_names: tuple[Name, ...]
    type_memory_gb: NonNegativeVector
    job_type: IndexVector
    weight: NonNegativeVector | None = None
    work_s: PositiveVector | None = None
    least_speed: NonNegativeVector | None = None
    least_slices: IndexVector | None = None
    running: Running | None = None
    objective: Objective = "stp"
    place_all: bool = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*_size_problems(self), *_objective_problems(self)]
        if not problems and self.running is not None:
            problems = _running_problems(self, self.running)
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @property
    def jobs(self) -> int:
        """Number of jobs."""
        return len(self.job_type)

    @property
    def gpus(self) -> int:
        """Number of GPUs of all blocks."""
        return int(self.first_gpu[-1])

    @cached_property
    def first_gpu(self) -> IntArray:
        """First GPU of each block, and the number of GPUs, int array [B + 1]."""
        return np.concatenate([[0], np.cumsum([block.gpus for block in self.blocks])]).astype(np.int64)

    @cached_property
    def job_weight(self) -> FloatArray:
        """Weight of each job, float array [J]."""
        return np.ones(self.jobs) if self.weight is None else self.weight

    @cached_property
    def job_least_speed(self) -> FloatArray:
        """Least speed of each job, float array [J]."""
        return np.zeros(self.jobs) if self.least_speed is None else self.least_speed

    @cached_property
    def job_least_slices(self) -> IntArray:
        """Least compute slices of each job, int array [J]."""
        return np.zeros(self.jobs, dtype=np.int64) if self.least_slices is None else self.least_slices


def _size_problems(instance: MigPartitionInstance) -> list[str]:
    """Return everything of the wrong number or out of range."""
    problems = []
    blocks, types, jobs = len(instance.blocks), len(instance.type_names), len(instance.job_type)
    for what, number, most in (("blocks", blocks, MAX_BLOCKS), ("type_names", types, MAX_TYPES),
                               ("job_type", jobs, MAX_JOBS)):
        if not 1 <= number <= most:
            problems.append(f"{what} has {number} entries; give 1 to {most}")
    if sum(block.gpus for block in instance.blocks) > MAX_GPUS:
        problems.append(f"blocks have more than {MAX_GPUS} GPUs together; give fewer")
    if len(set(instance.type_names)) < types:
        problems.append("type_names are not distinct; rename the duplicates")
    if len(instance.type_memory_gb) != types:
        problems.append(f"type_memory_gb has {len(instance.type_memory_gb)} entries for {types} types")
    problems += [f"blocks[{b}].speed has {len(block.speed)} rows for {types} types; give one row per type"
                 for b, block in enumerate(instance.blocks) if len(block.speed) != types]
    if jobs and instance.job_type.max() >= types:
        problems.append(f"job_type names type {instance.job_type.max()} of {types}, counted from 0; correct it")
    for field in ("weight", "work_s", "least_speed", "least_slices"):
        column = getattr(instance, field)
        if column is not None and len(column) != jobs:
            problems.append(f"{field} has {len(column)} entries for {jobs} jobs")
    return problems


def _objective_problems(instance: MigPartitionInstance) -> list[str]:
    """Return what the objective lacks or forbids."""
    problems = []
    if not instance.place_all and instance.objective not in ("stp", "weighted_stp"):
        problems.append(f"objective {instance.objective} needs every job to run; set place_all to true")
    if instance.objective == "energy":
        if instance.work_s is None:
            problems.append("objective energy needs work_s; add it")
        problems += [f"objective energy needs blocks[{b}].active_power_w; add it"
                     for b, block in enumerate(instance.blocks) if block.active_power_w is None]
    return problems


def _running_problems(instance: MigPartitionInstance, running: Running) -> list[str]:
    """Return what is wrong with the residents: unknown places, layouts that cannot be, jobs where they do not fit."""
    problems = []
    if len(running.job) and running.job.max() >= instance.jobs:
        problems.append(f"running.job names job {running.job.max()} of {instance.jobs}, counted from 0; correct it")
    if len(running.gpu) and running.gpu.max() >= instance.gpus:
        problems.append(f"running.gpu names GPU {running.gpu.max()} of {instance.gpus}, counted from 0; correct it")
    if problems:
        return problems
    block_of = np.searchsorted(instance.first_gpu, running.gpu, side="right") - 1
    order = np.argsort(running.gpu, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(running.gpu[order])) + 1) if len(order) else []:
        block, gpu = instance.blocks[block_of[rows[0]]], running.gpu[rows[0]]
        layout = [(int(running.profile[r]), int(running.start[r])) for r in rows]
        wrong = layout_problems(block.geometry, layout)
        problems += [f"running: GPU {gpu}: {problem}; correct the residents" for problem in wrong]
        if not wrong:
            problems += [
                f"running: job {running.job[r]} does not fit {block.geometry.names[running.profile[r]]} of GPU {gpu}; "
                "correct its place" for r in rows
                if block.speed[instance.job_type[running.job[r]], running.profile[r]] <= 0]
    return problems
