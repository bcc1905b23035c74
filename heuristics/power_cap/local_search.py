"""Local search: annealing on the caps and holds of stretches of hours, replayed as far as a change reaches."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.power_cap.greedy import greedy_plan
from ecoopt.heuristics.power_cap.plans import Plan, Planner, offer_start
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import cap_tables

Count: TypeAlias = Annotated[int, Field(ge=1, le=10**9)]

MOVES_PER_HOUR, MOST_MOVES = 20, 100_000
_LONGEST, _SINGLE = 6, 0.5
_HELD = np.array([-1.0, -1.0, -1.0, 0.0, 0.0, 0.5, 1.0])
_START_SHARE, _END_SHARE = 0.03, 3e-4


def local_search(
    instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None, rounds: Count = 150,
) -> Outcome:
    """Anneal the plan from the best of greedy, static caps and the start.

    A move gives a stretch of up to six hours of one class a cap, that of a neighbouring hour among them, or another
    share of work to hold back; half of the moves do so to two classes at about the same time. An iteration is a round
    of 20 moves for every class and hour at one temperature, and as many that must improve.

    Parameters
    ----------
    rounds : int
        Rounds from the start temperature, 3 % of the mean cost of a class in an hour, to a hundredth of that.
    """
    planner = Planner(cap_tables(instance))
    offer_start(planner, run, start)
    plan = first_plan(planner, run, start)
    anneal_plan(planner, run, plan, np.random.default_rng(seed), rounds)
    return run.outcome(run.stop() or Termination.DONE)


def first_plan(planner: Planner, run: Run, start: PowerCapSchedule | None = None) -> Plan:
    """Return the better of the greedy's plan and the start's, both offered to the run."""
    plan = greedy_plan(planner, run)
    if start is None or planner.tables.instance.mixed:
        return plan
    given = planner.plan_of(start)
    planner.offer(run, given)
    return min(plan, given, key=planner.value)


def anneal_plan(planner: Planner, run: Run, plan: Plan, rng: np.random.Generator, rounds: int) -> None:
    """Anneal a plan in place and offer every better one; one iteration of the run is one round."""
    best, count = planner.value(plan), _count(planner)
    for temperature in _cooling(planner, plan, rounds):
        if run.stop() is not None:
            return
        _round(planner, plan, rng, temperature)
        run.tick(1, 2 * count)
        value = planner.value(plan)
        if value < best:
            best = value
            planner.offer(run, plan)


def annealed(planner: Planner, run: Run, plan: Plan, rng: np.random.Generator, rounds: int) -> Plan:
    """Return the best plan of an annealing that offers a run nothing and ends when it stops."""
    best, walk = plan, plan.copy()
    for temperature in _cooling(planner, plan, rounds):
        if run.stop() is not None:
            break
        _round(planner, walk, rng, temperature)
        if planner.value(walk) < planner.value(best):
            best = walk.copy()
    return best


def _round(planner: Planner, plan: Plan, rng: np.random.Generator, temperature: float) -> None:
    """Try moves at a temperature, then moves that must improve."""
    count = _count(planner)
    planner.climb(plan, *moves(planner, rng, count), temperature * rng.standard_exponential(count))
    planner.climb(plan, *moves(planner, rng, count), np.full(count, -1e-9))


def _count(planner: Planner) -> int:
    return min(MOST_MOVES, MOVES_PER_HOUR * planner.classes * planner.hours)


def _cooling(planner: Planner, plan: Plan, rounds: int) -> list[float]:
    """Return the temperature of each round."""
    scale = float(np.abs(plan.cost).mean()) / planner.classes
    return [float(temperature) for temperature in np.geomspace(_START_SHARE, _END_SHARE, rounds) * scale]


def moves(planner: Planner, rng: np.random.Generator, count: int) -> tuple[IntArray, FloatArray]:
    """Return random moves as `climb` takes them: int array [count, 2, 5], float array [count, 2]."""
    first, held = _parts(planner, rng, rng.integers(0, planner.hours, count))
    near = np.clip(first[:, 1] + rng.integers(-1, 2, count), 0, planner.hours - 1)
    second, also_held = _parts(planner, rng, near)
    second[rng.random(count) < _SINGLE, 0] = -1
    return np.ascontiguousarray(np.stack([first, second], axis=1)), np.stack([held, also_held], axis=1)


def _parts(planner: Planner, rng: np.random.Generator, begin: IntArray) -> tuple[IntArray, FloatArray]:
    """Return one part of each move that begins in the hours given: int array [count, 5], float array [count]."""
    count, hours = len(begin), planner.hours
    k = rng.integers(0, planner.classes, count)
    length = np.where(rng.random(count) < 0.7, 1, rng.integers(1, _LONGEST + 1, count))
    end = np.minimum(begin + length, hours)
    cap = rng.integers(0, planner.tables.highest[k] + 1)
    held = rng.choice(_HELD, count)
    near = np.where(rng.random(count) < 0.5, begin - 1, np.where(end < hours, end, -1))
    like = np.where(rng.random(count) < 0.4, near, -1)
    # A hold alone: the cap of a single hour stays.
    alone = rng.random(count) < 0.25
    end, like = np.where(alone, begin + 1, end), np.where(alone, begin, like)
    held = np.where(alone & (held < 0), rng.random(count), held)
    return np.stack([k, begin, end, cap, like], axis=1).astype(np.int64), held
