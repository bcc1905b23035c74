"""The pool instance: instance types to rent, models that share a budget, periods, and what is asked for."""

from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StringConstraints, model_validator

from ecoopt.core.arrays import (
    FloatArray,
    IntArray,
    NonNegativeMatrix,
    NonNegativeVector,
    PositiveMatrix,
    PositiveVector,
    array_field,
)
from ecoopt.core.instance import Instance
from ecoopt.core.record import Record
from ecoopt.instances.carbon import CarbonTrace

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Objective = Literal["throughput", "cost", "carbon"]
Counts = Annotated[IntArray, *array_field(np.int64, 2, ge=0, le=100_000)]

MOST_TYPES, MOST_MODELS, MOST_PERIODS, MOST_BINS, MOST_INSTANCES = 100, 100, 10_000, 10_000, 100_000
DEAREST, LONGEST_MS = 1e6, 1e9


class InstanceType(Record):
    """A kind of machine that is rented by the hour.

    Parameters
    ----------
    name : str
        Name.
    price_per_h : float
        List price of one, in dollars per hour.
    max_count : int
        How many there may be at a time, for all models together.
    idle_w, busy_w : float
        Power while it waits and while it works.
    embodied_g_per_h : float
        Embodied carbon charged per hour rented.
    """

    name: Name
    price_per_h: Annotated[float, Field(ge=0, le=DEAREST)]
    max_count: Annotated[int, Field(ge=0, le=MOST_INSTANCES)]
    idle_w: Annotated[float, Field(ge=0, le=DEAREST)] = 0.0
    busy_w: Annotated[float, Field(ge=0, le=DEAREST)] = 0.0
    embodied_g_per_h: Annotated[float, Field(ge=0, le=DEAREST)] = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.busy_w < self.idle_w:
            raise ValueError(f"busy_w = {self.busy_w:g} is below idle_w = {self.idle_w:g}; give the power of "
                             "a machine at work")
        return self


class ServedModel(Record):
    """A model whose queries come in batches, each served whole by one machine. K types, B bins of batch sizes.

    Parameters
    ----------
    name : str
        Name.
    qos_ms : float
        Time within which a query must be answered.
    batch : float array [B]
        Batch size of each bin, increasing.
    share : float array [B]
        Share of the queries in each bin; they add up to 1.
    latency_ms : float array [K, B]
        How long a machine of each type works on a query of each bin.
    weight : float
        Worth of a query per second (objective ``throughput``).
    demand_per_s : float array [T], optional
        Queries per second: to be served (``cost``, ``carbon``), or the most that count (``throughput``, where it may
        be left out: all that can be served count).
    load : float array [K, N], optional
        Entry [k, n] is how many machines' time n machines of type k may give so that their queues stay short; N is
        over every ``max_count``. By default all of it, n: queries never wait (the fluid reading).
    """

    name: Name
    qos_ms: Annotated[float, Field(gt=0, le=LONGEST_MS)]
    batch: PositiveVector
    share: NonNegativeVector
    latency_ms: PositiveMatrix
    weight: Annotated[float, Field(gt=0, le=DEAREST)] = 1.0
    demand_per_s: NonNegativeVector | None = None
    load: NonNegativeMatrix | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems, bins = [], len(self.batch)
        if not 1 <= bins <= MOST_BINS:
            problems.append(f"batch has {bins} bins; give 1 to {MOST_BINS}")
        if (np.diff(self.batch) <= 0).any():
            problems.append("batch does not increase; put the bins in order")
        if len(self.share) != bins:
            problems.append(f"share has {len(self.share)} entries for {bins} bins of batch")
        elif abs(self.share.sum() - 1) > 1e-6:
            problems.append(f"share adds up to {self.share.sum():.9g}; divide it by that")
        if self.latency_ms.shape[1] != bins:
            problems.append(f"latency_ms has {self.latency_ms.shape[1]} columns for {bins} bins of batch")
        if self.latency_ms.size and self.latency_ms.max() > LONGEST_MS:
            problems.append(f"latency_ms goes up to {self.latency_ms.max():g}; keep it within {LONGEST_MS:g}")
        if self.demand_per_s is not None and self.demand_per_s.size and self.demand_per_s.max() > DEAREST:
            problems.append(f"demand_per_s goes up to {self.demand_per_s.max():g}; keep it within {DEAREST:g}")
        if self.load is not None and self.load.size:
            problems += _load_problems(self.load)
        if problems:
            raise ValueError(" | ".join(problems))
        return self


class Trials(Record):
    """What was measured with real queries, by composition of the pool. N compositions, K types.

    Parameters
    ----------
    count : int array [N, K]
        Machines of each type.
    qos_percent : float array [N], optional
        Share of queries answered in time; for the objective ``cost``.
    least_qos_percent : float
        Share that is asked for.
    rate_per_s : float array [N], optional
        Allowable throughput; for the objective ``throughput``.
    """

    count: Counts
    qos_percent: NonNegativeVector | None = None
    least_qos_percent: Annotated[float, Field(gt=0, le=100)] = 99.0
    rate_per_s: NonNegativeVector | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [f"{name} has {len(column)} entries for {len(self.count)} compositions"
                    for name in ("qos_percent", "rate_per_s")
                    for column in [getattr(self, name)] if column is not None and len(column) != len(self.count)]
        if not len(self.count):
            problems.append("count is empty; give at least one composition")
        elif len(np.unique(self.count, axis=0)) < len(self.count):
            problems.append("count holds a composition twice; keep one")
        if problems:
            raise ValueError(" | ".join(problems))
        return self


class PoolInstance(Instance):
    """How many machines of each type to rent for each model, period by period, and which queries they serve.

    K types, M models, T periods. A machine serves one model in a period. In the fluid reading queries of each bin are
    routed at rates that keep the machines no busier than allowed; a type may serve the bins that it works on for at
    most `margin` of the time the query may take.

    The objective is maximised. ``throughput``: the mean over periods of the models' weighted rates, each counted up to
    its demand. ``cost``: minus the dollars of all periods. ``carbon``: minus the grams of all periods, operational and
    embodied. With `trials` the answer of a composition is looked up, not worked out.

    Parameters
    ----------
    objective : {"throughput", "cost", "carbon"}
        What is asked for.
    types : tuple of InstanceType [K]
        Machines; the first is the base, which every published method takes to serve all bins.
    models : tuple of ServedModel [M]
        What is served.
    periods : int
        Number of periods T.
    period_h : float
        Hours of a period.
    margin : float
        Share of ``qos_ms`` that the work on a query may take (KAIROS: 0.98).
    late_share : float
        Share of each model's queries that need not be served in time; they are given up.
    price_factor : float array [T, K], optional
        Price of each period relative to the list price, as on a spot market; 1 by default.
    budget_per_h : float array [T], optional
        Most dollars per hour, with what starts cost in the period.
    start_h : float
        A start costs as if the machine ran idle for that many hours more.
    running : int array [M, K], optional
        Machines that run before the first period; none by default.
    start_utc : str
        Beginning of the first period.
    carbon : CarbonTrace, optional
        Covers the horizon; for the objective ``carbon``.
    pue : float
        Power usage effectiveness.
    trials : Trials, optional
        Measurements for one model and one period.
    """

    family: Literal["pool"] = "pool"
    schema_version: Literal[1] = 1
    objective: Objective = "throughput"
    types: tuple[InstanceType, ...]
    models: tuple[ServedModel, ...]
    periods: Annotated[int, Field(ge=1, le=MOST_PERIODS)] = 1
    period_h: Annotated[float, Field(gt=0, le=10_000)] = 1.0
    margin: Annotated[float, Field(gt=0, le=1)] = 1.0
    late_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    price_factor: NonNegativeMatrix | None = None
    budget_per_h: NonNegativeVector | None = None
    start_h: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    running: Counts | None = None
    start_utc: str = "2023-01-01T00:00:00Z"
    carbon: CarbonTrace | None = None
    pue: Annotated[float, Field(ge=1, le=10)] = 1.0
    trials: Trials | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*self._name_problems(), *self._model_problems(), *self._period_problems(), *self._trial_problems()]
        if problems:
            raise ValueError(" | ".join(problems))
        if self.carbon is not None:
            self.intensity_g_per_kwh  # noqa: B018 - refuses a trace that does not cover the horizon
        return self

    @cached_property
    def max_count(self) -> IntArray:
        """Most machines of each type, int array [K]."""
        return _frozen(np.array([kind.max_count for kind in self.types], dtype=np.int64))

    @cached_property
    def price_per_h(self) -> FloatArray:
        """Dollars per hour of each period and type, float array [T, K]."""
        listed = np.array([kind.price_per_h for kind in self.types])
        factor = np.ones((self.periods, len(self.types))) if self.price_factor is None else self.price_factor
        return _frozen(factor * listed)

    @cached_property
    def intensity_g_per_kwh(self) -> FloatArray:
        """Mean carbon intensity of each period, float array [T]; zeros without a trace."""
        if self.carbon is None:
            return _frozen(np.zeros(self.periods))
        return self.carbon.means(self.start_utc, round(self.period_h * 3600), self.periods)

    @cached_property
    def load(self) -> FloatArray:
        """Machines' time that n machines may give, float array [M, K, N] with N over the largest ``max_count``."""
        most = int(self.max_count.max()) + 1
        fluid = np.broadcast_to(np.arange(most, dtype=float), (len(self.types), most))
        return _frozen(np.stack([fluid if model.load is None else model.load[:, :most] for model in self.models]))

    @cached_property
    def in_time(self) -> tuple[NDArray[np.bool_], ...]:
        """Which type serves which bin in time, one bool array [K, B] per model."""
        return tuple(model.latency_ms <= self.margin * model.qos_ms * (1 + 1e-12) for model in self.models)

    def _name_problems(self) -> list[str]:
        problems = []
        for what, entries, most in (("types", self.types, MOST_TYPES), ("models", self.models, MOST_MODELS)):
            names = [entry.name for entry in entries]
            if not 1 <= len(names) <= most:
                problems.append(f"{len(names)} {what}; give 1 to {most}")
            if len(set(names)) < len(names):
                problems.append(f"{what} share a name; rename the duplicates")
        return problems

    def _model_problems(self) -> list[str]:
        problems, kinds = [], len(self.types)
        most = 1 + max((kind.max_count for kind in self.types), default=0)
        for model in self.models:
            if len(model.latency_ms) != kinds:
                problems.append(f"model {model.name} has {len(model.latency_ms)} rows of latency_ms for {kinds} types")
            if model.load is not None and (len(model.load) != kinds or model.load.shape[1] < most):
                problems.append(f"model {model.name} has a load of shape {list(model.load.shape)}; give one row for "
                                f"each of {kinds} types and at least {most} columns")
            if model.demand_per_s is None:
                if self.objective != "throughput":
                    problems.append(f"model {model.name} has no demand_per_s, which {self.objective} needs; give it")
            elif len(model.demand_per_s) != self.periods:
                problems.append(f"model {model.name} has {len(model.demand_per_s)} entries of demand_per_s for "
                                f"{self.periods} periods")
        return problems

    def _period_problems(self) -> list[str]:
        problems, kinds = [], len(self.types)
        if self.price_factor is not None and self.price_factor.shape != (self.periods, kinds):
            problems.append(f"price_factor has shape {list(self.price_factor.shape)}; give {[self.periods, kinds]}")
        if self.budget_per_h is not None and len(self.budget_per_h) != self.periods:
            problems.append(f"budget_per_h has {len(self.budget_per_h)} entries for {self.periods} periods")
        if self.running is not None and self.running.shape != (len(self.models), kinds):
            problems.append(f"running has shape {list(self.running.shape)}; give {[len(self.models), kinds]}")
        if self.objective == "carbon" and self.carbon is None:
            problems.append("objective carbon needs a carbon trace; give it")
        if abs(self.period_h * 3600 - round(self.period_h * 3600)) > 1e-6:
            problems.append("period_h is no whole number of seconds; correct it")
        return problems

    def _trial_problems(self) -> list[str]:
        trials = self.trials
        if trials is None:
            return []
        problems = []
        if len(self.models) != 1 or self.periods != 1:
            problems.append(f"trials are of one model and one period, not {len(self.models)} and {self.periods}")
        if self.objective == "carbon":
            problems.append("trials tell no carbon; use throughput or cost")
        elif (trials.rate_per_s if self.objective == "throughput" else trials.qos_percent) is None:
            problems.append(f"trials lack {'rate_per_s' if self.objective == 'throughput' else 'qos_percent'}, which "
                            f"{self.objective} needs; give it")
        if self.running is not None or self.start_h:
            problems.append("trials know no starts; leave running and start_h out")
        if trials.count.shape[1] != len(self.types):
            problems.append(f"trials have {trials.count.shape[1]} columns of count for {len(self.types)} types")
        return problems


def _load_problems(load: FloatArray) -> list[str]:
    """Return what is wrong with a table of loads."""
    problems = []
    if (load > np.arange(load.shape[1])).any():
        problems.append("load gives more time than machines have; column n goes up to n")
    if (np.diff(load, axis=1) < 0).any():
        problems.append("load falls with the number of machines; give one that does not")
    return problems


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
