"""The time-indexed program: which query begins when on which type, no more at a time than there are machines.

At prices that bound by U, a schedule worth `target` or more loses at most U - target. So a start that loses more alone
is left out, and a query whose profit is more than that is served. What is left has no better solution below the target
than it proves, and above it the best of all.
"""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.status import Sense
from ecoopt.formulations.dispatch.columns import Columns, columns_of
from ecoopt.formulations.dispatch.relaxation import BoolArray, Priced
from ecoopt.formulations.highs import LinearModel, ModelBuilder
from ecoopt.instances.dispatch import NEVER
from ecoopt.instances.dispatch.prices import bound_of, paid_of, profits_of
from ecoopt.instances.dispatch.timeline import Timeline


@dataclass(frozen=True, eq=False)
class Program:
    """The program, and what its columns mean.

    Parameters
    ----------
    line : Timeline
        Its queries.
    columns : Columns
        Starts that are left.
    model : LinearModel
        To maximise: one whole column per start.
    """

    line: Timeline
    columns: Columns
    model: LinearModel

    def machines(self, x: FloatArray) -> IntArray:
        """Return the machine of each query of the line, int array [N], in a solution."""
        machine = np.full(len(self.line.query), NEVER, dtype=np.int64)
        first = np.append(0, np.cumsum(self.line.counts))
        free = np.zeros(first[-1], dtype=np.int64)
        chosen = np.flatnonzero(x > 0.5)
        for c in chosen[np.argsort(self.columns.begin[chosen], kind="stable")].tolist():
            kind = self.columns.kind[c]
            m = int(first[kind] + np.argmin(free[first[kind]:first[kind + 1]]))
            machine[self.columns.query[c]], free[m] = m, self.columns.end[c]
        return machine


def program_of(priced: Priced, target: float, allowed: BoolArray | None = None) -> Program:
    """Return the program for schedules worth at least the target, on cells of one tick.

    Parameters
    ----------
    priced : Priced
        The queries, and prices of time.
    target : float
        What is sought.
    allowed : bool array [N, K], optional
        Types that each query may run on; all by default.
    """
    line, paid = priced.line, paid_of(priced.price)
    profits = profits_of(line, paid)
    slack = bound_of(line, paid, profits) - target
    slack += 1e-9 * (1.0 + abs(target))
    columns = columns_of(line)
    kept = columns.loss(line, paid, profits) <= slack
    if allowed is not None:
        kept &= allowed[columns.query, columns.kind]
    columns = columns.only(np.flatnonzero(kept))
    builder = ModelBuilder(sense=Sense.MAX)
    start = builder.add_columns("start", len(columns.query), cost=line.weight[columns.query], upper=1.0, integer=True)
    once = builder.add_rows("once", len(line.query), lower=np.where(profits > slack, 1.0, 0.0), upper=1.0)
    builder.add_terms(once[columns.query], start, 1.0)
    column, tick = _busy(columns)
    row, place = np.unique(tick * len(line.counts) + columns.kind[column], return_inverse=True)
    holds = builder.add_rows("machines", len(row), upper=line.counts[row % len(line.counts)].astype(float))
    builder.add_terms(holds[place], start[column], 1.0)
    return Program(line, columns, builder.model())


def _busy(columns: Columns) -> tuple[IntArray, IntArray]:
    """Return every column with every tick in which it runs."""
    took = columns.end - columns.begin
    column = np.repeat(np.arange(len(took)), took)
    tick = columns.begin[column] + np.arange(len(column)) - np.repeat(np.cumsum(took) - took, took)
    return column, tick
