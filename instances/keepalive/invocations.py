"""Invocations: how often each function is called in each minute, zeros left out."""

from functools import cached_property
from typing import Annotated, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from ecoopt.core.arrays import IndexVector, IntArray
from ecoopt.core.record import Record

MAX_HORIZON_MIN = 10 * 366 * 1440
MAX_CALLS_PER_MINUTE = 1_000_000


class Invocations(Record):
    """Sparse per-minute counts, function by function.

    A *cell* is a function and a minute with at least one call. Cells are numbered function by function, in order of
    time; cell ``c`` of function ``f`` satisfies ``offsets[f] <= c < offsets[f + 1]``.

    Parameters
    ----------
    horizon_min : int
        Number of minutes T; minutes are numbered 0..T-1.
    offsets : int array [F + 1]
        First cell of each function, and the number of cells last.
    minutes : int array [C]
        Minute of each cell, strictly increasing within a function.
    counts : int array [C]
        Calls in the cell, at least 1; they are concurrent.
    """

    horizon_min: Annotated[int, Field(ge=1, le=MAX_HORIZON_MIN)]
    offsets: IndexVector
    minutes: IndexVector
    counts: IndexVector

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = []
        cells = len(self.minutes)
        if len(self.counts) != cells:
            problems.append(f"counts has {len(self.counts)} entries, minutes has {cells}; give one count per cell")
        if len(self.offsets) == 0 or self.offsets[0] != 0 or self.offsets[-1] != cells:
            problems.append(f"offsets must run from 0 to the number of cells, {cells}; correct it")
        elif (np.diff(self.offsets) < 0).any():
            problems.append("offsets must not decrease; correct it")
        elif cells:
            inner = np.ones(cells, dtype=bool)
            inner[self.offsets[:-1][self.offsets[:-1] < cells]] = False
            steps = np.diff(self.minutes, prepend=-1)
            if (bad := np.flatnonzero(inner & (steps <= 0))).size:
                problems.append(
                    f"minutes[{bad[0]}] does not come after the cell before it; sort each function's minutes")
        if cells and self.minutes.max() >= self.horizon_min:
            late = int(np.argmax(self.minutes >= self.horizon_min))
            problems.append(f"minutes[{late}] = {self.minutes[late]} lies beyond horizon_min = {self.horizon_min}")
        if cells and self.counts.size and self.counts.min() < 1:
            problems.append(f"counts[{int(np.argmin(self.counts))}] is zero; leave out cells without calls")
        if cells and self.counts.size and self.counts.max() > MAX_CALLS_PER_MINUTE:
            problems.append(f"counts[{int(np.argmax(self.counts))}] is over {MAX_CALLS_PER_MINUTE}; check the unit")
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @property
    def functions(self) -> int:
        """Number of functions F."""
        return len(self.offsets) - 1

    @property
    def cells(self) -> int:
        """Number of cells C."""
        return len(self.minutes)

    @property
    def calls(self) -> int:
        """Number of calls in all cells."""
        return int(self.counts.sum())

    @cached_property
    def cell_function(self) -> IntArray:
        """Function of each cell, int array [C]."""
        return np.repeat(np.arange(self.functions), np.diff(self.offsets))

    @classmethod
    def from_dense(cls, counts: ArrayLike) -> Self:
        """Return the sparse form of a table [functions, minutes] of counts."""
        table = np.asarray(counts)
        function, minute = np.nonzero(table)
        offsets = np.concatenate([[0], np.cumsum(np.bincount(function, minlength=table.shape[0]))])
        return cls(horizon_min=table.shape[1], offsets=offsets, minutes=minute, counts=table[function, minute])

    def window(self, start_min: int, end_min: int) -> Self:
        """Return the calls of minutes ``start_min <= m < end_min``, renumbered from 0."""
        inside = (self.minutes >= start_min) & (self.minutes < end_min)
        per_function = np.bincount(self.cell_function[inside], minlength=self.functions)
        return type(self)(
            horizon_min=end_min - start_min, offsets=np.concatenate([[0], np.cumsum(per_function)]),
            minutes=self.minutes[inside] - start_min, counts=self.counts[inside])

    def select(self, functions: ArrayLike) -> Self:
        """Return the calls of some functions, in the order given."""
        chosen = np.asarray(functions, dtype=np.int64)
        sizes = np.diff(self.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        cells = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - self.offsets[chosen], sizes)
        return type(self)(
            horizon_min=self.horizon_min, offsets=offsets, minutes=self.minutes[cells], counts=self.counts[cells])
