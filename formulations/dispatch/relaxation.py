"""Bounds: prices of time for the whole line, however long, from blocks that overlap."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.dispatch.interior import climb
from ecoopt.instances.dispatch import DispatchInstance, DispatchSchedule
from ecoopt.instances.dispatch.prices import bound_of, floored, paid_of, profits_of, step_of
from ecoopt.instances.dispatch.timeline import Timeline, timeline_of

BoolArray = NDArray[np.bool_]
Cells: TypeAlias = Annotated[int, Field(ge=1, le=1000)]
Tolerance: TypeAlias = Annotated[float, Field(ge=1e-9, le=1)]

BLOCK, MARGIN = 20_000, 3
FEWEST_CELLS, MOST_CELLS, WORK = 30, 200, 2e8
LEAN, FEW, CORNER = 0.75, 0.02, 1e-7


def bound(
    instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None, cells: Cells | None = None,
    tolerance: Tolerance = 1e-5,
) -> Outcome:
    """Solve the linear time-indexed relaxation: a bound. An iteration is a step of the interior point method.

    Parameters
    ----------
    cells : int, optional
        Cells in one longest response, within which prices of time do not change; by default 30 to 200, fewer the more
        queries there are. As many as ticks at most; with as many, the relaxation is that of the exact program.
    tolerance : float
        Gap of the relaxation at which to stop, as a share of the whole weight.
    """
    if start is not None:
        took = instance.service_tick[np.arange(instance.queries), instance.machine_type[start.machine]]
        late = start.start_tick + took > instance.arrival_tick + instance.qos_ticks
        run.offer(float(instance.query_weight[(start.machine >= 0) & ~late].sum()), start)
    priced = prove(instance, run, cells=cells, tolerance=tolerance)
    return run.outcome(cell_ms=None if priced is None else priced.line.cell * instance.tick_ms)


@dataclass(frozen=True, eq=False)
class Priced:
    """A line of queries and the prices of time that bound it best.

    Parameters
    ----------
    line : Timeline
        Queries that can be on time.
    price : float array [K, C]
        Of a machine of each type in each cell.
    """

    line: Timeline
    price: FloatArray

    def backwards(self) -> "Priced":
        """Return the same with time turned."""
        return Priced(self.line.backwards(), np.ascontiguousarray(self.price[:, ::-1]))


def prove(
    instance: DispatchInstance, run: Run, *, cells: int | None = None, tolerance: float = 1e-5,
) -> Priced | None:
    """Find prices within a run, which is told the bounds; None where no query can be on time."""
    line = timeline_of(instance, _cell(instance, cells))
    if line is None:
        run.prove(0.0)
        return None
    run.prove(float(line.weight.sum()))
    step = step_of(line.weight)
    price, known = np.zeros((len(line.counts), line.cells)), 0
    for first in range(0, len(line.query), BLOCK):
        if run.stop() is not None or run.gap <= CLOSED:
            break
        last = min(first + BLOCK, len(line.query))
        begin = int(line.arrival[first]) if first else 0
        until = int(line.arrival[last]) // line.cell if last < len(line.query) else line.cells
        around = (begin - MARGIN * line.qos, (until + 1) * line.cell + MARGIN * line.qos)
        low, high = np.searchsorted(line.arrival, around)
        block = _Block(line.part(int(low), int(high)), run, step, alone=high - low == len(line.query))
        climb(block.line, tolerance, block.told)
        off, known = int(line.arrival[low]) // line.cell, begin // line.cell
        price[:, known:until] = block.price[:, known - off:until - off]
        known = until
    if 0 < known < line.cells:
        price[:, known:] = price[:, :known].mean(axis=1, keepdims=True)
    paid = paid_of(price)
    run.prove(floored(bound_of(line, paid, profits_of(line, paid)), step))
    return Priced(line, price)


def leaning_types(priced: Priced, rng: np.random.Generator) -> BoolArray:
    """Return which types each query may run on, bool array [N, K], by the relaxation with weights changed at random.

    Each query gets a little more for some types than for others. That makes the solution a corner, at which all but a
    few queries run on one type, or not at all.
    """
    line = priced.line
    lean = LEAN * float(line.weight.min()) / len(line.query) * rng.random(line.service.shape)
    shares = climb(line, CORNER, lambda price: False, lean)
    allowed: BoolArray = (shares > FEW) | (shares.max(axis=1, keepdims=True) < 0.5)
    return allowed


class _Block:
    """Prices of a part of the line, the best of all steps."""

    def __init__(self, line: Timeline, run: Run, step: float, alone: bool) -> None:
        self.line, self.run, self.step, self.alone = line, run, step, alone
        self.best = np.inf
        self.price = np.zeros((len(line.counts), line.cells))

    def told(self, price: FloatArray) -> bool:
        """Keep the prices if they bound better; return whether to stop."""
        paid = paid_of(price)
        value = bound_of(self.line, paid, profits_of(self.line, paid))
        if value < self.best:
            self.best, self.price = value, price
            if self.alone:
                self.run.prove(floored(value, self.step))
        self.run.tick(1, 1)
        return self.run.stop() is not None or self.run.gap <= CLOSED


def _cell(instance: DispatchInstance, cells: int | None) -> int:
    """Return the ticks of a cell: by default as fine as a step of the interior point method can bear."""
    if cells is None:
        qos, types = instance.qos_ticks, len(instance.types)
        span = np.minimum(np.diff(instance.arrival_tick), qos).sum() / qos + 1
        tried = np.arange(FEWEST_CELLS, MOST_CELLS + 1)
        work = (types * tried) ** 2 * (instance.queries / 2 + types * tried * span)
        cells = int(tried[max(int(np.searchsorted(work, WORK)) - 1, 0)])
    return max(-(-instance.qos_ticks // cells), 1)
