"""The programs by HiGHS: periods apart without starts, a chain of periods with them, and the linear relaxation."""

from collections.abc import Callable
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.expressions import StoppedError
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.formulations.llm_config.apart import PRECISE, Apart, Pieces
from ecoopt.formulations.llm_config.chained import Chained
from ecoopt.formulations.llm_config.fleet_model import FleetModel, fleet_model
from ecoopt.instances.llm_config import LlmConfigInstance, LlmConfigSchedule
from ecoopt.instances.llm_config.terms import Terms, terms_of

MOST_COLUMNS = 1_000_000
"""Columns beyond which a program is not built: that alone would take minutes and gigabytes."""

SMALL = 3000
"""Columns up to which HiGHS is given a model with starts at once."""

ROUNDING = 1e-9
Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
_BAD = (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR)


def lp(
    instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the linear relaxation.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    begun = begin(terms_of(instance), run, start)
    if not isinstance(begun, FleetModel):
        return begun
    found = solve_lp(begun.linear, run, seed=seed, threads=threads)
    bad = found.status if found.status in _BAD else None
    return run.outcome(None if found.termination is Termination.PROOF else found.termination, bad, **found.details())


def begin(
    terms: Terms, run: Run, start: LlmConfigSchedule | None, first: Callable[[], object] | None = None,
) -> FleetModel | Outcome:
    """Return the model, the start offered; or the outcome where there is none to search or the run stops.

    Parameters
    ----------
    terms : Terms
        The tables.
    run : Run
        Told of the start.
    start : LlmConfigSchedule, optional
        What to begin with.
    first : callable, optional
        Offers a schedule before the model is built, which takes long.

    Raises
    ------
    InputError
        When the model would have more than `MOST_COLUMNS` columns.
    """
    if start is not None:
        run.offer(terms.value(start), start)
    if (terms.demand[~terms.serves[:, terms.items[1]].any(axis=1)] > 0).any():
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    run.prove(0.0)  # No term is negative, which rounding does not know.
    if not len(terms.items[0]):
        periods, classes = terms.instance.periods, len(terms.demand)
        nothing = terms.schedule(np.zeros((periods, 0), dtype=np.int64), [np.zeros((classes, 0))] * periods)
        run.offer(terms.value(nothing), nothing)
    if run.stop() is not None or run.gap <= CLOSED:
        return run.outcome()
    columns = terms.instance.periods * len(terms.items[0]) * 2
    if columns > MOST_COLUMNS:
        raise InputError.one(terms.instance.name, "", f"its program would have {columns} columns, more than "
                             f"{MOST_COLUMNS}", "use local-search, or fewer periods")
    if first is not None:
        first()
    try:
        return fleet_model(terms, run=run)
    except StoppedError:
        return run.outcome()


def solution_of(model: FleetModel, run: Run) -> FloatArray | None:
    """Return the solution that the best schedule known is, if it is one."""
    known = run.schedule()
    return model.solution(known) if isinstance(known, LlmConfigSchedule) else None


def by_highs(model: FleetModel, run: Run, x: FloatArray | None, seed: int, threads: int) -> Outcome:
    """Solve the whole model and close the run."""
    found = solve_model(model.linear, run, start=x, seed=seed, threads=threads, options=PRECISE,
                        on_incumbent=model.schedule)
    settle(model, run)
    bad = found.status if found.status in _BAD and run.objective is None else None
    return run.outcome(None if run.gap <= CLOSED else found.termination, bad, **found.details())


def taken_apart(model: FleetModel, run: Run, x: FloatArray | None, seed: int) -> Status | None:
    """Search periods one by one, chained where starts are charged; return the status of an infeasible instance."""
    pieces = Pieces(model, seed)
    search = Chained(pieces, run) if model.terms.starts_cost else Apart(pieces, run, x)
    status = search.search()
    settle(model, run)
    return status


def settle(model: FleetModel, run: Run) -> None:
    """Say what the best schedule costs as it is written, and take out of the bound what rounding carried past it."""
    known = run.schedule()
    if isinstance(known, LlmConfigSchedule):
        run.objective = model.terms.value(known)
        over = 0.0 if run.bound is None else run.bound - run.objective
        if 0 < over <= ROUNDING * max(abs(run.objective), 1.0):
            run.bound = run.objective
