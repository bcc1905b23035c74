"""The MIG cluster instance: identical GPUs, jobs that arrive over time, their speeds on slices, what a change costs."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, StringConstraints, model_validator

from ecoopt.core.arrays import FloatArray, IndexVector, NonNegativeMatrix, NonNegativeVector, PositiveVector
from ecoopt.core.instance import Instance
from ecoopt.core.record import Record
from ecoopt.instances.mig import MigGeometry

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]

LATEST_S = 1e9
FASTEST = 100.0


class SpeedTable(Record):
    """How fast each type of job runs on each profile, relative to the whole GPU.

    Parameters
    ----------
    names : tuple of str [K]
        Names of the types.
    speed : float array [K, P]
        Work done per second; 0 where the job does not fit, 1 on the whole GPU. Measured speeds may lie a little
        above 1. Columns are the profiles of the geometry.
    """

    names: tuple[Name, ...]
    speed: NonNegativeMatrix

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = []
        if len(self.names) != len(self.speed):
            problems.append(f"{len(self.names)} names and {len(self.speed)} rows of speed; give one of each per type")
        if len(set(self.names)) < len(self.names):
            problems.append("names are not distinct; rename the duplicates")
        if self.speed.size and self.speed.max() > FASTEST:
            row, column = np.argwhere(self.speed > FASTEST)[0]
            problems.append(f"speed[{row}][{column}] = {self.speed[row, column]} is over {FASTEST:g} times the whole "
                            "GPU's; correct it")
        if problems:
            raise ValueError(" | ".join(problems))
        return self


class MigClusterInstance(Instance):
    """When and on which slice of which GPU each job of a stream runs, so that jobs complete early on average.

    G GPUs, P profiles, K types, J jobs in order of arrival. A job runs on one instance of one GPU, with the others of
    its GPU in a legal layout, or shares a whole GPU with all others there (MPS). It may be stopped, and go on
    elsewhere later: each stretch but its first begins with `overhead_s` seconds without progress, in which it is
    brought back from its checkpoint. A job is complete when it has done `work_s` seconds of work at speed 1.

    Parameters
    ----------
    geometry : MigGeometry
        Of every GPU; one profile takes all its compute slices.
    gpus : int
        Number of GPUs G.
    speeds : SpeedTable
        Speeds of K types on P profiles.
    job_type : int array [J]
        Type of each job.
    arrival_s : float array [J]
        When each job comes, not decreasing.
    work_s : float array [J]
        Seconds each job takes on a whole GPU of its own.
    overhead_s : float array [J]
        Seconds without progress at the beginning of every stretch but the first.
    least_compute_slices : int array [J], optional
        The smallest instance that each job's owner accepts.
    shared_rate : float
        Work per second of a job on a shared GPU, as long as that leaves m jobs at most one GPU together; then 1/m.
    profiling_s : float
        Seconds on a shared GPU that methods need to learn the speeds of a newcomer; 30 in MISO.
    """

    family: Literal["mig_cluster"] = "mig_cluster"
    schema_version: Literal[1] = 1
    geometry: MigGeometry
    gpus: Annotated[int, Field(ge=1, le=100_000)]
    speeds: SpeedTable
    job_type: IndexVector
    arrival_s: NonNegativeVector
    work_s: PositiveVector
    overhead_s: NonNegativeVector
    least_compute_slices: IndexVector | None = None
    shared_rate: Annotated[float, Field(gt=0, le=1)] = 1 / 3
    profiling_s: Annotated[float, Field(ge=0, le=1e6)] = 30.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems, jobs = [], len(self.job_type)
        kinds, profiles = self.speeds.speed.shape
        if not 1 <= jobs <= 1_000_000:
            problems.append(f"{jobs} jobs; give 1 to 1,000,000")
        if profiles != len(self.geometry.profiles):
            problems.append(f"speed has {profiles} columns for {len(self.geometry.profiles)} profiles of the geometry")
        elif self.whole is None:
            problems.append(f"{self.geometry.name} has no profile with all compute slices; add it")
        elif (self.speeds.speed[:, self.whole] != 1).any():
            problems.append(f"speed on {self.geometry.names[self.whole]} is not 1 for every type; work is counted in "
                            "seconds of the whole GPU")
        if jobs and self.job_type.max() >= kinds:
            problems.append(f"job_type names type {self.job_type.max()} of {kinds}, counted from 0; correct it")
        problems += [f"{name} has {len(table)} entries for {jobs} jobs"
                     for name in ("arrival_s", "work_s", "overhead_s", "least_compute_slices")
                     for table in [getattr(self, name)] if table is not None and len(table) != jobs]
        problems += [f"{name} goes up to {table.max():g}; keep it within {LATEST_S:g}"
                     for name in ("arrival_s", "work_s", "overhead_s")
                     for table in [getattr(self, name)] if table.size and table.max() > LATEST_S]
        if (np.diff(self.arrival_s) < 0).any():
            problems.append("arrival_s decreases; put the jobs in order of arrival")
        least = self.least_compute_slices
        if least is not None and least.size and least.max() > self.geometry.compute_slices:
            problems.append(f"least_compute_slices asks for {least.max()} of {self.geometry.compute_slices}; lower it")
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @cached_property
    def whole(self) -> int | None:
        """The first profile with all compute slices, None where there is none."""
        sizes = [profile.compute_slices for profile in self.geometry.profiles]
        return sizes.index(self.geometry.compute_slices) if self.geometry.compute_slices in sizes else None

    @property
    def jobs(self) -> int:
        """Number of jobs J."""
        return len(self.job_type)

    @cached_property
    def job_speed(self) -> FloatArray:
        """Speed of each job on each profile, 0 where it does not fit or is not accepted, float array [J, P]."""
        speed = self.speeds.speed[self.job_type]
        if self.least_compute_slices is not None:
            sizes = np.array([profile.compute_slices for profile in self.geometry.profiles])
            speed = np.where(sizes >= self.least_compute_slices[:, None], speed, 0.0)
        speed.setflags(write=False)
        return speed
