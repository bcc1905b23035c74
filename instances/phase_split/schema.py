"""The phase-split instance: classes of requests, machines in regions, their times by class, and what an hour costs."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import (
    FloatArray,
    IndexVector,
    IntArray,
    NonNegativeMatrix,
    NonNegativeVector,
    PositiveMatrix,
    PositiveVector,
    array_field,
)
from ecoopt.core.instance import Instance
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware.generation import Name
from ecoopt.instances.phase_split.parts import MachineType, WaitRule

HOUR_S = 3600
MOST_PERIODS, MOST_REGIONS, MOST_TYPES, MOST_CLASSES, MOST_MACHINES = 2_000, 50, 50, 5_000, 100_000
LARGEST = 1e12

Pool = Literal["prefill", "decode", "whole", "node"]
Counts = Annotated[IntArray, *array_field(np.int64, 2, ge=0, le=MOST_MACHINES)]
Pue = Annotated[FloatArray, *array_field(np.float64, ge=1, le=10)]


class PhaseSplitInstance(Instance):
    """How many machines of each type serve prompts and tokens of a language model, where, hour by hour.

    K classes of requests, R regions, H types, S scenarios of T hours each: P = S T periods, scenario by scenario. A
    request's prompt is worked on (prefill), then its output tokens one by one (decode). A pool `prefill` does the one,
    `decode` the other, in the same region; a pool `whole` does both on the same machine; a `node` has machines of both
    kinds, and a request stays on it. A pool serves a class only in time: network and prompt within the limit of the
    first token, a token within the limit between tokens. What a pool has to do, in machines, is at most its safe load.
    Minimised is the expected carbon (kg) or cost of all hours.

    Parameters
    ----------
    pools : tuple of {"prefill", "decode", "whole", "node"} [Q]
        Pools there may be.
    classes : tuple of str [K]
        Names of the classes.
    prompt_tokens, output_tokens : float array [K]
        Mean lengths.
    origin : int array [K]
        Region where the requests come from.
    first_token_limit_s, token_limit_s : float array [K]
        Limits of the time to the first token, and between tokens.
    probability : float array [S]
        Of each scenario; sums to 1.
    rate_per_s : float array [P, K]
        Requests per second.
    regions : tuple of str [R]
        Names.
    latency_s : float array [R, R]
        Time of the network from origin to region, there and back.
    carbon : tuple of CarbonTrace [R]
        Each covers the hours.
    start_utc : str
        Beginning of the first hour.
    price_per_kwh : float array [T, R]
        Of electricity.
    pue : float array [R]
        Power usage effectiveness.
    power_limit_w : float array [R], optional
        Most power of a region's machines that are on, overhead included.
    types : tuple of MachineType [H]
        Types of machine.
    inventory : int array [R, H]
        Most machines of each type.
    first_token_s : float array [H, K]
        Time of a prompt that is not disturbed.
    prefill_s : float array [H, K]
        Machine time a prompt takes.
    token_s : float array [H, K]
        Time between tokens in the largest batch that keeps the limit and fits.
    decode_s : float array [H, K]
        Machine time of all tokens of a request in that batch.
    whole_token_s, whole_s : float array [H, K]
        Time between tokens, and machine time of a request, on a machine that does both.
    kv_gb_per_token : float
        Key-value cache of a token of the prompt, which is sent from prefill to decode.
    utilisation : float
        Most share of a machine's time that may be asked of it.
    wait : WaitRule, optional
        Limits the load further.
    objective : {"carbon", "cost"}
        What is minimised.
    owned : bool
        Whether machines are bought once for all hours and scenarios, so that rent and embodied carbon are those of the
        most ever on; by default they are those of the machines on.
    """

    family: Literal["phase_split"] = "phase_split"
    schema_version: Literal[1] = 1
    pools: tuple[Pool, ...]
    classes: tuple[Name, ...]
    prompt_tokens: NonNegativeVector
    output_tokens: NonNegativeVector
    origin: IndexVector
    first_token_limit_s: PositiveVector
    token_limit_s: PositiveVector
    probability: PositiveVector = np.ones(1)
    rate_per_s: NonNegativeMatrix
    regions: tuple[Name, ...]
    latency_s: NonNegativeMatrix
    carbon: tuple[CarbonTrace, ...]
    start_utc: str
    price_per_kwh: NonNegativeMatrix
    pue: Pue
    power_limit_w: NonNegativeVector | None = None
    types: tuple[MachineType, ...]
    inventory: Counts
    first_token_s: PositiveMatrix
    prefill_s: PositiveMatrix
    token_s: PositiveMatrix
    decode_s: PositiveMatrix
    whole_token_s: PositiveMatrix
    whole_s: PositiveMatrix
    kv_gb_per_token: Annotated[float, Field(ge=0, le=1e3)] = 0.0
    utilisation: Annotated[float, Field(gt=0, le=1)] = 0.75
    wait: WaitRule | None = None
    objective: Literal["carbon", "cost"] = "carbon"
    owned: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*_size_problems(self)]
        if not problems:
            problems = [*_shape_problems(self), *_value_problems(self)]
        if problems:
            raise ValueError(" | ".join(problems))
        self.intensity_g_per_kwh  # noqa: B018 - refuses traces that do not cover the hours
        return self

    @property
    def hours(self) -> int:
        """Number T of hours of a scenario."""
        return len(self.price_per_kwh)

    @property
    def periods(self) -> int:
        """Number P of periods."""
        return len(self.rate_per_s)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape of a schedule's machines: periods, pools, regions, types."""
        return self.periods, len(self.pools), len(self.regions), len(self.types)

    @property
    def share_shape(self) -> tuple[int, int, int, int, int]:
        """Shape of a schedule's shares: periods, pools, classes, regions, types."""
        return self.periods, len(self.pools), len(self.classes), len(self.regions), len(self.types)

    @cached_property
    def weight_h(self) -> FloatArray:
        """Expected hours of each period, float array [P]: its scenario's probability."""
        return np.repeat(self.probability, self.hours)

    @cached_property
    def hour(self) -> IntArray:
        """Hour of each period, int array [P]."""
        return np.arange(self.periods, dtype=np.int64) % self.hours

    @cached_property
    def intensity_g_per_kwh(self) -> FloatArray:
        """Mean carbon intensity of every hour, float array [T, R]."""
        return np.stack([trace.means(self.start_utc, HOUR_S, self.hours) for trace in self.carbon], axis=1)


def _size_problems(instance: PhaseSplitInstance) -> list[str]:
    """Return everything of which there are too few or too many."""
    sizes = (("classes", len(instance.classes), MOST_CLASSES), ("regions", len(instance.regions), MOST_REGIONS),
             ("types", len(instance.types), MOST_TYPES), ("rate_per_s", instance.periods, MOST_PERIODS),
             ("probability", len(instance.probability), MOST_PERIODS), ("price_per_kwh", instance.hours, MOST_PERIODS),
             ("pools", len(instance.pools), 4))
    problems = [f"{field} has {number} entries; give 1 to {most}" for field, number, most in sizes
                if not 1 <= number <= most]
    for field, names in (("classes", instance.classes), ("regions", instance.regions), ("pools", instance.pools),
                         ("types", tuple(kind.name for kind in instance.types))):
        if len(set(names)) < len(names):
            problems.append(f"{field} are not distinct; rename the duplicates")
    if ("prefill" in instance.pools) != ("decode" in instance.pools):
        problems.append("pools has one of prefill and decode; give both or neither")
    return problems


def _shape_problems(instance: PhaseSplitInstance) -> list[str]:
    """Return every array of the wrong shape."""
    classes, regions, kinds = len(instance.classes), len(instance.regions), len(instance.types)
    wanted: dict[str, tuple[int, ...]] = {
        "rate_per_s": (len(instance.probability) * instance.hours, classes), "latency_s": (regions, regions),
        "carbon": (regions,), "price_per_kwh": (instance.hours, regions), "pue": (regions,),
        "inventory": (regions, kinds)}
    wanted |= dict.fromkeys(
        ("prompt_tokens", "output_tokens", "origin", "first_token_limit_s", "token_limit_s"), (classes,))
    wanted |= dict.fromkeys(
        ("first_token_s", "prefill_s", "token_s", "decode_s", "whole_token_s", "whole_s"), (kinds, classes))
    if instance.power_limit_w is not None:
        wanted["power_limit_w"] = (regions,)
    found = {field: np.shape(getattr(instance, field)) if field != "carbon" else (len(instance.carbon),)
             for field in wanted}
    return [f"{field} has shape {found[field]}; give {shape}" for field, shape in wanted.items()
            if found[field] != shape]


def _value_problems(instance: PhaseSplitInstance) -> list[str]:
    """Return numbers that make no sense."""
    problems = []
    if not np.isclose(instance.probability.sum(), 1.0, rtol=0, atol=1e-9):
        problems.append(f"probability sums to {instance.probability.sum():.9g}; make it 1")
    if len(instance.origin) and instance.origin.max() >= len(instance.regions):
        problems.append(f"origin names region {instance.origin.max()} of {len(instance.regions)}, counted from 0; "
                        "correct it")
    problems += [f"{field} has an entry above {LARGEST:g}; check the units" for field in (
        "rate_per_s", "prompt_tokens", "output_tokens", "latency_s", "price_per_kwh", "first_token_s", "prefill_s",
        "token_s", "decode_s", "whole_token_s", "whole_s", "first_token_limit_s", "token_limit_s")
        if (getattr(instance, field) > LARGEST).any()]
    return problems
