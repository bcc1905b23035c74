"""Memory rows, sparsely: short waits enter the minutes they span, long ones a running sum at their two ends."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.cuts import CapacityRow


@dataclass(frozen=True)
class SparseRows:
    """Rows over waits and levels; K nonzeros, R rows.

    Parameters
    ----------
    begin : int array [R + 1]
        First nonzero of each row.
    column : int array [K]
        Wait, or level counted from `waits` on.
    coefficient : float array [K]
        Its coefficient.
    right : list of float [R]
        Right-hand sides.
    waits : int
        Number of waits.
    """

    begin: list[int]
    column: list[int]
    coefficient: list[float]
    right: list[float]
    waits: int

    @property
    def rows(self) -> int:
        """Number of rows R."""
        return len(self.right)

    def terms(self, row: int, wait: list[Any], level: list[Any]) -> tuple[list[float], list[Any]]:
        """Return coefficients and variables of a row."""
        inside = slice(self.begin[row], self.begin[row + 1])
        variables = [wait[c] if c < self.waits else level[c - self.waits] for c in self.column[inside]]
        return self.coefficient[inside], variables


@dataclass(frozen=True)
class MemoryRows:
    """The memory rows of a gap model.

    Parameters
    ----------
    direct : SparseRows
        Load <= capacity, for every minute and generation that can bind.
    running : SparseRows
        Level of long waits = level before + what starts - what ends.
    level_rows : int array [levels]
        Row of `direct` that each level belongs to.
    generation, minute : int array [R]
        Of each row of `direct`.
    """

    direct: SparseRows
    running: SparseRows
    level_rows: IntArray
    generation: IntArray
    minute: IntArray

    @property
    def levels(self) -> int:
        """Number of level variables, one per row of `running`."""
        return self.running.rows

    def column_minutes(self, waits: "Waits") -> tuple[IntArray, IntArray]:
        """Return first minute and end minute of the columns of waits and levels."""
        levelled = self.minute[self.level_rows]
        return np.concatenate([waits.start_min, levelled]), np.concatenate([waits.end_min, levelled + 1])

    def long_levels(self, wait: FloatArray) -> FloatArray:
        """Return the levels that given waits imply."""
        levels = np.zeros(self.levels)
        for row in range(self.levels):
            for k in range(self.running.begin[row], self.running.begin[row + 1]):
                column, coefficient = self.running.column[k], self.running.coefficient[k]
                if column < len(wait):
                    levels[row] -= coefficient * wait[column]
                elif column - len(wait) != row:
                    levels[row] -= coefficient * levels[column - len(wait)]
        return np.maximum(levels, 0.0)


@dataclass(frozen=True)
class Waits:
    """The waits that a model decides on; V of them.

    Parameters
    ----------
    start_min, end_min : int array [V]
        Minutes ``start_min <= m < end_min`` are occupied.
    generation : int array [V]
        Where.
    kind : int array [V]
        Profile.
    memory_gb : float array [V]
        Memory of one container.
    most : int array [V]
        Upper bound on the containers.
    """

    start_min: IntArray
    end_min: IntArray
    generation: IntArray
    kind: IntArray
    memory_gb: FloatArray
    most: IntArray


def memory_rows(waits: Waits, capacity_gb: FloatArray, horizon_min: int, long_min: int) -> MemoryRows:
    """Return the memory rows of every generation [G] and minute, waits longer than `long_min` as running sums.

    Left out are minutes in which no wait starts (the minute before them is at least as full) and minutes that hold all
    their waits at once.
    """
    key, cells = waits.generation * horizon_min, len(capacity_gb) * horizon_min
    first, beyond, size = key + waits.start_min, key + waits.end_min, waits.memory_gb
    change = np.zeros(cells + 1)
    np.add.at(change, first, size * waits.most)
    np.add.at(change, beyond, -size * waits.most)
    capacity = np.repeat(np.asarray(capacity_gb, dtype=float), horizon_min)
    binds = np.cumsum(change[:-1]) > capacity * (1 + 1e-12)
    starts = np.zeros(cells, dtype=bool)
    starts[first] = True
    row_key = np.flatnonzero(binds & starts)

    lengths = waits.end_min - waits.start_min
    row, column = _spanned(np.flatnonzero(lengths <= long_min), first, beyond, row_key)
    running, level_of_row = _running(np.flatnonzero(lengths > long_min), first, beyond, size, row_key)
    levelled = np.flatnonzero(level_of_row >= 0)
    direct = _rows(
        np.concatenate([row, levelled]), np.concatenate([column, len(key) + level_of_row[levelled]]),
        np.concatenate([size[column], np.ones(len(levelled))]), capacity[row_key], len(key))
    return MemoryRows(direct, running, levelled, row_key // horizon_min, row_key % horizon_min)


def capacity_rows(waits: Waits, memory: MemoryRows, horizon_min: int) -> list[CapacityRow]:
    """Return the memory rows as knapsacks over the waits themselves, whose columns come first in the model."""
    key = waits.generation * horizon_min
    row_key = memory.generation * horizon_min + memory.minute
    row, column = _spanned(np.arange(len(key)), key + waits.start_min, key + waits.end_min, row_key)
    order = np.argsort(row, kind="stable")
    begin = np.searchsorted(row[order], np.arange(len(row_key) + 1))
    columns = np.split(column[order], begin[1:-1]) if len(row_key) else []
    return [CapacityRow(int(generation), inside, waits.kind[inside])
            for generation, inside in zip(memory.generation, columns, strict=True)]


def _spanned(waits: IntArray, first: IntArray, beyond: IntArray, row_key: IntArray) -> tuple[IntArray, IntArray]:
    """Return every pair of a memory row and a wait, of those given, that spans it."""
    begin = np.searchsorted(row_key, first[waits])
    number = np.searchsorted(row_key, beyond[waits]) - begin
    offset = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    return np.repeat(begin, number) + offset, np.repeat(waits, number)


def _running(
    long: IntArray, first: IntArray, beyond: IntArray, size: FloatArray, row_key: IntArray
) -> tuple[SparseRows, IntArray]:
    """Return the running sums over rows that long waits pass, and the level of each memory row (-1 for none)."""
    waits = len(first)
    enter, leave = np.searchsorted(row_key, first[long]), np.searchsorted(row_key, beyond[long])
    passes = enter < leave
    long, enter, leave = long[passes], enter[passes], leave[passes]
    covered = np.zeros(len(row_key) + 1, dtype=np.int64)
    np.add.at(covered, enter, 1)
    np.add.at(covered, leave, -1)
    inside = np.cumsum(covered[:-1]) > 0
    level = np.where(inside, np.cumsum(inside) - 1, -1)
    ends = leave < len(row_key)
    ends[ends] = inside[leave[ends]]
    chained = np.flatnonzero(inside[1:] & inside[:-1]) + 1
    row = np.concatenate([level[inside], level[chained], level[enter], level[leave[ends]]])
    column = np.concatenate([waits + level[inside], waits + level[chained - 1], long, long[ends]])
    coefficient = np.concatenate(
        [np.ones(int(inside.sum())), -np.ones(len(chained)), -size[long], size[long[ends]]])
    return _rows(row, column, coefficient, np.zeros(int(inside.sum())), waits), level


def _rows(
    row: IntArray, column: IntArray, coefficient: FloatArray, right: FloatArray, waits: int
) -> SparseRows:
    """Return rows in order from loose nonzeros."""
    order = np.lexsort((column, row))
    begin = np.searchsorted(row[order], np.arange(len(right) + 1))
    return SparseRows(
        begin.tolist(), column[order].tolist(), coefficient[order].tolist(), right.tolist(), waits)
