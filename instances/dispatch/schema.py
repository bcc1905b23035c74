"""The dispatch instance: machines of a few types, queries that arrive over time, how long each takes on each type."""

from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StringConstraints, model_validator

from ecoopt.core.arrays import (
    FloatArray,
    IndexVector,
    IntArray,
    NonNegativeVector,
    PositiveVector,
    array_field,
)
from ecoopt.core.instance import Instance
from ecoopt.core.record import Record

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
PositiveIntVector = Annotated[IntArray, *array_field(np.int64, ge=1)]
PositiveIntMatrix = Annotated[IntArray, *array_field(np.int64, 2, ge=1)]

LATEST_TICK = 2**40
MAX_QUERIES, MAX_MACHINES, MAX_TYPES, MAX_BINS = 5_000_000, 10_000, 64, 10_000


class MachineType(Record):
    """Identical machines, and what profiling says of them. B bins of batch sizes.

    Parameters
    ----------
    name : str
        The instance type.
    count : int
        How many machines there are.
    mean_ms : float array [B]
        Mean latency of a query in each bin: what is predicted.
    p99_ms : float array [B]
        Its 99th percentile.
    """

    name: Name
    count: Annotated[int, Field(ge=1, le=MAX_MACHINES)]
    mean_ms: PositiveVector
    p99_ms: PositiveVector


class DispatchInstance(Instance):
    """Which query of one service goes to which machine, and when, so that as many as possible are answered in time.

    K types, Q queries in order of arrival. Times are whole ticks. Machines are numbered through the types: those of
    type 0 first. A query runs on one machine without a break, a machine runs one query at a time. A query is on time
    if it is done no later than `qos_ticks` after its arrival.

    Parameters
    ----------
    tick_ms : float
        Length of a tick.
    qos_ticks : int
        Longest response time, from arrival to completion, that counts as on time.
    batch_limit : int array [B]
        Largest batch size of each bin of the profile, increasing. Larger ones count to the last bin.
    types : tuple of MachineType [K]
        The machines. The first is the base type: the one that large batches need.
    arrival_tick : int array [Q]
        When each query comes, not decreasing.
    batch : int array [Q]
        Items of each query.
    service_tick : int array [Q, K]
        How long each query takes on each type. Online methods learn it at its completion.
    weight : float array [Q], optional
        What it is worth to answer each query in time; 1 by default.
    """

    family: Literal["dispatch"] = "dispatch"
    schema_version: Literal[1] = 1
    tick_ms: Annotated[float, Field(gt=0, le=1e6)]
    qos_ticks: Annotated[int, Field(ge=1, le=LATEST_TICK)]
    batch_limit: PositiveIntVector
    types: tuple[MachineType, ...]
    arrival_tick: IndexVector
    batch: PositiveIntVector
    service_tick: PositiveIntMatrix
    weight: NonNegativeVector | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*_type_problems(self), *_query_problems(self)]
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @property
    def queries(self) -> int:
        """Number of queries Q."""
        return len(self.arrival_tick)

    @property
    def machines(self) -> int:
        """Number of machines of all types."""
        return sum(kind.count for kind in self.types)

    @cached_property
    def counts(self) -> IntArray:
        """Machines of each type, int array [K]."""
        return _frozen(np.array([kind.count for kind in self.types], dtype=np.int64))

    @cached_property
    def machine_type(self) -> IntArray:
        """Type of each machine, int array [machines]."""
        return _frozen(np.repeat(np.arange(len(self.types)), self.counts))

    @cached_property
    def query_weight(self) -> FloatArray:
        """Weight of each query, float array [Q]."""
        return _frozen(np.ones(self.queries)) if self.weight is None else self.weight

    @cached_property
    def query_bin(self) -> IntArray:
        """Bin of each query's batch size, int array [Q]."""
        found = np.searchsorted(self.batch_limit, self.batch, side="left")
        return _frozen(np.minimum(found, len(self.batch_limit) - 1))

    @cached_property
    def predicted_ms(self) -> FloatArray:
        """Mean latency of each query on each type, by its batch size, float array [Q, K]."""
        return _frozen(np.ascontiguousarray(np.array([kind.mean_ms for kind in self.types]).T[self.query_bin]))

    @cached_property
    def p99_ms(self) -> FloatArray:
        """99th percentile of the latency of each query on each type, by its batch size, float array [Q, K]."""
        return _frozen(np.ascontiguousarray(np.array([kind.p99_ms for kind in self.types]).T[self.query_bin]))


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


def _type_problems(instance: DispatchInstance) -> list[str]:
    """Return what is wrong with machines and profile."""
    problems, bins = [], len(instance.batch_limit)
    if not 1 <= bins <= MAX_BINS:
        problems.append(f"batch_limit has {bins} entries; give 1 to {MAX_BINS}")
    if (np.diff(instance.batch_limit) <= 0).any():
        problems.append("batch_limit does not increase; put the bins in order")
    if not 1 <= len(instance.types) <= MAX_TYPES:
        problems.append(f"types has {len(instance.types)} entries; give 1 to {MAX_TYPES}")
    if instance.machines > MAX_MACHINES:
        problems.append(f"types have {instance.machines} machines together; give at most {MAX_MACHINES}")
    if len({kind.name for kind in instance.types}) < len(instance.types):
        problems.append("names of types are not distinct; rename the duplicates")
    problems += [f"types[{k}].{field} has {len(getattr(kind, field))} entries for {bins} bins"
                 for k, kind in enumerate(instance.types) for field in ("mean_ms", "p99_ms")
                 if len(getattr(kind, field)) != bins]
    return problems


def _query_problems(instance: DispatchInstance) -> list[str]:
    """Return what is wrong with the queries."""
    problems, queries, types = [], instance.queries, len(instance.types)
    if not 1 <= queries <= MAX_QUERIES:
        problems.append(f"{queries} queries; give 1 to {MAX_QUERIES:,}")
    if (np.diff(instance.arrival_tick) < 0).any():
        problems.append("arrival_tick decreases; put the queries in order of arrival")
    if len(instance.batch) != queries:
        problems.append(f"batch has {len(instance.batch)} entries for {queries} queries")
    if instance.service_tick.shape != (queries, types):
        problems.append(f"service_tick has shape {list(instance.service_tick.shape)}, expected [{queries}, {types}]; "
                        "give a row per query and a column per type")
    if instance.weight is not None and len(instance.weight) != queries:
        problems.append(f"weight has {len(instance.weight)} entries for {queries} queries")
    problems += [f"{field} goes up to {table.max()}; keep it within {LATEST_TICK}"
                 for field in ("arrival_tick", "service_tick") for table in [getattr(instance, field)]
                 if table.size and table.max() > LATEST_TICK]
    return problems
