"""The integer program, made smaller by prices and started by an annealed schedule."""

from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.power_cap.mixed import mixed
from ecoopt.formulations.power_cap.plain_model import PlainModel, plain_model
from ecoopt.formulations.power_cap.strong_model import StrongModel, strong_model
from ecoopt.heuristics.power_cap.local_search import anneal_plan, first_plan
from ecoopt.heuristics.power_cap.plans import Plan, Planner, offer_start
from ecoopt.hybrid.power_cap.lagrangian import EVALUATIONS, ROUNDS, best_prices, polish
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import cap_tables

PRICE_SHARE, SEARCH_SHARE = 0.15, 0.4
SHORT_ROUNDS, HEURISTIC_EFFORT = 15, 0.02

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]


def milp(
    instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None, threads: Threads = 1,
    formulation: Literal["strong", "plain"] = "strong",
) -> Outcome:
    """Bound by prices, anneal a schedule, leave out transitions that no better schedule has, and solve what is left.

    A short annealing comes first, so that a run that is cut off early has a good schedule. With mixed caps allowed the
    linear program is solved, which is exact. A budget of iterations counts rounds of the short annealing, evaluations
    of prices, rounds of annealing, then nodes.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    formulation : {"strong", "plain"}
        With work that stays in the state it came to; or with one backlog per class, from the same start and without
        prices, to compare with.
    """
    if instance.mixed:
        return mixed(instance, run, seed=seed, start=start)
    planner = Planner(cap_tables(instance))
    offer_start(planner, run, start)
    plan = first_plan(planner, run, start)
    _anneal(planner, run, plan, np.random.default_rng([seed, 1]), SHORT_ROUNDS)
    found = None
    if formulation == "strong" and not _done(run):
        found = best_prices(planner, run, EVALUATIONS, run.part(seconds=PRICE_SHARE * run.seconds_left))
    _anneal(planner, run, plan if found is None else found.plan, np.random.default_rng(seed), ROUNDS)
    if planner.possible and not _done(run):
        polish(planner, run)
    if _done(run):
        return run.outcome()
    moves = first = None
    if found is not None and run.objective is not None:
        moves, first = (~out for out in found.rows.ruled_out(found.prices, found.program, run.objective))
    model: StrongModel | PlainModel = (
        strong_model(planner.tables, moves=moves, first=first) if formulation == "strong"
        else plain_model(planner.tables, integer=True))
    best = run.schedule()
    x = model.solution(best) if isinstance(best, PowerCapSchedule) else None
    solved = solve_model(model.model, run, start=x, threads=threads, seed=seed, on_incumbent=model.schedule,
                         options={"mip_heuristic_effort": HEURISTIC_EFFORT})
    status = solved.status if solved.status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR) else None
    return run.outcome(None if run.gap <= CLOSED else solved.termination, status, **solved.details())


def _anneal(planner: Planner, run: Run, plan: Plan, rng: np.random.Generator, rounds: int) -> None:
    """Anneal a plan within a share of the run's time."""
    if planner.possible and not _done(run):
        part = run.part(seconds=SEARCH_SHARE * run.seconds_left, iterations=int(min(run.iterations_left, rounds)))
        anneal_plan(planner, part, plan, rng, rounds)
        run.tick(part.iterations, part.evaluations)


def _done(run: Run) -> bool:
    """Return whether there is nothing left to do or to spend."""
    return run.stop() is not None or run.gap <= CLOSED
