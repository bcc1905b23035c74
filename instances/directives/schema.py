"""The directives instance: what answers of each length cost and are worth, requests, carbon and quality rules."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, array_field
from ecoopt.core.instance import Instance
from ecoopt.instances.directives.rules import MOST_HOURS, Evaluator, Fleet, Region, Window
from ecoopt.instances.variants import Name

HOUR_S = 3600
LEAST_LIKED = 1e-9
"""Least preference of level 0, which qualities are divided by."""
_SUM_SLACK = 1e-9

Table = Annotated[FloatArray, *array_field(np.float64, 2, ge=0, le=1e9)]
Mix = Annotated[FloatArray, *array_field(np.float64, 3, ge=0, le=1)]
Requests = Annotated[FloatArray, *array_field(np.float64, 2, ge=0, le=1e12)]


class DirectivesInstance(Instance):
    """Which share of the requests of an LLM service gets which generation directive, hour by hour (Sprout, EMNLP'24).

    R regions, T hours, D classes of requests, L levels. A level is a directive that asks for answers of a length; level
    0 asks for none and is what quality is measured against. The *quality* of an hour is
    ``sum_d m_d sum_l q_dl x_dl / sum_d m_d q_d0`` with the hour's mix m and the shares x. Carbon is minimised. The
    hourly rule asks every hour for the quality ``1 - tolerance * (k - least) / (most - least)`` at the intensity k, the
    last fraction kept in 0..1, and for `hourly_floor`; each window for ``1 - loss`` on average over its requests.

    Parameters
    ----------
    classes, levels : tuple of str [D], [L]
        Names.
    energy_kwh, time_s : float array [D, L]
        Mean energy and GPU time of a request.
    preference : float array [D, L]
        Share of the class's users who like the level best, or any other measure of quality; at least 1e-9 at level 0.
    regions : tuple of Region [R]
        One, or as many as the fleet has.
    start_utc : str
        Beginning of hour 0.
    requests : float array [R, T]
        Requests by origin and hour.
    mix : float array [R, T, D]
        Shares of the classes among them.
    embodied_g_per_s : float
        Embodied carbon of a GPU by the second: that it is busy, or with a fleet, that it is on.
    pue : float
        Power usage effectiveness; the network has none.
    class_aware : bool
        Whether a request's class is known when its level is chosen.
    integer : bool
        Whether all requests of an hour, an origin and, if it is known, a class get one level in one region.
    tolerance : float, optional
        Of the published hourly rule (its xi), in 0..1; no such rule by default.
    hourly_floor : float
        Least quality of every hour, in 0..1.
    windows : tuple of Window
        Each holds for every origin; two of them are nested or have no hour in common.
    evaluator : Evaluator, optional
        Where given, the hourly rules hold for the preferences believed, and evaluations are to be scheduled; windows
        hold for the true ones. Not with known classes, whose preferences do not change, nor with a fleet.
    fleet : Fleet, optional
        Where given, requests may be served in other regions, and GPUs are counted.
    """

    family: Literal["directives"] = "directives"
    schema_version: Literal[1] = 1
    classes: tuple[Name, ...]
    levels: tuple[Name, ...]
    energy_kwh: Table
    time_s: Table
    preference: Table
    regions: tuple[Region, ...]
    start_utc: str
    requests: Requests
    mix: Mix
    embodied_g_per_s: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    pue: Annotated[float, Field(ge=1, le=10)] = 1.0
    class_aware: bool = False
    integer: bool = False
    tolerance: Annotated[float, Field(ge=0, le=1)] | None = None
    hourly_floor: Annotated[float, Field(ge=0, le=1)] = 0.0
    windows: tuple[Window, ...] = ()
    evaluator: Evaluator | None = None
    fleet: Fleet | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*self._table_problems(), *self._request_problems(), *self._window_problems(),
                    *self._part_problems()]
        if problems:
            raise ValueError(" | ".join(problems))
        self.intensity_g_per_kwh  # noqa: B018 - refuses a trace that does not cover the horizon
        return self

    @property
    def hours(self) -> int:
        """Number T of hours."""
        return int(self.requests.shape[1])

    @property
    def groups(self) -> int:
        """Number of groups of requests told apart when levels are chosen: the classes where they are known, else 1."""
        return len(self.classes) if self.class_aware else 1

    @property
    def share_shape(self) -> tuple[int, int, int, int, int]:
        """Shape of a schedule's shares: origins, hours, groups, regions, levels."""
        regions = len(self.regions)
        return regions, self.hours, self.groups, regions, len(self.levels)

    @cached_property
    def intensity_g_per_kwh(self) -> FloatArray:
        """Mean intensity of every hour, float array [R, T]."""
        return np.array([region.carbon.means(self.start_utc, HOUR_S, self.hours) for region in self.regions])

    def _table_problems(self) -> list[str]:
        shape = (len(self.classes), len(self.levels))
        problems = [f"{what} is empty; give at least one" for what in ("classes", "levels") if not getattr(self, what)]
        problems += [f"{what} names {name} twice; rename one" for what in ("classes", "levels")
                     for index, name in enumerate(getattr(self, what)) if name in getattr(self, what)[:index]]
        wrong = [name for name in ("energy_kwh", "time_s", "preference") if getattr(self, name).shape != shape]
        problems += [f"{name} has shape {list(getattr(self, name).shape)}; give {list(shape)}: classes, levels"
                     for name in wrong]
        if not wrong and min(shape) and (self.preference[:, 0] < LEAST_LIKED).any():
            problems.append(f"preference of level 0 is below {LEAST_LIKED:g} in a class; correct it")
        return problems

    def _request_problems(self) -> list[str]:
        regions, hours = self.requests.shape
        if regions != len(self.regions) or not 1 <= hours <= MOST_HOURS:
            return [f"requests has shape {[regions, hours]}; give one row for each of {len(self.regions)} regions and "
                    f"1 to {MOST_HOURS} hours"]
        problems = [] if self.requests.any() else ["requests has no request; give some"]
        if self.mix.shape != (regions, hours, len(self.classes)):
            return [*problems, f"mix has shape {list(self.mix.shape)}; give {[regions, hours, len(self.classes)]}"]
        off = np.argwhere(np.abs(self.mix.sum(axis=2) - 1) > _SUM_SLACK)
        if len(off):
            problems.append(f"mix of region {off[0][0]} in hour {off[0][1]} does not add up to 1 ({len(off)} such "
                            "hours); correct it")
        return problems

    def _window_problems(self) -> list[str]:
        problems = [f"window {window.start_h}..{window.end_h} ends after hour {self.hours}; cut it"
                    for window in self.windows if window.end_h > self.hours]
        # In order of start, the longer first, a window must end within the last one that has begun and not ended.
        around: list[Window] = []
        for window in sorted(self.windows, key=lambda one: (one.start_h, -one.end_h)):
            while around and around[-1].end_h <= window.start_h:
                around.pop()
            if around and around[-1].end_h < window.end_h:
                problems.append(f"windows {around[-1].start_h}..{around[-1].end_h} and {window.start_h}.."
                                f"{window.end_h} cross; nest them or keep them apart")
            around.append(window)
        return problems

    def _part_problems(self) -> list[str]:
        problems = [f"regions names {region.name} twice; rename one" for index, region in enumerate(self.regions)
                    if region.name in [other.name for other in self.regions[:index]]]
        if self.fleet is None and len(self.regions) != 1:
            problems.append(f"there are {len(self.regions)} regions and no fleet; give a fleet, or one region")
        if self.fleet is not None and len(self.fleet.gpus) != len(self.regions):
            problems.append(f"fleet has {len(self.fleet.gpus)} regions; give {len(self.regions)}")
        if self.evaluator is not None and (self.class_aware or self.fleet is not None):
            problems.append("evaluator goes with one region, no fleet and unknown classes; remove it, or them")
        return problems
