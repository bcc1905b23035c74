"""The programs by HiGHS: the integer one, started by the exact algorithms, and its linear relaxation."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.errors import InputError
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.directives.belief_model import BeliefModel, belief_model
from ecoopt.formulations.directives.fleet_model import FleetModel, fleet_model
from ecoopt.formulations.directives.horizon import horizon
from ecoopt.formulations.directives.level_model import LevelModel, level_model
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.instances.directives.costs import Costs, costs_of

MOST_COLUMNS = 1_000_000
"""Columns beyond which a program is not built: that alone would take minutes and gigabytes."""

START_SHARE, START_ITERATIONS = 0.3, 100

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]


def program(costs: Costs) -> LevelModel | BeliefModel | FleetModel:
    """Return the integer program of an instance.

    Raises
    ------
    InputError
        When it would have more than `MOST_COLUMNS` columns.
    """
    if (columns := columns_of(costs.instance)) > MOST_COLUMNS:
        raise InputError.one(costs.instance.name, "", f"its program would have {columns} columns, more than "
                             f"{MOST_COLUMNS}", "use horizon")
    if costs.instance.fleet is not None:
        return fleet_model(costs)
    return level_model(costs) if costs.instance.evaluator is None else belief_model(costs)


def columns_of(instance: DirectivesInstance) -> int:
    """Return about how many columns the integer program of an instance has."""
    columns = int(np.prod(instance.share_shape))
    return columns if instance.evaluator is None else columns * min(instance.evaluator.most_gap_h, instance.hours)


def milp(
    instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the integer program of an instance without a fleet, started by ``horizon`` or the start.

    Iterations are nodes. Where the program would be too large, ``horizon`` is all there is.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    if run.stop() is not None:
        return run.outcome()
    part = run.part(seconds=START_SHARE * run.seconds_left, iterations=START_ITERATIONS)
    first = horizon(instance, part, seed=seed, start=start).schedule
    if run.gap <= CLOSED or columns_of(instance) > MOST_COLUMNS:
        return run.outcome()
    model = program(costs_of(instance))
    x = model.solution(first) if isinstance(first, DirectivesSchedule) else None
    found = solve_model(model.linear, run, start=x, seed=seed, threads=threads, on_incumbent=model.schedule)
    return run.outcome(None if run.gap <= CLOSED else found.termination, **found.details())


def lp(
    instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the linear relaxation, which is the problem itself without evaluator and fleet where requests may be split.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    costs = costs_of(instance)
    if start is not None:
        run.offer(costs.value(start), start)
    if run.stop() is not None:
        return run.outcome()
    model = program(costs)
    found = solve_lp(model.linear, run, seed=seed, threads=threads)
    whole = isinstance(model, LevelModel) and not instance.integer
    if whole and found.x is not None and found.status is Status.OPTIMAL:
        schedule = model.schedule(found.x)
        run.offer(costs.value(schedule), schedule)
    return run.outcome(None if found.termination is Termination.PROOF else found.termination, **found.details())
