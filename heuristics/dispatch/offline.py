"""Heuristics that know all queries and how long each takes: greedy lines, ruin and recreate, and a swarm of keys."""

from functools import partial
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.dispatch.fleet import fleet_of, schedule_of, worth
from ecoopt.heuristics.dispatch.lines import Lines, empty_lines, fill, lines_of, schedule_from
from ecoopt.heuristics.dispatch.online import planned_anew, relative_speed
from ecoopt.heuristics.dispatch.ruin import improve
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.instances.dispatch import DispatchInstance, DispatchSchedule

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=10)]

DELAY = 0.1


def greedy(instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None) -> Outcome:
    """Take the best of five rules; an iteration is a rule. Nothing is drawn at random.

    Queries in order of deadline, each on the cheapest machine on which it is in time; ``replan`` with true latencies
    and an urgency of 0, 0.5 and 1; the cheapest queries first, in the gaps that are left.
    """
    offer_start(instance, run, start)
    built(instance, run)
    return run.outcome()


def local_search(
    instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None, trials: Count = 1000,
    patience: Count = 1000, heat: Share = 0.05,
) -> Outcome:
    """Take queries near each other off their machines and put them back in another order, again and again.

    Begins from the better of the start and the greedy schedule.

    Parameters
    ----------
    trials : int
        Trials in an iteration.
    patience : int
        Trials per query in a row without gain that end the search.
    heat : float
        How much more load, in mean services, a schedule of equal worth may have with probability 1/e.
    """
    offer_start(instance, run, start)
    if not run.iterations_left:
        return run.outcome()
    built(instance, run)
    best = run.schedule()
    assert isinstance(best, DispatchSchedule)
    lines, rng = lines_of(instance, best), np.random.default_rng(seed)
    price, weight = relative_speed(instance), instance.query_weight
    mean = float((price * instance.service_tick).mean())
    idle, termination = 0, run.stop()
    while termination is None and idle < patience * instance.queries and (lines.on < 0).any():
        gain = improve(lines, weight, price, rng, trials, heat * mean)
        run.tick(1, trials)
        idle = 0 if gain > 0 else idle + trials
        if gain > 0:
            run.offer(_value(instance, lines.on), partial(schedule_from, lines.on.copy(), lines.start.copy()))
        termination = run.stop()
    done = None if (lines.on < 0).any() else Termination.DONE
    return run.outcome(termination or done or Termination.STALLED)


def pso(
    instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None, swarm_size: Count = 20,
    patience: Count = 60,
) -> Outcome:
    """Search, with the extended swarm, two keys per query that the greedy goes by.

    The first, times the longest response, is added to the arrival by which queries are ordered; the second is the
    logarithm of a factor of the base type's price. Both lie in -1..1, and the first particle begins at 0.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    offer_start(instance, run, start)
    limit = np.ones(2 * instance.queries)
    decoder = _Decoder(instance)
    minimise(decoder.values, SearchSpace(-limit, limit), rng=np.random.default_rng(seed), run=run,
             settings=PsoSettings.constricted(swarm_size=swarm_size), decode=decoder.schedule,
             start=np.zeros((1, len(limit))), patience=patience)
    return run.outcome()


def offer_start(instance: DispatchInstance, run: Run, start: DispatchSchedule | None) -> None:
    """Offer a run the feasible schedule it was given."""
    if start is not None:
        run.offer(worth(instance, start.machine, start.start_tick), start)


def built(instance: DispatchInstance, run: Run) -> None:
    """Offer a run what the greedy's rules build, until it stops; at least one."""
    price = relative_speed(instance)
    least = (price * instance.service_tick).min(axis=1) / np.maximum(instance.query_weight, 1e-9)
    for rule in ("deadline", 0.0, 0.5, 1.0, "cost"):
        if isinstance(rule, float):
            fleet = fleet_of(instance)._replace(expected=instance.service_tick.astype(np.float64))
            planned_anew(urgency=rule, caution=0.0)(instance, fleet, run.stop)
            run.tick(1, 1)
            run.offer(worth(instance, fleet.machine, fleet.start), schedule_of(fleet))
        else:
            order = np.argsort(least, kind="stable") if rule == "cost" else np.arange(instance.queries)
            lines = _filled(instance, order, price, np.ones(instance.queries))
            run.tick(1, 1)
            run.offer(_value(instance, lines.on), schedule_from(lines.on, lines.start))
        if run.stop() is not None:
            break


class _Decoder:
    """From keys to schedules."""

    def __init__(self, instance: DispatchInstance) -> None:
        self.instance = instance
        self.price = relative_speed(instance)

    def values(self, positions: FloatArray) -> FloatArray:
        """Return minus the worth of rows of keys, float array [rows]."""
        return np.array([-_value(self.instance, self._lines(row).on) for row in positions])

    def schedule(self, position: FloatArray) -> DispatchSchedule:
        """Return the schedule of a row of keys."""
        lines = self._lines(position)
        return schedule_from(lines.on, lines.start)

    def _lines(self, keys: FloatArray) -> Lines:
        first, second = keys.reshape(2, -1)
        order = np.argsort(self.instance.arrival_tick + self.instance.qos_ticks * first, kind="stable")
        return _filled(self.instance, order, self.price, np.exp(second))


def _filled(instance: DispatchInstance, order: IntArray, price: FloatArray, leaning: FloatArray) -> Lines:
    lines = empty_lines(instance)
    fill(lines, order, price, leaning, DELAY)
    return lines


def _value(instance: DispatchInstance, on: IntArray) -> float:
    """Return the weight of queries that have a machine, all of which are in time."""
    return float(instance.query_weight[on >= 0].sum())
