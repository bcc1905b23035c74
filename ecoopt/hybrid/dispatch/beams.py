"""Beams led by prices: the linear relaxation says what time is worth, beams over the queries find a schedule by it.

Beams see far but keep few states; ruin and recreate sees a little and keeps one. They take turns, about equally long.
"""

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
from ecoopt.heuristics.dispatch.lines import lines_of, schedule_from
from ecoopt.heuristics.dispatch.offline import built, offer_start
from ecoopt.heuristics.dispatch.online import relative_speed
from ecoopt.heuristics.dispatch.ruin import improve
from ecoopt.instances.dispatch import NEVER, DispatchInstance, DispatchSchedule
from ecoopt.instances.dispatch.prices import bound_of, paid_of, profits_of, step_of

Width: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]

FIRST_WIDTHS = (1, 10)
NOISES, LEANS = (0.0, 0.05, 0.1, 0.2, 0.4), (0.0, 0.003, 0.01, 0.03)
MOST_TRACE, CHUNK = 20_000_000, 300_000
TRIALS, STATES_PER_RUIN, HEAT = 1000, 26_000, 0.05


def beam(
    instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None, width: Width = 300,
    patience: Width = 60, cells: Cells | None = None, tolerance: Tolerance = 1e-5,
) -> Outcome:
    """Find prices of time, then schedules by beams: first with these prices, then with prices changed at random.

    In between, the best schedule is improved by ruin and recreate. A beam that dropped no state but for the bound
    proves it optimal. Iterations are the greedy's rules, steps of the interior point method, beams and thousands of
    trials.

    Parameters
    ----------
    width : int
        Most states of a beam; fewer where memory would not do.
    patience : int
        Turns of both in a row without gain that end the search.
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
    """Search within a run, beams and ruin and recreate in turn; return why it ended, None where the run must say."""
    ways = [_Way(instance, side) for side in (priced, priced.backwards())]
    width = max(min(width, MOST_TRACE // len(priced.line.query)), 1)
    for way, narrow in ((way, narrow) for narrow in (*FIRST_WIDTHS, width) for way in ways):
        if narrow <= width and not _goes_on(way, run, narrow, way.paid):
            return None
    rng, ruins, idle = np.random.default_rng(seed), _Ruins(instance), 0
    while idle < patience:
        before = run.objective
        if not ruins.go_on(run, rng, max(len(priced.line.query) * width // STATES_PER_RUIN, 1)):
            return None
        if not _goes_on(ways[idle % 2], run, width, ways[idle % 2].changed(rng)):
            return None
        idle = idle + 1 if run.objective == before else 0
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
        beam = beam_of(self.line, self.profits, self.paid, ranking, width,
                       np.zeros(int(self.line.counts.sum()), dtype=np.int64))
        states, narrow, chunk = 1, False, max(CHUNK // width, 1)
        for first in range(0, len(self.line.query), chunk):
            last = min(first + chunk, len(self.line.query))
            states, dropped = advance(beam, first, last, states, limit)
            narrow |= dropped
            if states == 0 or (last < len(self.line.query) and run.stop() is not None):
                break
        else:
            machine, value = best_of(beam, states)
            run.offer(value, partial(self.line.schedule, self.instance.queries, machine))
            states = 0
        run.tick(1, width)
        if states == 0 and not narrow and run.objective is not None:
            run.prove(run.objective if self.step else run.objective + gain)


class _Ruins:
    """Ruin and recreate on the best schedule known."""

    def __init__(self, instance: DispatchInstance) -> None:
        self.instance, self.price = instance, relative_speed(instance)
        self.heat = HEAT * float((self.price * instance.service_tick).mean())
        self.value = -np.inf

    def go_on(self, run: Run, rng: np.random.Generator, iterations: int) -> bool:
        """Do iterations of so many trials; return whether there is more to find and the run has not ended."""
        if run.objective is not None and run.objective > self.value:
            best = run.schedule()
            assert isinstance(best, DispatchSchedule)
            self.lines, self.value = lines_of(self.instance, best), run.objective
        for _ in range(iterations):
            if run.stop() is not None or run.gap <= CLOSED:
                return False
            improve(self.lines, self.instance.query_weight, self.price, rng, TRIALS, self.heat)
            run.tick(1, TRIALS)
            value = float(self.instance.query_weight[self.lines.on != NEVER].sum())
            if value > self.value:
                self.value = value
                run.offer(value, partial(schedule_from, self.lines.on.copy(), self.lines.start.copy()))
        return run.stop() is None and run.gap > CLOSED
