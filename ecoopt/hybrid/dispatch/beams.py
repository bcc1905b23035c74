"""Beams led by prices: the linear relaxation says what time is worth, beams over the queries find a schedule by it."""

from functools import partial
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.formulations.dispatch.relaxation import Cells, Priced, Tolerance, prove
from ecoopt.heuristics.dispatch.beam import advance, beam_of, best_of
from ecoopt.heuristics.dispatch.offline import built, offer_start
from ecoopt.instances.dispatch import DispatchInstance, DispatchSchedule
from ecoopt.instances.dispatch.prices import bound_of, paid_of, profits_of, step_of

Width: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]

FIRST_WIDTHS = (1, 10)
NOISES, LEANS = (0.0, 0.05, 0.1, 0.2, 0.4), (0.0, 0.003, 0.01, 0.03)
MOST_TRACE, CHUNK = 40_000_000, 300_000


def beam(
    instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None, width: Width = 300,
    patience: Width = 60, cells: Cells | None = None, tolerance: Tolerance = 1e-5,
) -> Outcome:
    """Find prices of time, then schedules by beams: first with these prices, then with prices changed at random.

    Iterations are the greedy's rules, steps of the interior point method, then beams. A beam that dropped no state but
    for the bound proves the best schedule optimal.

    Parameters
    ----------
    width : int
        Most states of a beam; fewer where memory would not do.
    patience : int
        Beams in a row without gain that end the search.
    cells, tolerance
        As for `bound`.
    """
    begin(instance, run, start)
    priced = None if run.gap <= CLOSED or run.stop() is not None else prove(
        instance, run, cells=cells, tolerance=tolerance)
    if priced is None:
        return run.outcome()
    return run.outcome(search(instance, priced, run, seed=seed, width=width, patience=patience))


def begin(instance: DispatchInstance, run: Run, start: DispatchSchedule | None) -> None:
    """Offer a run the start and the greedy's schedules, and prove that there is no more than every query's weight."""
    offer_start(instance, run, start)
    able = instance.service_tick.min(axis=1) <= instance.qos_ticks
    run.prove(float(instance.query_weight[able].sum()))
    if run.gap > CLOSED and run.iterations_left:
        built(instance, run)


def search(
    instance: DispatchInstance, priced: Priced, run: Run, *, seed: int, width: int, patience: int,
) -> Termination | None:
    """Let beams search within a run; return why they stopped, None at a proof or when the run must stop."""
    ways = [_Way(instance, side) for side in (priced, priced.backwards())]
    width = max(min(width, MOST_TRACE // len(priced.line.query)), 1)
    for way, narrow in ((way, narrow) for narrow in (*FIRST_WIDTHS, width) for way in ways):
        if narrow <= width and not _goes_on(way, run, narrow, way.paid):
            return None
    rng, idle, turn = np.random.default_rng(seed), 0, 0
    while idle < patience:
        way, before = ways[turn % 2], run.objective
        if not _goes_on(way, run, width, way.changed(rng)):
            return None
        turn, idle = turn + 1, idle + 1 if run.objective == before else 0
    return Termination.STALLED


def _goes_on(way: "_Way", run: Run, width: int, ranking: FloatArray) -> bool:
    """Run a beam; return whether there is more to find and the run has not ended."""
    if run.stop() is not None or run.gap <= CLOSED:
        return False
    way.beam(run, width, ranking)
    return run.stop() is None and run.gap > CLOSED


class _Way:
    """The line with its prices, one way in time."""

    def __init__(self, instance: DispatchInstance, priced: Priced) -> None:
        self.instance, self.line, self.price = instance, priced.line, priced.price
        self.paid = paid_of(priced.price)
        self.profits = profits_of(self.line, self.paid)
        self.bound = bound_of(self.line, self.paid, self.profits)
        self.step = step_of(self.line.weight)
        able = np.where(self.line.service <= self.line.qos, 1.0 / self.line.service, 0.0)
        self.base = self.line.cell * (self.line.weight[:, None] * able).mean(axis=0)

    def changed(self, rng: np.random.Generator) -> FloatArray:
        """Return what time costs at prices that are changed at random, float array [K, C + 1]."""
        noise, lean = rng.choice(NOISES), rng.choice(LEANS)
        price = self.price * np.exp(noise * rng.standard_normal(self.price.shape))
        return paid_of(price + lean * (self.base * rng.random(len(self.base)))[:, None])

    def beam(self, run: Run, width: int, ranking: FloatArray) -> None:
        """Run one beam to its end, or to the run's."""
        gain = self.step * (1 - 1e-6) if self.step else CLOSED / 2 * self.bound
        limit = np.inf if run.objective is None else self.bound - run.objective - gain
        beam = beam_of(self.line, self.profits, self.paid, ranking, width)
        states, narrow, chunk = 1, False, max(CHUNK // width, 1)
        for first in range(0, len(self.line.query), chunk):
            last = min(first + chunk, len(self.line.query))
            states, dropped = advance(beam, first, last, states, limit)
            narrow |= dropped
            if states == 0 or (last < len(self.line.query) and run.stop() is not None):
                break
        else:
            found = best_of(beam, states)
            run.offer(found.value, partial(self.line.schedule, self.instance.queries, found.machine, found.start))
            states = 0
        run.tick(1, width)
        if states == 0 and not narrow and run.objective is not None:
            run.prove(run.objective if self.step else run.objective + gain)
