"""The shifting instance: jobs with windows, regions with carbon and capacity, what moving and resuming costs."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import BoolVector, FloatArray, IndexVector, IntArray, NonNegativeVector, array_field
from ecoopt.core.instance import Instance
from ecoopt.core.record import Record
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.variants import Name

MOST_JOBS, MOST_REGIONS, MOST_SLOTS, MOST_GPUS, MOST = 1_000_000, 1000, 100_000, 10_000_000, 1e9

Capacity = Annotated[IntArray, *array_field(np.int64, 2, ge=0, le=MOST_GPUS)]
Square = Annotated[FloatArray, *array_field(np.float64, 2, ge=0, le=MOST)]
Positive = Annotated[IntArray, *array_field(np.int64, ge=1, le=MOST_GPUS)]


class Region(Record):
    """A place with GPUs.

    Parameters
    ----------
    name : str
        For people.
    carbon : CarbonTrace
        Covers the horizon.
    pue : float
        Power usage effectiveness.
    embodied_g_per_gpu_h : float
        Embodied carbon written off by the hour in which a GPU is used.
    """

    name: Name
    carbon: CarbonTrace
    pue: Annotated[float, Field(ge=1, le=10)] = 1.0
    embodied_g_per_gpu_h: Annotated[float, Field(ge=0, le=MOST)] = 0.0


class ShiftingInstance(Instance):
    """In which region and in which slots of time each job runs, so that carbon is least.

    Z regions, T slots of equal length, J jobs. A job runs in one region, for `length_slots` slots between its release
    and its deadline; without a break, or if it is interruptible in several runs, each of which but the first costs
    `resume_g`. Away from home it costs the migration of its GPUs. The GPUs of the jobs that run in a region and a slot
    are at most its capacity. Carbon is minimised: the energy of every slot at the region's intensity and PUE, the
    embodied carbon of GPU-hours, migrations and resumptions. Every job must run.

    Parameters
    ----------
    regions : tuple of Region [Z]
        Where GPUs are.
    start_utc : str
        Beginning of slot 0.
    slot_s : int
        Length of a slot in seconds.
    capacity_gpus : int array [Z, T]
        GPUs of each region in each slot.
    migration_g_per_gpu : float array [Z, Z]
        Carbon of moving a job from its home (row) to another region (column), by GPU of the job; 0 at home.
    release_slot, deadline_slot : int array [J]
        First slot in which a job may run, and the slot after the last.
    length_slots : int array [J]
        How many slots it runs, at least 1.
    gpus : int array [J]
        How many GPUs it holds while it runs, at least 1.
    power_kw : float array [J]
        Power of all of them, PUE left out.
    home : int array [J]
        Region where its input is.
    interruptible : bool array [J]
        Whether it may be stopped and go on later.
    resume_g : float array [J]
        Carbon of every run but the first.

    Notes
    -----
    A job longer than its window, or one that fits no region, is allowed here: the instance is then infeasible, and
    ``ecoopt explain`` says why.
    """

    family: Literal["shifting"] = "shifting"
    schema_version: Literal[1] = 1
    regions: tuple[Region, ...]
    start_utc: str
    slot_s: Annotated[int, Field(ge=1, le=366 * 86400)] = 3600
    capacity_gpus: Capacity
    migration_g_per_gpu: Square
    release_slot: IndexVector
    deadline_slot: IndexVector
    length_slots: Positive
    gpus: Positive
    power_kw: NonNegativeVector
    home: IndexVector
    interruptible: BoolVector
    resume_g: NonNegativeVector

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*self._region_problems(), *self._job_problems()]
        if problems:
            raise ValueError(" | ".join(problems))
        self.intensity_g_per_kwh  # noqa: B018 - refuses a trace that does not cover the horizon
        return self

    @property
    def jobs(self) -> int:
        """Number of jobs J."""
        return len(self.gpus)

    @property
    def slots(self) -> int:
        """Number of slots T."""
        return int(self.capacity_gpus.shape[1])

    @property
    def slot_h(self) -> float:
        """Length of a slot in hours."""
        return self.slot_s / 3600.0

    @cached_property
    def intensity_g_per_kwh(self) -> FloatArray:
        """Mean intensity of every slot, float array [Z, T]."""
        return np.array([region.carbon.means(self.start_utc, self.slot_s, self.slots) for region in self.regions])

    def _region_problems(self) -> list[str]:
        regions, slots = self.capacity_gpus.shape
        problems = [f"regions names {region.name} twice; rename one" for index, region in enumerate(self.regions)
                    if region.name in [other.name for other in self.regions[:index]]]
        if not 1 <= len(self.regions) <= MOST_REGIONS:
            problems.append(f"regions has {len(self.regions)} entries; give 1 to {MOST_REGIONS}")
        if regions != len(self.regions) or not 1 <= slots <= MOST_SLOTS:
            problems.append(f"capacity_gpus has shape {[regions, slots]}; give one row for each of {len(self.regions)} "
                            f"regions and 1 to {MOST_SLOTS} slots")
        square = [len(self.regions)] * 2
        if list(self.migration_g_per_gpu.shape) != square:
            problems.append(f"migration_g_per_gpu has shape {list(self.migration_g_per_gpu.shape)}; give {square}")
        elif np.diag(self.migration_g_per_gpu).any():
            problems.append("migration_g_per_gpu is not 0 at home; set the diagonal to 0")
        return problems

    def _job_problems(self) -> list[str]:
        names = ("release_slot", "deadline_slot", "length_slots", "gpus", "power_kw", "home", "interruptible",
                 "resume_g")
        problems = [f"{name} has {len(getattr(self, name))} entries for {self.jobs} jobs; give one for each"
                    for name in names if len(getattr(self, name)) != self.jobs]
        if not 1 <= self.jobs <= MOST_JOBS:
            problems.append(f"{self.jobs} jobs; give 1 to {MOST_JOBS}")
        if problems:
            return problems
        limits = (("deadline_slot", self.slots, "slots"), ("length_slots", MOST_SLOTS, "slots"),
                  ("home", len(self.regions) - 1, "regions, counted from 0"), ("power_kw", MOST, "kW"),
                  ("resume_g", MOST, "g"))
        for name, most, unit in limits:
            table = getattr(self, name)
            wrong = np.flatnonzero(table > most)
            if len(wrong):
                problems.append(f"{name}[{wrong[0]}] = {table[wrong[0]]} is above {most:g} {unit}; correct it "
                                f"({len(wrong)} such jobs)")
        wrong = np.flatnonzero(self.release_slot >= self.deadline_slot)
        if len(wrong):
            problems.append(f"release_slot[{wrong[0]}] = {self.release_slot[wrong[0]]} is not before its deadline_slot "
                            f"{self.deadline_slot[wrong[0]]}; correct one ({len(wrong)} such jobs)")
        return problems
