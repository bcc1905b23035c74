"""The pool schedule: machines by period, model and type, and the rates at which queries are routed to them."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from ecoopt.core.arrays import FloatArray, IndexVector, IntArray, NonNegativeMatrix, NonNegativeVector, array_field
from ecoopt.core.instance import Schedule
from ecoopt.core.record import Record
from ecoopt.instances.pool.schema import MOST_INSTANCES


class Rented(Record):
    """Machines that are rented: E entries, each a number of machines of one type for one model in one period.

    Parameters
    ----------
    period, model, kind : int array [E]
        Period, model and type; what is not named has none.
    count : int array [E]
        How many; entries of the same place add up.
    """

    period: IndexVector
    model: IndexVector
    kind: IndexVector
    count: Annotated[IntArray, *array_field(np.int64, ge=0, le=MOST_INSTANCES)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        _refuse_uneven(self)
        return self


class Routing(Record):
    """Where queries go: E entries, each a rate from one bin of a model to the machines of one type in one period.

    Parameters
    ----------
    period, model, kind, bin : int array [E]
        Period, model, type, and bin of batch sizes.
    rate_per_s : float array [E]
        Queries per second; entries of the same place add up.
    """

    period: IndexVector
    model: IndexVector
    kind: IndexVector
    bin: IndexVector
    rate_per_s: NonNegativeVector

    @model_validator(mode="after")
    def _check(self) -> Self:
        _refuse_uneven(self)
        return self


class PoolSchedule(Schedule):
    """What is rented and how queries are routed. T periods, M models.

    Parameters
    ----------
    rented : Rented
        Machines.
    rate_per_s : float array [T, M]
        Queries per second of each model that are taken on.
    routing : Routing
        Where they go. Where an instance has trials, neither rates nor routing are looked at.
    """

    family: Literal["pool"] = "pool"
    schema_version: Literal[1] = 1
    rented: Rented
    rate_per_s: NonNegativeMatrix
    routing: Routing

    def machines(self, periods: int, models: int, kinds: int) -> IntArray | None:
        """Return the machines as int array [T, M, K], None where an entry names what does not exist."""
        place = self.rented.period, self.rented.model, self.rented.kind
        if any((index >= size).any() for index, size in zip(place, (periods, models, kinds), strict=True)):
            return None
        count = np.zeros((periods, models, kinds), dtype=np.int64)
        np.add.at(count, place, self.rented.count)
        return count

    @classmethod
    def of(cls, count: IntArray, routed: list[list[FloatArray]] | None = None,
           rate_per_s: FloatArray | None = None) -> "PoolSchedule":
        """Return a schedule from dense arrays.

        Parameters
        ----------
        count : int array [T, M, K]
            Machines.
        routed : nested list [T][M] of float array [K, B], optional
            Queries per second by type and bin.
        rate_per_s : float array [T, M], optional
            Rates taken on; by default what is routed.
        """
        periods, models, _ = count.shape
        place = np.nonzero(count)
        rented = Rented(**dict(zip(("period", "model", "kind"), place, strict=True)), count=count[place])
        entries = [] if routed is None else [(t, m, routed[t][m]) for t in range(periods) for m in range(models)]
        if rate_per_s is None:
            rate_per_s = np.zeros((periods, models))
            for t, m, rates in entries:
                rate_per_s[t, m] = rates.sum()
        parts = [np.column_stack([np.broadcast_to((t, m), (len(at), 2)), at, rates[tuple(at.T)]])
                 for t, m, rates in entries for at in [np.argwhere(rates > 0)]]
        table = np.concatenate(parts) if parts else np.empty((0, 5))
        columns = dict(zip(("period", "model", "kind", "bin", "rate_per_s"), table.T, strict=True))
        return cls(rented=rented, rate_per_s=rate_per_s, routing=Routing(**columns))


def _refuse_uneven(columns: Record) -> None:
    """Raise ValueError when columns differ in length."""
    sizes = {name: len(getattr(columns, name)) for name in type(columns).model_fields}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"columns differ in length ({sizes}); give one entry per place in each")
