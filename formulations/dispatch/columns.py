"""Columns: where queries can begin, as the time-indexed program sees it.

Within a cell the price of time does not change, so that a query's time is cheapest where it begins or ends at a
border, or where it can begin first or last. No other start is needed; on cells of one tick these are all there are.
"""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.dispatch.timeline import Timeline


@dataclass(frozen=True, eq=False)
class Columns:
    """M starts of N queries, those of a query together.

    Parameters
    ----------
    query, kind, begin, end : int array [M]
        Which query begins on which type, when, and when it is done, in ticks.
    first : int array [N + 1]
        First column of each query, and their number.
    """

    query: IntArray
    kind: IntArray
    begin: IntArray
    end: IntArray
    first: IntArray

    def loss(self, line: Timeline, paid: FloatArray, profits: FloatArray) -> FloatArray:
        """Return how much less each column brings than its query can at most, at prices, float array [M]."""
        spent = _paid_at(paid, self.kind, self.end, line.cell) - _paid_at(paid, self.kind, self.begin, line.cell)
        lost: FloatArray = profits[self.query] - (line.weight[self.query] - spent)
        return lost

    def only(self, kept: IntArray) -> "Columns":
        """Return some of them, given in order."""
        query = self.query[kept]
        return Columns(query, self.kind[kept], self.begin[kept], self.end[kept],
                       np.searchsorted(query, np.arange(len(self.first))))


def columns_of(line: Timeline) -> Columns:
    """Return the columns of a timeline."""
    parts = [_starts(line, k) for k in range(len(line.counts))]
    query, kind, begin = (np.concatenate(pieces) for pieces in zip(*parts, strict=True))
    order = np.lexsort((begin, kind, query))
    query, kind, begin = query[order], kind[order], begin[order]
    return Columns(query, kind, begin, begin + line.service[query, kind],
                   np.searchsorted(query, np.arange(len(line.query) + 1)))


def _starts(line: Timeline, k: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return queries, type and starts on one type."""
    able = np.flatnonzero(line.service[:, k] <= line.qos)
    first, took = line.arrival[able, None], line.service[able, k][:, None]
    last = first + line.qos - took
    steps = line.cell * np.arange(line.qos // line.cell + 2)
    to_border = -(-first // line.cell) * line.cell + steps
    from_border = -(-(first + took) // line.cell) * line.cell + steps - took
    begin = np.concatenate([last, to_border, from_border], axis=1)
    begin = np.sort(np.concatenate([first, np.where(begin <= last, begin, first)], axis=1), axis=1)
    row, column = np.nonzero(np.diff(begin, axis=1, prepend=-1))
    return able[row], np.full(len(row), k), begin[row, column]


def _paid_at(paid: FloatArray, kind: IntArray, tick: IntArray, cell: int) -> FloatArray:
    """Return what a machine's time costs from the beginning to each tick."""
    whole, rest = tick // cell, tick % cell
    after = np.minimum(whole + 1, paid.shape[1] - 1)
    until: FloatArray = paid[kind, whole] + (paid[kind, after] - paid[kind, whole]) * (rest / cell)
    return until
