"""What a fleet of language models is made of: configurations, request classes, sites."""

from typing import Annotated, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from ecoopt.core.arrays import FloatArray, IntArray, array_field
from ecoopt.core.record import Record
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.variants import Name

MOST_GPUS = 1_000_000
Whole = Annotated[int, Field(ge=1, le=MOST_GPUS, strict=True)]
Positive = Annotated[float, Field(gt=0, le=1e9)]
Watts = Annotated[float, Field(ge=0, le=1e9)]
Demand = Annotated[FloatArray, *array_field(np.float64, ge=0, le=1e9)]
Pool = Annotated[IntArray, *array_field(np.int64, ge=0, le=MOST_GPUS)]


class Configuration(Record):
    """One way to run a model: the GPUs of a replica, its batch, how long its answers may be, and its power cap.

    Parameters
    ----------
    name : str
        For people.
    model, gpu : str
        Names among the instance's models and GPUs.
    shards : int
        GPUs of a replica.
    batch, length_tokens : int
        Answers made together, and most tokens of each.
    cap_w : float, optional
        Power cap of each GPU, none by default.
    tokens_per_s : float
        Most output tokens of a replica.
    power_w, idle_w : float
        Power of all GPUs of a replica at that rate, and with the model loaded and nothing to do.
    latency_s : float
        From a request to the end of its answer.
    measured : bool
        Whether it has been run as it is, so that the memory rule is not asked.
    source : str
        Where the figures come from; no part of the digest.
    """

    digest_excludes: ClassVar[frozenset[str]] = frozenset({"source"})

    name: Name
    model: Name
    gpu: Name
    shards: Whole
    batch: Whole
    length_tokens: Whole
    cap_w: Annotated[float, Field(gt=0, le=1e6)] | None = None
    tokens_per_s: Positive
    power_w: Watts
    idle_w: Watts
    latency_s: Positive
    measured: bool = False
    source: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.idle_w > self.power_w:
            raise ValueError(f"{self.name}: idle_w = {self.idle_w:g} is above power_w = {self.power_w:g}; correct one")
        return self

    @property
    def j_per_token(self) -> float:
        """Energy of an output token at full load, in joules."""
        return self.power_w / self.tokens_per_s


class RequestClass(Record):
    """Requests that ask for the same.

    Parameters
    ----------
    name : str
        For people.
    demand_per_s : float array [T]
        In each period: answers, or tokens where `tokens_each` is 1.
    tokens_each : float
        Output tokens of each on average.
    max_latency_s : float
        Longest time to the end of an answer.
    length_tokens : int
        Tokens that the longest answer takes; configurations for shorter ones will not do.
    model : str, optional
        The only model that will do.
    min_quality : float
        Least quality of a model that will do.
    mean_quality : float
        Least quality of a period's tokens on average.
    """

    name: Name
    demand_per_s: Demand
    tokens_each: Positive = 1.0
    max_latency_s: Positive
    length_tokens: Whole = 1
    model: Name | None = None
    min_quality: Annotated[float, Field(ge=0, le=1)] = 0.0
    mean_quality: Annotated[float, Field(ge=0, le=1)] = 0.0

    @property
    def tokens_per_s(self) -> FloatArray:
        """Output tokens asked for, float array [T]."""
        found: FloatArray = self.demand_per_s * self.tokens_each
        return found


class Site(Record):
    """Where GPUs are.

    Parameters
    ----------
    name : str
        For people.
    carbon : CarbonTrace
        Covers the horizon.
    gpus : int array [G]
        How many there are of each type.
    power_limit_w : float, optional
        Most power of all replicas together, all of them busy; no limit by default.
    pue : float
        Power usage effectiveness.
    """

    name: Name
    carbon: CarbonTrace
    gpus: Pool
    power_limit_w: Watts | None = None
    pue: Annotated[float, Field(ge=1, le=10)] = 1.0
