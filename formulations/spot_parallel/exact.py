"""The flow form by HiGHS, and its relaxation."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import IntArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.formulations.highs.options import Options
from ecoopt.formulations.spot_parallel.flow import flow_form
from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule
from ecoopt.instances.spot_parallel.tables import Tables, tables_of

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]

LP_SOLVER: Options = {"mip_lp_solver": "ipm"}
"""The relaxation is degenerate: interior points are three times as fast as the simplex."""


def begun(instance: SpotParallelInstance, run: Run, start: SpotParallelSchedule | None) -> Tables | Outcome:
    """Return the tables of an instance once start and first bound are known, or how the run has ended already."""
    tables = tables_of(instance)
    if tables.lacking:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if start is not None:
        run.offer(tables.schedule_usd(start), start)
    run.prove(tables.least_usd)
    if run.stop() is not None:
        return run.outcome()
    return tables if tables.changes.ready(run.stop) else run.outcome(reason=tables.changes.CUT_SHORT)


def flow(
    instance: SpotParallelInstance, run: Run, *, seed: int, start: SpotParallelSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the flow form. Iterations are nodes.

    Without budgets its relaxation comes first, which is whole: rounded, it is the optimum.
    Where GPUs have names and moving takes time, it has pauses of least moving: its bound holds, and its solution is
    placed node by node.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables
    _offer(tables, run, tables.cost_usd.argmin(axis=1))
    form = flow_form(tables)
    if not len(tables.most):
        relaxed = solve_lp(form.linear, run.part(), seed=seed, threads=threads, options={"solver": "ipm"})
        if relaxed.x is not None:
            _offer(tables, run, form.config(relaxed.x))
        if run.stop() is not None or run.gap <= CLOSED:
            return run.outcome(**relaxed.details())
    best = run.schedule()
    x = form.solution(best.config) if isinstance(best, SpotParallelSchedule) else None
    if not tables.named:
        found = solve_model(form.linear, run, start=x, seed=seed, threads=threads, on_incumbent=form.schedule,
                            options=LP_SOLVER)
    else:
        found = solve_model(form.linear, run, start=x, seed=seed, threads=threads, options=LP_SOLVER)
        if found.x is not None:
            _offer(tables, run, form.config(found.x))
    if found.status is Status.INFEASIBLE:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE, **found.details())
    return run.outcome(None if run.gap <= CLOSED else found.termination, **found.details())


def _offer(tables: Tables, run: Run, config: IntArray) -> None:
    """Offer configurations [N] where they fit and keep the budgets."""
    if np.isfinite(value := tables.value(config)) and tables.within(config):
        run.offer(value, tables.schedule(config))


def lp(
    instance: SpotParallelInstance, run: Run, *, seed: int, start: SpotParallelSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the relaxation of the flow form; without budgets its value is that of the dynamic program.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables
    found = solve_lp(flow_form(tables).linear, run, seed=seed, threads=threads, options={"solver": "ipm"})
    return run.outcome(None if found.termination is Termination.PROOF else found.termination, **found.details())
