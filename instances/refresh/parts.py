"""What a refresh instance is made of: hardware generations, sites, workloads, and the GPUs there are at first."""

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, IntArray, array_field
from ecoopt.core.record import Record
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.carbon.trace import IntensityVector
from ecoopt.instances.hardware import Gpu, HardwareGeneration
from ecoopt.instances.variants import Name

MOST_PERIODS, MOST_GPUS = 10_000, 10_000_000
G_PER_KG = 1000.0
Counts = Annotated[IntArray, *array_field(np.int64, ge=0, le=MOST_GPUS)]
PerGeneration = Annotated[FloatArray, *array_field(np.float64, ge=0, le=1e9)]
Hours = Annotated[FloatArray, *array_field(np.float64, gt=0, le=1e9)]
Demand = Annotated[FloatArray, *array_field(np.float64, ge=0, le=1e12)]
Period = Annotated[int, Field(ge=0, le=MOST_PERIODS)]


class Generation(Record):
    """A generation of GPUs that can be bought or is there already.

    Parameters
    ----------
    name : str
        For people.
    hardware : Gpu or HardwareGeneration, optional
        What a unit is: a board, or a whole box. It gives embodied carbon and idle power where these are left out.
    embodied_g : float, optional
        Embodied carbon of a unit, its share of the node included.
    idle_w : float, optional
        Power of a unit that is there and serves nothing.
    life_periods : int
        Periods a unit may serve.
    first_period, last_period : int, int or None
        First and last period in which it can be bought; no last one by default.
    price : float
        Of a unit, in the currency of the budget.
    second_life : float
        Share, in 0..1, of its embodied carbon by the period that is credited for each period of its life and of the
        horizon in which a retired unit serves somebody else.
    """

    name: Name
    hardware: Gpu | HardwareGeneration | None = None
    embodied_g: Annotated[float, Field(ge=0, le=1e12)] | None = None
    idle_w: Annotated[float, Field(ge=0, le=1e9)] | None = None
    life_periods: Annotated[int, Field(ge=1, le=MOST_PERIODS)]
    first_period: Period = 0
    last_period: Period | None = None
    price: Annotated[float, Field(ge=0, le=1e12)] = 0.0
    second_life: Annotated[float, Field(ge=0, le=1)] = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = []
        if self._embodied_kg is None and self.embodied_g is None:
            problems.append("embodied_g is not given, nor known of the hardware; give it")
        if self._hardware_idle_w is None and self.idle_w is None:
            problems.append("idle_w is not given, nor known of the hardware; give it")
        if self.last_period is not None and self.last_period < self.first_period:
            problems.append("last_period is before first_period; exchange them")
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @property
    def unit_g(self) -> float:
        """Embodied carbon of a unit, in g."""
        return self.embodied_g if self.embodied_g is not None else (self._embodied_kg or 0.0) * G_PER_KG

    @property
    def unit_idle_w(self) -> float:
        """Idle power of a unit, in W."""
        return self.idle_w if self.idle_w is not None else self._hardware_idle_w or 0.0

    @property
    def _embodied_kg(self) -> float | None:
        if isinstance(self.hardware, HardwareGeneration):
            return self.hardware.embodied.total_kg
        return None if self.hardware is None else self.hardware.embodied_kg

    @property
    def _hardware_idle_w(self) -> float | None:
        if isinstance(self.hardware, HardwareGeneration):
            return self.hardware.idle_cpu_w + self.hardware.idle_dram_w
        return None if self.hardware is None else self.hardware.idle_w


class Site(Record):
    """Where GPUs stand.

    Parameters
    ----------
    name : str
        For people.
    carbon : CarbonTrace, optional
        Covers the horizon; periods have its means.
    intensity_g_per_kwh : float array [T], optional
        Mean intensity of every period, in place of a trace.
    pue : float
        Power usage effectiveness.
    utilisation : float
        Share of the time that GPUs may be busy, in (0, 1].
    most_purchases : int array [T], optional
        Most GPUs of all generations that can be bought in each period; no limit by default.
    """

    name: Name
    carbon: CarbonTrace | None = None
    intensity_g_per_kwh: IntensityVector | None = None
    pue: Annotated[float, Field(ge=1, le=10)] = 1.0
    utilisation: Annotated[float, Field(gt=0, le=1)] = 1.0
    most_purchases: Counts | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.carbon is None) == (self.intensity_g_per_kwh is None):
            raise ValueError("carbon and intensity_g_per_kwh are both given or both missing; give one of them")
        return self


class Workload(Record):
    """A kind of work, counted in units.

    Parameters
    ----------
    name : str
        For people.
    energy_kwh, gpu_h : float array [G]
        Energy and GPU time of a unit on each generation, energy as measured while it runs, idle power included.
    demand : float array [T]
        Units to be served in each period.
    home : str, optional
        Site that the work belongs to; by default it may be served anywhere.
    moving_kwh : float, optional
        Energy of carrying a unit from home to another site, drawn there; without it work stays at home.
    """

    name: Name
    energy_kwh: PerGeneration
    gpu_h: Hours
    demand: Demand
    home: Name | None = None
    moving_kwh: Annotated[float, Field(ge=0, le=1e9)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.moving_kwh is not None and self.home is None:
            raise ValueError("moving_kwh is given without a home; remove it, or give one")
        return self


class Stock(Record):
    """GPUs that are there before the first period.

    Parameters
    ----------
    generation, site : str
        What and where.
    age_periods : int
        Periods they have served.
    count : int
        How many.
    """

    generation: Name
    site: Name
    age_periods: Period = 0
    count: Annotated[int, Field(ge=0, le=MOST_GPUS)]
