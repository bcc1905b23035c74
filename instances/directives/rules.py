"""What a directives instance is made of: regions, quality windows, the evaluator, and the fleet of GPUs."""

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, IntArray, array_field
from ecoopt.core.record import Record
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.variants import Name

MOST_HOURS, MOST_GPUS = 100_000, 1_000_000
Intensity = Annotated[float, Field(ge=0, le=1e5)]
Gpus = Annotated[IntArray, *array_field(np.int64, ge=0, le=MOST_GPUS)]
Square = Annotated[FloatArray, *array_field(np.float64, 2, ge=0, le=1e9)]


class Region(Record):
    """Where requests come from and where GPUs are.

    Parameters
    ----------
    name : str
        For people.
    carbon : CarbonTrace
        Covers the horizon.
    least_g_per_kwh, most_g_per_kwh, mean_g_per_kwh : float
        Least, greatest and mean intensity of the year; the published hourly rule is set by the first two.
    """

    name: Name
    carbon: CarbonTrace
    least_g_per_kwh: Intensity
    most_g_per_kwh: Intensity
    mean_g_per_kwh: Intensity

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.least_g_per_kwh <= self.mean_g_per_kwh <= self.most_g_per_kwh:
            raise ValueError("the year's least, mean and greatest intensity are not in order; correct them")
        return self


class Window(Record):
    """A stretch of hours over which quality is budgeted.

    Parameters
    ----------
    start_h, end_h : int
        First hour, and the hour after the last.
    loss : float
        Share of quality that may be lost on average over the window's requests, in 0..1.
    """

    start_h: Annotated[int, Field(ge=0, le=MOST_HOURS)]
    end_h: Annotated[int, Field(ge=1, le=MOST_HOURS)]
    loss: Annotated[float, Field(ge=0, le=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.start_h >= self.end_h:
            raise ValueError(f"window {self.start_h}..{self.end_h} holds no hour; give an end_h after start_h")
        return self


class Evaluator(Record):
    """The judge who learns which level users prefer; between evaluations the preferences of the last one are believed.

    Parameters
    ----------
    prompts : int
        Prompts of the current mix that are answered at every level.
    judge_kwh : float
        Energy of judging them, in kWh.
    least_gap_h, most_gap_h : int
        Hours from one evaluation to the next; the first is in hour 0, the last at most `most_gap_h` before the end.
    """

    prompts: Annotated[int, Field(ge=0, le=10**9)] = 1000
    judge_kwh: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    least_gap_h: Annotated[int, Field(ge=1, le=MOST_HOURS)] = 7
    most_gap_h: Annotated[int, Field(ge=1, le=MOST_HOURS)] = 72

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.least_gap_h > self.most_gap_h:
            raise ValueError("least_gap_h is above most_gap_h; exchange them")
        return self


class Fleet(Record):
    """GPUs in every region, and the ways between regions. R regions.

    Parameters
    ----------
    gpus : int array [R]
        Most GPUs that can be on.
    idle_power_w : float
        Power of a GPU that is on and serves nothing.
    utilisation : float
        Share of the time that GPUs that are on may be busy, in (0, 1].
    ramp_gpus : int, optional
        Most GPUs switched on or off in a region from one hour to the next; no limit by default.
    initial_gpus : int array [R], optional
        GPUs on before the first hour; by default those of the first hour.
    rtt_ms : float array [R, R]
        Round trip from users of a region (row) to GPUs of another (column).
    rtt_limit_ms : float
        Longest round trip allowed; GPUs at home always are.
    network_kwh : float array [R, R]
        Energy of carrying a request there and back, drawn where it is served; 0 at home.
    """

    gpus: Gpus
    idle_power_w: Annotated[float, Field(ge=0, le=1e6)]
    utilisation: Annotated[float, Field(gt=0, le=1)] = 0.8
    ramp_gpus: Annotated[int, Field(ge=0, le=MOST_GPUS)] | None = None
    initial_gpus: Gpus | None = None
    rtt_ms: Square
    rtt_limit_ms: Annotated[float, Field(ge=0, le=1e9)]
    network_kwh: Square

    @model_validator(mode="after")
    def _check(self) -> Self:
        regions = len(self.gpus)
        problems = [f"{name} has shape {list(table.shape)}; give {[regions, regions]}"
                    for name, table in (("rtt_ms", self.rtt_ms), ("network_kwh", self.network_kwh))
                    if table.shape != (regions, regions)]
        if not problems and np.diag(self.network_kwh).any():
            problems.append("network_kwh is not 0 at home; set the diagonal to 0")
        if self.initial_gpus is not None and len(self.initial_gpus) != regions:
            problems.append(f"initial_gpus has {len(self.initial_gpus)} entries; give {regions}")
        if problems:
            raise ValueError(" | ".join(problems))
        return self
