"""The flow form on what prices of the budgets leave of it: no path through what is left out beats the best known."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.spot_parallel.flow import flow_form
from ecoopt.heuristics.spot_parallel.dynamic import ToCome
from ecoopt.heuristics.spot_parallel.plans import Start, begun, ended, priced
from ecoopt.hybrid.spot_parallel.lagrangian import searched
from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule
from ecoopt.instances.spot_parallel.tables import Tables

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]

EVALUATIONS = 60


def milp(
    instance: SpotParallelInstance, run: Run, *, seed: int, start: Start, threads: Threads = 1,
) -> Outcome:
    """Search prices of the budgets as `lagrangian` does, then solve the flow form on what they do not rule out.

    Without budgets the search of prices is the dynamic program, and ends it. With names of GPUs the flow form is no
    more than a bound, and left out. Iterations are evaluations of prices, moves of a local search, and nodes.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables
    price = searched(tables, run, EVALUATIONS)
    if run.stop() is not None or run.gap <= CLOSED or tables.named:
        return ended(run)
    return _closed(tables, run, price, seed=seed, threads=threads)


def _closed(tables: Tables, run: Run, price: FloatArray, *, seed: int, threads: int) -> Outcome:
    """Solve the flow form on the configurations of nodes that some path better than the best may contain at prices."""
    allowed, x = None, None
    best = run.schedule()
    if run.objective is not None and isinstance(best, SpotParallelSchedule):
        worst = run.objective + 1e-9 * max(1.0, abs(run.objective))
        allowed = ToCome(tables, priced(tables, price)).through() - float(price @ tables.most) <= worst
        allowed[np.arange(len(allowed)), best.config] = True
    form = flow_form(tables, allowed)
    if isinstance(best, SpotParallelSchedule):
        x = form.solution(best.config)
    found = solve_model(form.linear, run, start=x, seed=seed, threads=threads, on_incumbent=form.schedule)
    if run.objective is None and found.status is Status.INFEASIBLE:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE, **found.details())
    return run.outcome(None if run.gap <= CLOSED else found.termination, columns=form.linear.columns,
                       **found.details())
