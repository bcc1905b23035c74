"""The integer program and its relaxation, solved."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import LinearModel, solve_lp, solve_model
from ecoopt.formulations.highs.options import Options
from ecoopt.formulations.node_mix.mix_model import mix_model
from ecoopt.instances.node_mix import NodeMixInstance, NodeMixSchedule, mix_kg

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
_DECIDED = (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR)
_EXACT: Options = {"primal_feasibility_tolerance": 1e-9, "mip_feasibility_tolerance": 1e-9}


def milp(
    instance: NodeMixInstance, run: Run, *, seed: int, start: NodeMixSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the integer program; options that another one makes useless are left out.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    if start is not None:
        run.offer(mix_kg(instance, start.count), start)
    if run.stop() is not None:
        return run.outcome()
    model = mix_model(instance)
    x = None if start is None else model.solution(start)
    found = solve_model(model.linear, run, start=x, threads=threads, seed=seed, options=_EXACT,
                        on_incumbent=model.schedule)
    status = found.status if found.status in _DECIDED else None
    return run.outcome(
        None if run.gap <= 1e-9 else found.termination, status, rows=model.linear.rows, columns=model.linear.columns,
        nonzeros=int(model.linear.matrix.nnz), **found.details())


def lp(instance: NodeMixInstance, run: Run, *, seed: int, start: NodeMixSchedule | None) -> Outcome:
    """Solve the linear relaxation, and prove the bound that its duals give whatever the solver's tolerance."""
    if start is not None:
        run.offer(mix_kg(instance, start.count), start)
    if run.stop() is not None:
        return run.outcome()
    model = mix_model(instance)
    part = Run(run.budget, sense=run.sense)
    found = solve_lp(model.linear, part, seed=seed)
    if found.row_dual is not None:
        run.prove(dual_bound(model.linear, found.row_dual))
    status = found.status if found.status in _DECIDED else None
    return run.outcome(found.termination, status, simplex_iterations=found.simplex_iterations, rows=model.linear.rows,
                       columns=model.linear.columns, nonzeros=int(model.linear.matrix.nnz))


def dual_bound(model: LinearModel, row_dual: FloatArray) -> float:
    """Return the bound that any prices of the rows prove for a model to be minimised whose columns are bounded.

    ``sum_r y_r b_r + sum_j min over [l_j, u_j] of (c_j - A_j y) x_j`` with each y_r on the side of the row that exists;
    less a share of 1e-14 of the sizes of all terms, for their rounding.
    """
    y = np.where(np.isneginf(model.row_lower), np.minimum(row_dual, 0.0), row_dual)
    y = np.where(np.isposinf(model.row_upper), np.maximum(y, 0.0), y)
    side = np.where(y > 0, model.row_lower, model.row_upper)
    rows = np.where(y != 0, y * np.where(np.isfinite(side), side, 0.0), 0.0)
    reduced = model.cost - model.matrix.T @ y
    columns = np.where(reduced > 0, reduced * model.lower, reduced * model.upper)
    size = np.abs(rows).sum() + (np.abs(model.cost) + np.abs(model.matrix.T) @ np.abs(y)) @ model.upper
    return float(model.offset + rows.sum() + columns.sum() - 1e-14 * size)
