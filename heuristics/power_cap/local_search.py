"""Local search: annealing on the caps and holds of stretches of hours, replayed as far as a change reaches."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.power_cap.baselines import caps_at
from ecoopt.heuristics.power_cap.greedy import greedy_caps
from ecoopt.heuristics.power_cap.plans import Plan, Planner, offer_start
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule

Count: TypeAlias = Annotated[int, Field(ge=1, le=10**9)]

MOVES_PER_HOUR, MOST_MOVES = 50, 2000
_LONGEST = 6
_START_SHARE, _END_SHARE = 1e-3, 1e-6


def local_search(
    instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None, rounds: Count = 60,
) -> Outcome:
    """Anneal the plan from the best of greedy, static caps and the start.

    A move gives a stretch of up to six hours of one class a cap, that of a neighbouring hour among them, or holds its
    work back, or no more. An iteration is a round of moves at one temperature and as many that must improve: 50 for
    every class and hour, at most 2000.

    Parameters
    ----------
    rounds : int
        Rounds from the start temperature, a thousandth of the cost of an hour's class, to the end, a thousandth of
        that.
    """
    planner = Planner(instance)
    offer_start(planner, run, start)
    plan = first_plan(planner, run, start)
    anneal_plan(planner, run, plan, np.random.default_rng(seed), rounds)
    return run.outcome(run.stop() or Termination.DONE)


def first_plan(planner: Planner, run: Run, start: PowerCapSchedule | None = None) -> Plan:
    """Return the best of a few quick plans, all offered to the run."""
    instance = planner.tables.instance
    plans = [planner.plan(cap) for cap in (
        greedy_caps(planner.tables), planner.tables.highest, caps_at(instance, 0.8), caps_at(instance, 0.6))]
    if start is not None and not instance.mixed:
        plans.append(planner.plan_of(start))
    for plan in plans:
        planner.offer(run, plan)
    return min(plans, key=planner.value)


def anneal_plan(planner: Planner, run: Run, plan: Plan, rng: np.random.Generator, rounds: int) -> None:
    """Anneal a plan in place and offer every better one; one iteration of the run is one round."""
    best, scale = planner.value(plan), float(np.abs(plan.cost).mean()) / planner.classes * 1000.0
    count = min(MOST_MOVES, MOVES_PER_HOUR * planner.classes * planner.hours)
    cooling = np.geomspace(_START_SHARE, _END_SHARE, rounds) * scale
    for temperature in cooling.tolist():
        if run.stop() is not None:
            return
        planner.climb(plan, moves(planner, rng, count), temperature * rng.standard_exponential(count))
        planner.climb(plan, moves(planner, rng, count), np.full(count, -1e-9))
        run.tick(1, 2 * count)
        value = planner.value(plan)
        if value < best:
            best = value
            planner.offer(run, plan)


def moves(planner: Planner, rng: np.random.Generator, count: int) -> IntArray:
    """Return random moves as `climb` takes them, int array [count, 6]."""
    hours = planner.hours
    k = rng.integers(0, planner.classes, count)
    begin = rng.integers(0, hours, count)
    length = np.where(rng.random(count) < 0.6, 1, rng.integers(1, _LONGEST + 1, count))
    end = np.minimum(begin + length, hours)
    cap = rng.integers(0, planner.tables.highest[k] + 1)
    holds = rng.choice(np.array([0, 2, 2, 2, 3]), count)
    near = np.where(rng.random(count) < 0.5, begin - 1, np.where(end < hours, end, -1))
    like = np.where(rng.random(count) < 0.4, near, -1)
    toggled = rng.random(count) < 0.2
    # A toggle alone: the caps of a single hour stay, its hold becomes the opposite.
    end = np.where(toggled, begin + 1, end)
    like = np.where(toggled, begin, like)
    holds = np.where(toggled, 3, holds)
    return np.ascontiguousarray(np.stack([k, begin, end, cap, holds, like], axis=1), dtype=np.int64)

