"""The integer program solved: prices on changes first, then neighbourhoods in time, then HiGHS on the whole."""

from typing import Annotated, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import LinearModel, solve_lp, solve_model
from ecoopt.formulations.mig_serving.count_model import CountModel, count_model
from ecoopt.formulations.mig_serving.pattern_model import pattern_model
from ecoopt.heuristics.mig_serving.configurations import MOST, number_of_configurations
from ecoopt.heuristics.mig_serving.greedy import fill
from ecoopt.heuristics.mig_serving.local_search import local_search
from ecoopt.heuristics.mig_serving.plan import Plan
from ecoopt.heuristics.mig_serving.uniform import path
from ecoopt.hybrid.lns import LnsSettings, search_neighbourhoods
from ecoopt.hybrid.mig_serving.decomposition import Decomposition
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule
from ecoopt.instances.mig_serving.options import Options, options_of
from ecoopt.instances.mig_serving.routing import cheapest_rates

SMALL = 1500
"""Columns up to which HiGHS is given the model at once."""

ROUNDING = 1e-12
"""Of an objective whose unit is that of a whole baseline."""

LISTED_PER_S = 2e6
"""Configurations and periods that the published setting takes a second for, on a slow machine."""

QUICK_SHARE, PRICE_SHARE, POLISH_SHARE = 0.1, 0.9, 0.5

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]


def milp(
    instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None, threads: Threads = 1,
    decompose: bool = True,
) -> Outcome:
    """Solve the integer program of the instance.

    The best sequence of uniform configurations and local search give a start. Prices on changes take the periods
    apart: their integer programs prove a bound that the relaxation of the whole is far from, and their solutions make
    a path. HiGHS then searches stretches of time around it, and the whole model from there. Models of up to `SMALL`
    columns go to HiGHS at once.

    Parameters
    ----------
    threads : int
        Of HiGHS on the whole model; 0 leaves the number to it.
    decompose : bool
        Whether to take the periods apart first.
    """
    whole = count_model(_begin(instance, run, start))
    parted = decompose and whole.linear.columns > SMALL
    if parted:
        _search_fast(instance, run, seed)
    x = _start(whole, run)
    if parted:
        status, x = _search(whole, run, seed, x)
        if status is not None or run.stop() is not None or run.gap <= 1e-9:
            return run.outcome(None, status)
    found = solve_model(whole.linear, run, start=x, threads=threads, seed=seed, on_incumbent=whole.schedule)
    if found.x is not None:
        _offer(whole, found.x, run)
    status = found.status if found.status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR) else None
    return run.outcome(None if run.gap <= 1e-9 else found.termination, status, **_size(whole.linear), **found.details())


def milp_pattern(
    instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None, threads: Threads = 1
) -> Outcome:
    """Solve the pattern form of the instance by HiGHS alone: a second opinion.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    options = _begin(instance, run, start)
    whole = pattern_model(options)

    def schedule(x: FloatArray) -> MigServingSchedule:
        gpus_on, slices, instances = whole.counts(x)
        rates, _ = cheapest_rates(options, instances, np.arange(len(gpus_on)))
        return options.schedule(gpus_on, slices, instances, rates)

    found = solve_model(whole.linear, run, threads=threads, seed=seed, on_incumbent=schedule)
    if found.x is not None:
        best = schedule(found.x)
        run.offer(options.value(best), best)
    status = found.status if found.status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR) else None
    return run.outcome(None if run.gap <= 1e-9 else found.termination, status, **_size(whole.linear), **found.details())


def lp(instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None) -> Outcome:
    """Solve the linear relaxation of the integer program: a bound, and what it took."""
    whole = count_model(_begin(instance, run, start))
    found = solve_lp(whole.linear, run, seed=seed)
    status = found.status if found.status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR) else None
    return run.outcome(found.termination, status, simplex_iterations=found.simplex_iterations, **_size(whole.linear))


def lagrangian(instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None,
               tolerance: Annotated[float, Field(ge=0, le=1)] = 1e-6) -> Outcome:
    """Price the changes between periods, solve the periods at these prices, and take the best path through them.

    Parameters
    ----------
    tolerance : float
        End when the prices promise no more than this share of the bound.
    """
    whole = count_model(_begin(instance, run, start))
    _quick(instance, run)
    decomposition = Decomposition(whole, run, seed)
    status = decomposition.search(tolerance)
    return run.outcome(None, status, periods_solved=decomposition.solved)


def lns(
    instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None, columns: Count = 1500,
    nodes: Count = 300, patience: Count = 60,
) -> Outcome:
    """Improve a schedule, by default the greedy's, by HiGHS on stretches of time.

    Parameters
    ----------
    columns : int
        Columns that the first neighbourhood frees.
    nodes : int
        Branch-and-bound nodes per neighbourhood.
    patience : int
        Neighbourhoods in a row without gain that end the search.
    """
    whole = count_model(_begin(instance, run, start))
    _quick(instance, run)
    x = _start(whole, run)
    if x is None:
        return run.outcome()
    _polish(whole, x, run, seed, LnsSettings(columns=columns, most=8000, nodes=nodes, patience=patience))
    return run.outcome()


def _begin(instance: MigServingInstance, run: Run, start: MigServingSchedule | None) -> Options:
    """Return the options of an instance; the run is offered the start."""
    options = options_of(instance)
    if start is not None:
        run.offer(options.value(start), start)
    return options


def _search_fast(instance: MigServingInstance, run: Run, seed: int) -> None:
    """Offer the run what the greedy and local search find, and the published setting's best where that is quick."""
    _quick(instance, run)
    schedule = run.schedule()
    start = schedule if isinstance(schedule, MigServingSchedule) else None
    local_search(instance, run.part(seconds=QUICK_SHARE * run.seconds_left), seed=seed, start=start)
    listed = number_of_configurations(instance)
    if listed <= MOST and listed * instance.periods <= LISTED_PER_S * QUICK_SHARE / 2 * run.seconds_left:
        path(instance, run.part(), seed=seed, start=start)


def _quick(instance: MigServingInstance, run: Run) -> None:
    """Offer the greedy's schedule to the run, if the greedy finds one before the run ends."""
    plan, part = Plan.empty(instance), run.part()
    if fill(plan, part):
        plan.offer(part)


def _start(whole: CountModel, run: Run) -> FloatArray | None:
    """Return the run's incumbent as a solution, None where it has none in the model."""
    schedule = run.schedule()
    counts = whole.counts_of(schedule) if isinstance(schedule, MigServingSchedule) else None
    return None if counts is None else whole.solution(*counts)


def _search(
    whole: CountModel, run: Run, seed: int, x: FloatArray | None
) -> tuple[Status | None, FloatArray | None]:
    """Take the periods apart and polish the path; return the status if it is settled, and the best solution."""
    decomposition = Decomposition(whole, run.part(seconds=PRICE_SHARE * run.seconds_left), seed)
    status = decomposition.search()
    if status is not None:
        return status, x
    if decomposition.counts is not None:
        path = whole.solution(*decomposition.counts)
        if x is None or whole.linear.objective(path) < whole.linear.objective(x):
            x = path
    if x is not None and run.stop() is None and run.gap > 1e-9:
        part = run.part(seconds=POLISH_SHARE * run.seconds_left)
        x = _polish(whole, x, part, seed, LnsSettings(columns=1500, most=8000, nodes=300, patience=20))
    return None, x


def _polish(whole: CountModel, x: FloatArray, run: Run, seed: int, settings: LnsSettings) -> FloatArray:
    """Search neighbourhoods of a solution; the run is offered the best."""
    periods = len(whole.gpus_on)
    size = np.bincount(whole.column_period, minlength=periods)

    def stretch(rng: np.random.Generator, columns: int) -> NDArray[np.bool_]:
        length = int(np.clip(round(columns / max(float(size.mean()), 1.0)), 1, periods))
        first = int(rng.integers(0, periods - length + 1))
        # The changes of the period that follows depend on the last one freed.
        inside: NDArray[np.bool_] = (whole.column_period >= first) & (whole.column_period < first + length)
        if first + length < periods:
            after = np.append(whole.changed[first + length], whole.switched[first + length])
            inside[after[after >= 0]] = True
        return inside

    best = search_neighbourhoods(whole.linear, x, stretch, whole.schedule, run, seed=seed, settings=settings)
    _offer(whole, best, run)
    return best


def _offer(whole: CountModel, x: FloatArray, run: Run) -> None:
    """Offer the schedule of a solution at its own value, which may be better by its routing.

    Exact routing takes out the traces of rates that a solver leaves; a bound that had them too is lowered by them.
    """
    run.offer(whole.objective(x), lambda: whole.schedule(x))
    if run.bound is not None and run.objective is not None and 0 < run.bound - run.objective <= ROUNDING:
        run.bound = run.objective


def _size(linear: LinearModel) -> dict[str, int]:
    return {"rows": linear.rows, "columns": linear.columns, "nonzeros": int(linear.matrix.nnz)}
