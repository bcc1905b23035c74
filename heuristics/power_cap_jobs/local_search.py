"""Local search over caps and starts: a few jobs near each other taken off and put back."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.heuristics.power_cap_jobs.places import improve, places_of
from ecoopt.heuristics.power_cap_jobs.serial import offer_rules, offer_start
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance, PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.options import Options, options_of

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]

COOLING = 20
"""Iterations in which the search cools down before it is heated again."""


def local_search(
    instance: PowerCapJobsInstance, run: Run, *, seed: int, start: PowerCapJobsSchedule | None, trials: Count = 1000,
    most: Annotated[int, Field(ge=1, le=100)] = 10, heat: Share = 0.01, patience: Count = 60,
) -> Outcome:
    """Swap caps and shift starts of a few jobs at a time, beginning from the better of the start and the greedy's.

    A trial with one job is the best change of its cap and start.

    Parameters
    ----------
    trials : int
        Trials in an iteration.
    most : int
        Most jobs taken off in a trial.
    heat : float
        Growth of cost that is forgiven with probability 1/e at first, as a share of a job's mean cost.
    patience : int
        Iterations in a row without gain that end the search.
    """
    options = options_of(instance)
    if options.impossible:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    offer_start(options, run, start)
    if not run.iterations_left:
        return run.outcome()
    offer_rules(options, run, options.cost_g)
    if run.objective is None:
        return run.outcome()
    ended = search(options, run, np.random.default_rng(seed), options.cost_g, trials=trials, most=most, heat=heat,
                   patience=patience)
    return run.outcome(ended)


def search(
    options: Options, run: Run, rng: np.random.Generator, guide: FloatArray, *, trials: int, most: int, heat: float,
    patience: int,
) -> Termination:
    """Search from a run's incumbent until the run or the patience ends; return why it ended.

    Parameters
    ----------
    guide : float array [M]
        What options count when jobs are put back.
    """
    best = run.schedule()
    assert isinstance(best, PowerCapJobsSchedule)
    value = options.value(best.start_slot, best.cap)
    found, cap = best.start_slot.copy(), best.cap.copy()
    mean_g = abs(value - options.base_g) / options.jobs
    places = places_of(options, found, cap)
    idle, done = 0, 0
    while (reason := run.stop()) is None and idle < patience:
        if done % COOLING == 0:
            places = places_of(options, best.start_slot, best.cap)
        cooled = heat * mean_g * (1 - done % COOLING / COOLING)
        improve(places, guide, rng, trials, most, cooled, found, cap)
        run.tick(1, trials)
        done, idle = done + 1, idle + 1
        reached = options.value(found, cap)
        if reached < value - 1e-9 * abs(value):
            value, idle = reached, 0
            best = PowerCapJobsSchedule(start_slot=found.copy(), cap=cap.copy())
            run.offer(value, best)
    return reason or Termination.STALLED
