"""What a power-cap instance is made of: pools of GPUs, classes of work, and the hall's temperature."""

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, PositiveVector, array_field
from ecoopt.core.record import Record
from ecoopt.instances.hardware import EffectCurve, Gpu
from ecoopt.instances.hardware.generation import Name

MOST_GPUS, MOST_CAPS, MOST_GPU_H, MOST_HOURS = 10**7, 64, 1e9, 20_000
Hourly = Annotated[FloatArray, *array_field(np.float64, ge=0, le=MOST_GPU_H)]
Celsius = Annotated[float, Field(ge=-100, le=200, strict=True)]
CelsiusVector = Annotated[FloatArray, *array_field(np.float64, ge=-100, le=200)]
GpuHours = Annotated[float, Field(ge=0, le=MOST_GPU_H)]


class GpuPool(Record):
    """Equal GPUs that some classes share.

    Parameters
    ----------
    gpu : Gpu
        The board.
    gpus : int
        How many.
    idle_power_w : float
        Power of a board that does nothing.
    """

    gpu: Gpu
    gpus: Annotated[int, Field(ge=1, le=MOST_GPUS)]
    idle_power_w: Annotated[float, Field(ge=0, le=1e6)]


class WorkClass(Record):
    """A queue or class of jobs under one cap at a time. C caps, T hours.

    Parameters
    ----------
    name : str
        For people.
    pool : int
        Number of the pool it runs on.
    quota_gpus : float
        Most GPUs it may use at once.
    curve : EffectCurve
        What a cap does to its work.
    cap_w : float array [C]
        The caps to choose from, increasing; each is on the curve.
    rebound : float
        rho: users submit ``1 + rho (sigma - 1)`` times the work in the hour after one with the time ratio sigma.
    submitted_gpu_h : float array [T]
        Work submitted in each hour by users who feel no slowdown, in GPU-hours without a cap.
    initial_cap : int, optional
        The cap in force before the first hour, by number: what comes in the first hour depends on it, and changing it
        costs. By default the work comes as if there had been no cap, and the first choice is free.
    initial_backlog_gpu_h : float
        Work that waits when the first hour begins.
    most_backlog_gpu_h : float, optional
        Most work that may wait at the end of any hour; no limit by default.
    """

    name: Name
    pool: Annotated[int, Field(ge=0)] = 0
    quota_gpus: Annotated[float, Field(gt=0, le=MOST_GPUS)]
    curve: EffectCurve
    cap_w: PositiveVector
    rebound: Annotated[float, Field(ge=0, le=1e3)] = 0.0
    submitted_gpu_h: Hourly
    initial_cap: Annotated[int, Field(ge=0)] | None = None
    initial_backlog_gpu_h: GpuHours = 0.0
    most_backlog_gpu_h: GpuHours | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems, caps = [], len(self.cap_w)
        if not 1 <= caps <= MOST_CAPS:
            problems.append(f"{self.name} has {caps} caps; give 1 to {MOST_CAPS}")
        elif (np.diff(self.cap_w) <= 0).any():
            problems.append(f"cap_w of {self.name} does not increase; sort the caps and drop repeats")
        elif self.cap_w[0] < self.curve.cap_w[0]:
            problems.append(f"{self.name} may be capped at {self.cap_w[0]:g} W, and its curve begins at "
                            f"{self.curve.cap_w[0]:g} W; extend the curve or raise the cap")
        if self.initial_cap is not None and self.initial_cap >= caps:
            problems.append(f"initial_cap of {self.name} names cap {self.initial_cap} of {caps}, counted from 0; "
                            "correct it")
        if problems:
            raise ValueError(" | ".join(problems))
        return self


class Hall(Record):
    """The temperature of the hall, ``th_t = keep th_(t-1) + (1 - keep) (ambient_t + rise p_t / GPUs)``. T hours.

    Parameters
    ----------
    keep : float
        Share of the temperature kept from hour to hour.
    ambient_c : float array [T]
        Temperature outside.
    rise_c_per_w : float
        Rise by watt of mean power of a GPU.
    start_c : float
        Temperature before the first hour.
    most_c : float
        Highest temperature allowed at the end of an hour.
    """

    keep: Annotated[float, Field(ge=0, lt=1)]
    ambient_c: CelsiusVector
    rise_c_per_w: Annotated[float, Field(ge=0, le=1e3)]
    start_c: Celsius
    most_c: Celsius
