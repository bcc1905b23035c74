"""The integer program of shifting solved, and its linear relaxation."""

from ecoopt.core.arrays import FloatArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.formulations.shifting.model import ShiftingModel, shifting_model
from ecoopt.instances.shifting import ShiftingCosts, ShiftingInstance, ShiftingSchedule

_DECIDED = (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR)


def branched(model: ShiftingModel, run: Run, x: FloatArray | None, *, seed: int, threads: int = 1) -> Outcome:
    """Solve a model by HiGHS.

    Parameters
    ----------
    model : ShiftingModel
        The integer program.
    run : Run
        Its iterations are nodes.
    x : float array [columns], optional
        A solution to begin with.
    seed, threads : int
        Of HiGHS.
    """
    linear = model.handed.model
    found = solve_model(linear, run, start=x, threads=threads, seed=seed, on_incumbent=model.schedule)
    status = found.status if found.status in _DECIDED else None
    return run.outcome(None if run.gap <= CLOSED else found.termination, status, rows=linear.rows,
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
