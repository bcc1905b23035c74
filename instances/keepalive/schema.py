"""The keep-alive instance: functions, server generations, calls per minute, carbon, and what is to be minimised."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, StringConstraints, model_validator

from ecoopt.core.arrays import FloatArray, IndexVector, NonNegativeMatrix, PositiveMatrix, PositiveVector
from ecoopt.core.instance import Instance
from ecoopt.core.record import Record
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import HardwareGeneration
from ecoopt.instances.keepalive.invocations import Invocations

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class FunctionProfiles(Record):
    """What one call and one container of each kind of function need, on each generation.

    P profiles, G generations; several functions may share a profile.

    Parameters
    ----------
    names : tuple of str [P]
        Names of the profiles.
    memory_gb : float array [P]
        Memory of one container.
    warm_s : float array [P, G]
        Execution time of a warm call.
    cold_start_s : float array [P, G]
        Extra time of a cold call.
    warm_cpu_j, warm_dram_j : float array [P, G]
        Energy of a warm execution: all CPU packages, all DRAM of the box.
    cold_start_cpu_j, cold_start_dram_j : float array [P, G]
        Extra energy of a cold start.
    """

    names: tuple[Name, ...]
    memory_gb: PositiveVector
    warm_s: PositiveMatrix
    cold_start_s: NonNegativeMatrix
    warm_cpu_j: NonNegativeMatrix
    warm_dram_j: NonNegativeMatrix
    cold_start_cpu_j: NonNegativeMatrix
    cold_start_dram_j: NonNegativeMatrix

    @model_validator(mode="after")
    def _check(self) -> Self:
        shape = self.warm_s.shape
        problems = [
            f"{name} has shape {list(table.shape)}, warm_s has {list(shape)}; give one row per profile and one column "
            "per generation"
            for name in type(self).model_fields if name not in ("names", "memory_gb")
            for table in [getattr(self, name)] if table.shape != shape]
        if not len(self.names) == len(self.memory_gb) == shape[0]:
            problems.append(f"{len(self.names)} names, {len(self.memory_gb)} memory_gb and {shape[0]} rows of warm_s; "
                            "give one of each per profile")
        if len(set(self.names)) < len(self.names):
            problems.append("names are not distinct; rename the duplicates")
        if problems:
            raise ValueError(" | ".join(problems))
        return self


class Weights(Record):
    """What a second and a gram are worth.

    ``paper`` (EcoLife, eq. of its fitness): every function's time, execution carbon and keep-alive carbon are divided
    by the function's own worst cold time, worst cold carbon and worst carbon of `reference_keep_min` minutes of
    keep-alive, both at `reference_intensity_g_per_kwh`; time weighs `time_weight`, carbon ``1 - time_weight``.
    ``grams``: the objective is total carbon in grams plus `grams_per_s` per second of service time.

    Parameters
    ----------
    normalisation : {"paper", "grams"}
        Which of the two.
    time_weight : float
        Lambda, in 0..1 (``paper``).
    reference_intensity_g_per_kwh : float
        Intensity at which the divisors are taken (``paper``).
    reference_keep_min : float
        Minutes of keep-alive in the divisor (``paper``); 7 in the published code.
    grams_per_s : float
        Price of a second (``grams``).
    """

    normalisation: Literal["paper", "grams"] = "paper"
    time_weight: Annotated[float, Field(ge=0, le=1)] = 0.5
    reference_intensity_g_per_kwh: Annotated[float, Field(gt=0, le=1e5)] = 300.0
    reference_keep_min: Annotated[float, Field(gt=0, le=1e4)] = 7.0
    grams_per_s: Annotated[float, Field(ge=0, le=1e6)] = 0.01


class KeepAliveInstance(Instance):
    """Where to run each call, and where and how long to keep its container warm.

    G generations, P profiles, F functions, T minutes. All calls of a minute are concurrent. After the calls of a cell,
    each of its containers may be kept warm on a generation for up to ``max(keep_alive_menu_min)`` minutes; it then
    occupies memory at the end of every minute it waits and emits keep-alive carbon. A call finding a container of its
    function waiting on the generation it runs on starts warm.

    Parameters
    ----------
    generations : tuple of HardwareGeneration [G]
        The server generations.
    pool_memory_gb : float array [G]
        Memory for waiting containers on each generation.
    profiles : FunctionProfiles
        Needs of P kinds of functions.
    function_profile : int array [F]
        Profile of each function.
    function_names : tuple of str [F], optional
        Names for people.
    start_utc : str
        Beginning of minute 0, ``YYYY-MM-DDTHH:MM:SSZ``.
    carbon : CarbonTrace
        Covers the horizon.
    invocations : Invocations
        Calls of the F functions in the T minutes.
    history : Invocations, optional
        Calls of the same functions in the minutes just before; online methods may look at them.
    keep_alive_menu_min : int array
        Keep-alive times that online policies choose from, in minutes.
    weights : Weights
        The objective.
    accounting : {"physical", "artifact"}
        ``physical``: intensity is integrated over the wait, a wait cut by the horizon pays up to it. ``artifact`` (as
        EcoLife's published code): intensity is frozen at the wait's first minute, a wait cut by the horizon is free.
    containers : {"release", "persist"}
        At a call, waiting containers of the function that serve none are released, or may be kept on.
    relocation : bool
        Whether a container that has just executed may be kept on another generation; only ``persist`` may forbid it.
    """

    family: Literal["keepalive"] = "keepalive"
    schema_version: Literal[1] = 1
    generations: tuple[HardwareGeneration, ...]
    pool_memory_gb: PositiveVector
    profiles: FunctionProfiles
    function_profile: IndexVector
    function_names: tuple[Name, ...] | None = None
    start_utc: str
    carbon: CarbonTrace
    invocations: Invocations
    history: Invocations | None = None
    keep_alive_menu_min: IndexVector = Field(default_factory=lambda: np.arange(31), validate_default=True)
    weights: Weights = Weights()
    accounting: Literal["physical", "artifact"] = "physical"
    containers: Literal["release", "persist"] = "release"
    relocation: bool = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = []
        generations, functions = len(self.generations), len(self.function_profile)
        if not 1 <= generations <= 16:
            problems.append(f"{generations} generations; give 1 to 16")
        if len(self.pool_memory_gb) != generations:
            problems.append(f"pool_memory_gb has {len(self.pool_memory_gb)} entries for {generations} generations")
        if self.profiles.warm_s.shape[1] != generations:
            problems.append(f"profiles has {self.profiles.warm_s.shape[1]} columns for {generations} generations")
        if functions and self.function_profile.max() >= len(self.profiles.names):
            highest, known = self.function_profile.max(), len(self.profiles.names)
            problems.append(f"function_profile names profile {highest} of {known}, counted from 0; correct it")
        if self.function_names is not None and len(self.function_names) != functions:
            problems.append(f"function_names has {len(self.function_names)} entries for {functions} functions")
        for field in ("invocations", "history"):
            calls = getattr(self, field)
            if calls is not None and calls.functions != functions:
                problems.append(f"{field} has {calls.functions} functions, function_profile has {functions}")
        menu = self.keep_alive_menu_min
        if not len(menu) or menu[0] != 0 or (np.diff(menu) <= 0).any() or menu[-1] > 1440:
            problems.append("keep_alive_menu_min must start at 0 and increase to at most 1440; correct it")
        if self.containers == "release" and not self.relocation:
            problems.append("containers 'release' implies relocation; set it to true or containers to 'persist'")
        if problems:
            raise ValueError(" | ".join(problems))
        self.intensity_g_per_kwh  # noqa: B018 - refuses a trace that does not cover the horizon
        return self

    @cached_property
    def intensity_g_per_kwh(self) -> FloatArray:
        """Mean intensity of each minute, float array [T]."""
        return self.carbon.per_minute(self.start_utc, self.invocations.horizon_min)

    @property
    def max_keep_min(self) -> int:
        """Longest time a container may be kept."""
        return int(self.keep_alive_menu_min[-1])

    @property
    def cell_profile(self) -> np.ndarray:
        """Profile of each cell, int array [C]."""
        profile: np.ndarray = self.function_profile[self.invocations.cell_function]
        return profile
