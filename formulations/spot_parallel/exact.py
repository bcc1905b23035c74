"""The flow form by HiGHS, and its relaxation."""

from typing import Annotated, TypeAlias

from pydantic import Field

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
    return tables if run.stop() is None else run.outcome()


def flow(
    instance: SpotParallelInstance, run: Run, *, seed: int, start: SpotParallelSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the flow form. Iterations are nodes.

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
    form = flow_form(tables)
    x = None if start is None else form.solution(start.config)
    if not tables.named:
        found = solve_model(form.linear, run, start=x, seed=seed, threads=threads, on_incumbent=form.schedule,
                            options=LP_SOLVER)
    else:
        found = solve_model(form.linear, run, start=x, seed=seed, threads=threads, options=LP_SOLVER)
        if found.x is not None:
            config = form.config(found.x)
            run.offer(tables.value(config), tables.schedule(config))
    if found.status is Status.INFEASIBLE:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE, **found.details())
    return run.outcome(None if run.gap <= CLOSED else found.termination, **found.details())


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
