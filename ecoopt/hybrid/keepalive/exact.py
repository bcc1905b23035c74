"""The integer program solved: started from the best heuristic, strengthened by knapsack cuts, proved by HiGHS."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.cuts import strengthen
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.heuristics.keepalive.online.cost import schedule_cost
from ecoopt.hybrid.keepalive.lagrangian import search
from ecoopt.hybrid.keepalive.program import program
from ecoopt.hybrid.lns import LnsSettings, search_neighbourhoods
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule

SMALL = 4
PRICE_SHARE, POLISH_SHARE, CUTS_SHARE = 0.3, 0.15, 0.25
CUTS_S = 120.0

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
Rounds: TypeAlias = Annotated[int, Field(ge=0, le=1_000_000)]
Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]


def milp(
    instance: KeepAliveInstance, run: Run, *, seed: int, start: KeepAliveSchedule | None, threads: Threads = 1,
    heuristic_start: bool = True, polish_rounds: Rounds = 20, cut_rounds: Rounds = 20,
) -> Outcome:
    """Solve the integer program of the instance.

    Gap model with `release`, persistent model with `persist`. Memory prices give a first bound and a start, knapsack
    cuts on the totals per profile close most of what the relaxation leaves open, HiGHS proves the rest.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    heuristic_start : bool
        Whether to look for a start; `start` is used in any case.
    polish_rounds : int
        Neighbourhoods of the start that HiGHS searches first; 0 for none. A model of less than four times a
        neighbourhood's columns goes without.
    cut_rounds : int
        Most rounds of knapsack cuts; 0 gives HiGHS the model as it is.
    """
    _find_start(instance, run, seed, start, heuristic_start)
    if run.stop() is not None or run.gap <= 1e-9:
        return run.outcome()
    model = program(instance)
    x = model.incumbent(run)
    # A neighbourhood that frees much of the model costs as much as the model itself.
    if x is not None and polish_rounds and model.linear.columns > SMALL * LnsSettings().columns:
        part = run.part(seconds=POLISH_SHARE * run.seconds_left, iterations=polish_rounds)
        x = search_neighbourhoods(model.linear, x, model.window, model.schedule, part, seed=seed)
    weights = [instance.profiles.memory_gb] * len(instance.generations)
    strong = strengthen(
        model.linear, model.capacity_rows(), weights, np.asarray(instance.pool_memory_gb), run, rounds=cut_rounds,
        seconds=min(CUTS_SHARE * run.seconds_left, CUTS_S))
    found = solve_model(
        strong.model, run, start=x, threads=threads, seed=seed, on_incumbent=model.schedule)
    status = found.status if found.status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR) else None
    return run.outcome(
        None if run.gap <= 1e-9 else found.termination, status, cuts=strong.cuts, root_bounds=list(strong.bounds),
        rows=strong.model.rows, columns=strong.model.columns, nonzeros=int(strong.model.matrix.nnz), **found.details())


def lp(instance: KeepAliveInstance, run: Run, *, seed: int, start: KeepAliveSchedule | None) -> Outcome:
    """Solve the linear relaxation of the integer program: a bound, and what it took."""
    model = program(instance)
    found = solve_lp(model.linear, run, seed=seed)
    if start is not None:
        x = model.solution(start)
        run.offer(model.linear.objective(x), lambda: model.schedule(x))
    # A relaxation cut short may be feasible, which says nothing of schedules.
    status = found.status if found.status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR) else None
    return run.outcome(found.termination, status,
                       simplex_iterations=found.simplex_iterations, rows=model.linear.rows,
                       columns=model.linear.columns, nonzeros=int(model.linear.matrix.nnz))


def lns(
    instance: KeepAliveInstance, run: Run, *, seed: int, start: KeepAliveSchedule | None, columns: Count = 250,
    nodes: Count = 200, patience: Count = 60,
) -> Outcome:
    """Improve the best heuristic's schedule by HiGHS on stretches of time.

    Parameters
    ----------
    columns : int
        Columns that the first neighbourhood frees.
    nodes : int
        Branch-and-bound nodes per neighbourhood.
    patience : int
        Neighbourhoods in a row without gain that end the search.
    """
    _find_start(instance, run, seed, start, True)
    if run.stop() is not None or run.gap <= 1e-9:
        return run.outcome()
    model = program(instance)
    x = model.incumbent(run)
    assert x is not None, "the search gives a schedule whatever the budget"
    settings = LnsSettings(columns=columns, nodes=nodes, patience=patience)
    search_neighbourhoods(model.linear, x, model.window, model.schedule, run, seed=seed, settings=settings)
    return run.outcome()


def _find_start(
    instance: KeepAliveInstance, run: Run, seed: int, start: KeepAliveSchedule | None, seek: bool
) -> None:
    """Tell the run of the start, of the best heuristic's schedule, and of the bound that memory prices prove."""
    if start is not None:
        run.offer(schedule_cost(instance, start).objective, start)
    if seek:
        search(instance, run.part(), seed=seed, start=start, price_share=PRICE_SHARE)
