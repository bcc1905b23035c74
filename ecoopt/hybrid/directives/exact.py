"""The integer program solved: by HiGHS at once, or for a large fleet in stretches of hours, polished, then whole."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.directives import exact
from ecoopt.formulations.directives.exact import Threads
from ecoopt.formulations.directives.fleet_model import FleetModel, fleet_model
from ecoopt.formulations.highs import solve_model
from ecoopt.heuristics.directives.greedy import greedy
from ecoopt.hybrid.directives.apart import Apart
from ecoopt.hybrid.lns import LnsSettings, search_neighbourhoods
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.instances.directives.costs import costs_of

SMALL = 6000
"""Columns up to which HiGHS is given a fleet's model at once."""

POLISH = LnsSettings(columns=500, fewest=100, most=2000, nodes=50, patience=20)
POLISH_SHARE = 0.5

ROUNDING = 1e-9
"""Part of the objective by which a bound may pass it through the traces of shares that a solver leaves."""


def milp(
    instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None, threads: Threads = 1,
    decompose: bool = True,
) -> Outcome:
    """Solve the integer program.

    Without a fleet, ``horizon`` or the start is its start, and iterations are nodes. With one it is ``greedy``, and a
    large fleet is first taken apart: the linear relaxation prices what links stretches of hours, these are solved as
    integer programs of their own, which proves more than the relaxation, and their GPUs are joined. HiGHS then
    searches stretches around that, and last the whole.

    Parameters
    ----------
    threads : int
        Of HiGHS on the whole model; 0 leaves the number to it.
    decompose : bool
        Whether to take a large fleet apart first.
    """
    if instance.fleet is None:
        return exact.milp(instance, run, seed=seed, start=start, threads=threads)
    costs = costs_of(instance)
    if start is not None:
        run.offer(costs.value(start), start)
    if run.stop() is not None:
        return run.outcome()
    greedy(instance, run.part(), seed=seed, start=None)
    model, known = fleet_model(costs), run.schedule()
    x = model.solution(known) if isinstance(known, DirectivesSchedule) else None
    if decompose and model.linear.columns > SMALL:
        apart = Apart(model, run, seed)
        status = apart.search()
        if status is not None:
            return run.outcome(None, status)
        if apart.x is not None and (x is None or model.linear.objective(apart.x) < model.linear.objective(x)):
            x = apart.x
        if x is not None and run.stop() is None and run.gap > CLOSED:
            x = _polish(model, x, run, seed)
        if run.stop() is not None or run.gap <= CLOSED:
            return _closed(run)
    found = solve_model(model.linear, run, start=x, threads=threads, seed=seed, on_incumbent=model.schedule)
    _lower(run)
    status = found.status if found.status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR) else None
    return run.outcome(None if run.gap <= CLOSED else found.termination, status, **found.details())


def _polish(model: FleetModel, x: FloatArray, run: Run, seed: int) -> FloatArray:
    """Search stretches of hours around a solution; the run is offered the best."""
    hours = model.costs.instance.hours
    per_hour = model.linear.columns / hours

    def stretch(rng: np.random.Generator, columns: int) -> NDArray[np.bool_]:
        length = int(np.clip(round(columns / per_hour), 1, hours))
        first = int(rng.integers(0, hours - length + 1))
        return np.asarray((model.column_hour >= first) & (model.column_hour < first + length))

    part = run.part(seconds=None if run.budget.seconds is None else POLISH_SHARE * run.seconds_left,
                    iterations=None if run.budget.iterations is None else int(run.iterations_left))
    best = search_neighbourhoods(model.linear, x, stretch, model.schedule, part, seed=seed, settings=POLISH)
    run.tick(part.iterations)
    run.offer(model.linear.objective(best), partial(model.schedule, best))
    return best


def _closed(run: Run) -> Outcome:
    _lower(run)
    return run.outcome()


def _lower(run: Run) -> None:
    """Take out of the bound what rounding has carried past the objective."""
    if run.bound is not None and run.objective is not None:
        over = run.bound - run.objective
        if 0 < over <= ROUNDING * max(abs(run.objective), 1.0):
            run.bound = run.objective
