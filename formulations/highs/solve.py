"""Solve: the calls a family makes, for a Pyomo model or arrays alike."""

from collections.abc import Callable
from typing import Any

from ecoopt.core.arrays import FloatArray
from ecoopt.core.budget import Budget
from ecoopt.core.instance import Schedule
from ecoopt.core.run import Run
from ecoopt.formulations.highs.driver import Order, drive
from ecoopt.formulations.highs.handed_over import HandedOver
from ecoopt.formulations.highs.linear_model import LinearModel
from ecoopt.formulations.highs.options import Options
from ecoopt.formulations.highs.result import Basis, HighsResult


def arrays_of(model: Any) -> LinearModel:
    """Return the arrays of a Pyomo model, a hand-over or a LinearModel."""
    if isinstance(model, LinearModel):
        return model
    if isinstance(model, HandedOver):
        return model.model
    from ecoopt.formulations.highs.arrays import hand_over

    return hand_over(model).model


def solve_model(
    model: Any, run: Run, *, start: FloatArray | None = None, gap: float | None = None, threads: int = 1, seed: int = 0,
    slack: float = 0.0, options: Options | None = None, on_incumbent: Callable[[FloatArray], Schedule] | None = None,
    restricted: bool = False,
) -> HighsResult:
    """Solve a model within what is left of a run's budget.

    Incumbents and bounds reach `run` while HiGHS works, and ``run.stop()`` is polled about eight times a second, so a
    time limit, a target gap or Ctrl-C loses nothing. Same seed, threads 1 and iteration (node) budget: same result.

    Parameters
    ----------
    model : Pyomo model, HandedOver or LinearModel
        A mixed-integer or linear model in the run's sense whose objective is the family's.
    run : Run
        Its seconds limit the solve, its iterations the nodes, its gap is the target when `gap` is not given.
    start : array of float, shape (columns,), optional
        A complete MIP start, in column order. HiGHS drops an infeasible one; the result is never worse than a
        feasible one.
    gap : float, optional
        Relative gap at which to stop; by default that of the run's budget, else 0.
    threads, seed : int
        Of HiGHS.
    slack : float
        Distance of objective and bound at which to stop.
    options : dict, optional
        Further options of HiGHS, by name.
    on_incumbent : callable, optional
        Turns a solution, shape (columns,), whole columns whole, into a schedule. It is called only for the incumbent
        whose schedule is asked for; without it the run is told of bounds alone.
    restricted : bool
        Whether the model is a restriction of the run's problem, such as a neighbourhood: its incumbents count, its
        bounds and nodes do not.

    Returns
    -------
    HighsResult
        Also for infeasible and unbounded models.

    Raises
    ------
    InputError
        For a nonlinear model, an unknown option, a wrong value, a start of the wrong shape.
    """
    order = Order(start, None, gap, threads, seed, options or {}, slack, on_incumbent, restricted)
    return drive(arrays_of(model), run, order)


def solve_lp(
    model: Any, run: Run | None = None, *, basis: Basis | None = None, threads: int = 1, seed: int = 0,
    options: Options | None = None,
) -> HighsResult:
    """Solve a linear model, or the linear relaxation of a mixed-integer one.

    The result holds ``x``, ``objective``, ``row_dual``, ``reduced_cost`` and ``basis``. Duals are derivatives of the
    objective by the bound that is active, in either sense: ``cost = matrix.T @ row_dual + reduced_cost``.

    Parameters
    ----------
    model : Pyomo model, HandedOver or LinearModel
        To solve.
    run : Run, optional
        Limits the solve and is told the bound; without it there is no limit.
    basis : Basis, optional
        Of an earlier solve of a model of the same shape, to start from.
    threads, seed, options
        As in `solve_model`.
    """
    linear = arrays_of(model).relaxed()
    ledger = Run(Budget(), sense=linear.sense) if run is None else run
    return drive(linear, ledger, Order(None, basis, None, threads, seed, options or {}))
