"""The capped jobs instance: jobs on identical GPUs, what each power cap does to them, a power limit and carbon."""

from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, IndexVector, IntArray, PositiveVector, array_field
from ecoopt.core.instance import Instance
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import EffectCurve, Gpu

Limits = Annotated[FloatArray, *array_field(np.float64, ge=0, le=1e12)]
Pue = Annotated[FloatArray, *array_field(np.float64, ge=1, le=10)]
Hours = Annotated[FloatArray, *array_field(np.float64, gt=0, le=1e6)]
GpuCounts = Annotated[IntArray, *array_field(np.int64, ge=1, le=1_000_000)]

MOST_SLOTS, MOST_JOBS, MOST_CAPS = 100_000, 1_000_000, 64
ROUNDING_SLOTS = 1e-9
"""Part of a slot by which a job may outlast its last one, as rounding of its runtime."""


class PowerCapJobsInstance(Instance):
    """When each job starts and under which power cap it runs, within GPUs and power, so that little carbon is emitted.

    C caps, K classes, J jobs, T slots. A job takes its GPUs from a whole slot on without a break. Under a cap it runs
    for ``base_h`` times its class's time ratio, and holds GPUs and power for the slots that this touches; energy is
    counted for the time it runs. GPUs that do not work draw ``gpu.idle_w``, nothing where that is not known.

    Parameters
    ----------
    gpu : Gpu
        The board.
    gpus : int
        Number of GPUs.
    caps_w : float array [C]
        Caps to choose from, distinct, at most the board's power.
    classes : tuple of EffectCurve [K]
        What caps do to time and energy; each curve covers all caps.
    job_class, job_gpus : int array [J]
        Class of each job, and the GPUs it takes.
    base_h : float array [J]
        Hours each job runs without a cap.
    release_slot, deadline_slot : int array [J]
        First slot each job may run in, and the slot by whose beginning it must be done.
    slot_s : int
        Length of a slot.
    start_utc : str
        Beginning of slot 0.
    carbon : CarbonTrace
        Covers the horizon.
    pue : float array [T]
        Power usage effectiveness of each slot: what the site draws per unit of the GPUs' power.
    power_limit_w : float array [T]
        Most power that the GPUs may draw together in each slot.
    delay_g_per_gpu_h : float
        What an hour later is worth for each GPU of a job: its delay is how much later it is done than if it had begun
        at its release without a cap.
    peak_g_per_kw : float
        Price of the highest power of all slots.
    """

    family: Literal["power_cap_jobs"] = "power_cap_jobs"
    schema_version: Literal[1] = 1
    gpu: Gpu
    gpus: Annotated[int, Field(ge=1, le=10_000_000)]
    caps_w: PositiveVector
    classes: tuple[EffectCurve, ...]
    job_class: IndexVector
    job_gpus: GpuCounts
    base_h: Hours
    release_slot: IndexVector
    deadline_slot: IndexVector
    slot_s: Annotated[int, Field(ge=1, le=366 * 86400)] = 3600
    start_utc: str
    carbon: CarbonTrace
    pue: Pue
    power_limit_w: Limits
    delay_g_per_gpu_h: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    peak_g_per_kw: Annotated[float, Field(ge=0, le=1e9)] = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*self._cap_problems(), *self._slot_problems(), *self._job_problems()]
        if problems:
            raise ValueError(" | ".join(problems))
        self.intensity_g_per_kwh  # noqa: B018 - refuses a trace that does not cover the horizon
        return self

    @property
    def slots(self) -> int:
        """Number of slots T."""
        return len(self.power_limit_w)

    @property
    def jobs(self) -> int:
        """Number of jobs J."""
        return len(self.job_class)

    @property
    def slot_h(self) -> float:
        """Hours of a slot."""
        return self.slot_s / 3600.0

    @property
    def idle_w(self) -> float:
        """Power of a GPU without work, 0 where it is not known."""
        return self.gpu.idle_w or 0.0

    @cached_property
    def intensity_g_per_kwh(self) -> FloatArray:
        """Mean intensity of every slot, float array [T]."""
        return _frozen(self.carbon.means(self.start_utc, self.slot_s, self.slots))

    def _cap_problems(self) -> list[str]:
        caps, classes = len(self.caps_w), len(self.classes)
        problems = [] if 1 <= caps <= MOST_CAPS else [f"caps_w has {caps} entries; give 1 to {MOST_CAPS}"]
        if len(set(self.caps_w.tolist())) < caps:
            problems.append("caps_w names a cap twice; remove the duplicate")
        if caps and self.caps_w.max() > self.gpu.tdp_w:
            problems.append(f"caps_w goes up to {self.caps_w.max():g}, {self.gpu.name} to {self.gpu.tdp_w:g} W; lower "
                            "the cap")
        if not classes:
            problems.append("classes is empty; give at least one")
        if len({one.name for one in self.classes}) < classes:
            problems.append("names of classes are not distinct; rename the duplicates")
        low = [one for one in self.classes if caps and one.cap_w[0] > self.caps_w.min()]
        problems += [f"caps_w goes down to {self.caps_w.min():g}, class {one.name} to {one.cap_w[0]:g} W; raise the "
                     "cap, or extend the curve" for one in low]
        if not low:
            problems += [f"class {one.name} draws {one.power_at(self.caps_w).min():.6g} W at work under a cap, an idle "
                         f"GPU {self.idle_w:g}; correct one of them" for one in self.classes
                         if one.power_at(self.caps_w).min() < self.idle_w]
        return problems

    def _slot_problems(self) -> list[str]:
        problems = [] if 1 <= self.slots <= MOST_SLOTS else [
            f"power_limit_w has {self.slots} entries; give 1 to {MOST_SLOTS}"]
        if len(self.pue) != self.slots:
            problems.append(f"pue has {len(self.pue)} entries for {self.slots} slots")
        return problems

    def _job_problems(self) -> list[str]:
        jobs = self.jobs
        problems = [] if 1 <= jobs <= MOST_JOBS else [f"{jobs} jobs; give 1 to {MOST_JOBS:,}"]
        uneven = [name for name in ("job_gpus", "base_h", "release_slot", "deadline_slot")
                  if len(getattr(self, name)) != jobs]
        problems += [f"{name} has {len(getattr(self, name))} entries for {jobs} jobs" for name in uneven]
        if jobs and self.job_class.max() >= len(self.classes):
            problems.append(f"job_class names class {self.job_class.max()} of {len(self.classes)}, counted from 0; "
                            "correct it")
        if not uneven:
            early = np.flatnonzero(self.deadline_slot <= self.release_slot)
            if early.size:
                problems.append(f"job {early[0]} must be done by slot {self.deadline_slot[early[0]]} and is released "
                                f"in slot {self.release_slot[early[0]]} ({early.size} such jobs); correct it")
            late = np.flatnonzero(self.deadline_slot > self.slots)
            if late.size:
                problems.append(f"job {late[0]} may run until slot {self.deadline_slot[late[0]]} of {self.slots} "
                                f"({late.size} such jobs); lower deadline_slot")
        return problems


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
