"""The power-cap instance: classes of work and their caps, pools of GPUs, carbon, power and heat, hour by hour."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, array_field
from ecoopt.core.instance import Instance
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.power_cap.parts import MOST_HOURS, GpuPool, Hall, WorkClass

HOUR_S = 3600

Pue = Annotated[FloatArray, *array_field(np.float64, ge=1, le=100)]
Watts = Annotated[FloatArray, *array_field(np.float64, ge=0, le=1e13)]
Price = Annotated[FloatArray, *array_field(np.float64, ge=0, le=1e6)]
Rate = Annotated[float, Field(ge=0, le=1e9)]


class PowerCapInstance(Instance):
    """Which power cap each class of GPU work runs under, hour by hour (after Zhao et al., SoCC'23).

    K classes, T hours. Under cap c a GPU-hour of work of class k takes ``sigma_kc`` hours of a GPU and the energy
    ``P0_k eps_kc``; slowed users submit more in the next hour (``WorkClass.rebound``). What is not done waits. A GPU
    that does nothing draws its idle power. Carbon, and what waiting and changes of caps count, are minimised.

    Parameters
    ----------
    pools : tuple of GpuPool
        GPUs.
    classes : tuple of WorkClass [K]
        Work.
    start_utc : str
        Beginning of hour 0.
    carbon : CarbonTrace
        Covers the horizon.
    pue : float array [T]
        Power usage effectiveness, which carbon is multiplied by.
    price_g_per_kwh : float array [T], optional
        What electricity costs, in grams at the operator's price of carbon; added to the intensity.
    power_limit_w : float array [T], optional
        Most power of all GPUs together; no limit by default.
    hall : Hall, optional
        Temperature and its limit; none by default.
    backlog_g_per_gpu_h : float
        What a GPU-hour of work that waits at the end of an hour counts.
    final_backlog_g_per_gpu_h : float
        What it counts more at the end of the last hour.
    change_g : float
        What a change of a class's cap counts; with mixed caps, of the share of GPUs that change.
    mixed : bool
        Whether the GPUs of a class may be under different caps in the same hour. Users then feel the mean slowdown.
    """

    family: Literal["power_cap"] = "power_cap"
    schema_version: Literal[1] = 1
    pools: tuple[GpuPool, ...]
    classes: tuple[WorkClass, ...]
    start_utc: str
    carbon: CarbonTrace
    pue: Pue
    price_g_per_kwh: Price | None = None
    power_limit_w: Watts | None = None
    hall: Hall | None = None
    backlog_g_per_gpu_h: Rate
    final_backlog_g_per_gpu_h: Rate
    change_g: Rate = 0.0
    mixed: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [f"{what} is empty; give at least one" for what in ("pools", "classes") if not getattr(self, what)]
        problems += [f"classes names {entry.name} twice; rename one" for index, entry in enumerate(self.classes)
                     if entry.name in [other.name for other in self.classes[:index]]]
        if not 1 <= self.hours <= MOST_HOURS:
            problems.append(f"pue has {self.hours} hours; give 1 to {MOST_HOURS}")
        hourly = {"price_g_per_kwh": self.price_g_per_kwh, "power_limit_w": self.power_limit_w,
                  "hall.ambient_c": None if self.hall is None else self.hall.ambient_c}
        hourly |= {f"submitted_gpu_h of {entry.name}": entry.submitted_gpu_h for entry in self.classes}
        problems += [f"{name} has {len(values)} hours and pue {self.hours}; give as many of each"
                     for name, values in hourly.items() if values is not None and len(values) != self.hours]
        problems += [f"{entry.name} runs on pool {entry.pool} of {len(self.pools)}, counted from 0; correct it"
                     for entry in self.classes if entry.pool >= len(self.pools)]
        problems += [] if problems else self._idle_problems()
        if problems:
            raise ValueError(" | ".join(problems))
        self.intensity_g_per_kwh  # noqa: B018 - refuses a trace that does not cover the horizon
        return self

    @property
    def hours(self) -> int:
        """Number T of hours."""
        return len(self.pue)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of a schedule's arrays: classes, hours, and the most caps that a class has."""
        return len(self.classes), self.hours, max(len(entry.cap_w) for entry in self.classes)

    @property
    def gpus(self) -> int:
        """GPUs of all pools."""
        return sum(pool.gpus for pool in self.pools)

    @cached_property
    def intensity_g_per_kwh(self) -> FloatArray:
        """Mean intensity of every hour, float array [T]."""
        return self.carbon.means(self.start_utc, HOUR_S, self.hours)

    def _idle_problems(self) -> list[str]:
        """Name the first class of each pool whose work takes less power than an idle GPU."""
        problems = []
        for place, pool in enumerate(self.pools):
            mine = [entry for entry in self.classes if entry.pool == place]
            least_w = np.array([float(entry.curve.power_at(entry.cap_w).min()) for entry in mine])
            low = np.flatnonzero(pool.idle_power_w > least_w * (1 + 1e-9))
            if len(low):
                first = int(low[0])
                problems.append(f"idle_power_w of pool {place} is {pool.idle_power_w:g} W, and a busy GPU of "
                                f"{mine[first].name} draws {least_w[first]:.6g} under a cap; lower it to "
                                f"{least_w.min():.6g} at most")
        return problems
