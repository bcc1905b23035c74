"""The integer program of shifting solved, and its linear relaxation."""

from typing import Annotated, TypeAlias

from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.formulations.shifting.model import shifting_model
from ecoopt.instances.shifting import ShiftingCosts, ShiftingInstance, ShiftingSchedule

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
_DECIDED = (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR)


def milp(
    instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the integer program by HiGHS.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    costs = ShiftingCosts(instance)
    if start is not None:
        run.offer(costs.objective(start), start)
    if run.stop() is not None:
        return run.outcome()
    model = shifting_model(costs)
    linear = model.handed.model
    found = solve_model(linear, run, start=None if start is None else model.solution(start), threads=threads,
                        seed=seed, on_incumbent=model.schedule)
    status = found.status if found.status in _DECIDED else None
    return run.outcome(None if run.gap <= 1e-9 else found.termination, status, rows=linear.rows,
                       columns=linear.columns, nonzeros=int(linear.matrix.nnz), **found.details())


def lp(instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None) -> Outcome:
    """Solve the linear relaxation of the integer program: a bound, and what it took."""
    costs = ShiftingCosts(instance)
    if start is not None:
        run.offer(costs.objective(start), start)
    if run.stop() is not None:
        return run.outcome()
    linear = shifting_model(costs).handed.model
    found = solve_lp(linear, run, seed=seed)
    status = found.status if found.status in _DECIDED else None
    return run.outcome(found.termination, status, simplex_iterations=found.simplex_iterations, rows=linear.rows,
                       columns=linear.columns, nonzeros=int(linear.matrix.nnz))
