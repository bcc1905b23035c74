"""The integer program solved: the relaxation, its rounding, windows solved anew, and last the whole by HiGHS."""

from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.refresh.fleet_model import fleet_model
from ecoopt.formulations.refresh.relaxation import Threads, relaxed
from ecoopt.hybrid.refresh.rounding import rounded
from ecoopt.hybrid.refresh.windows import polished
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule
from ecoopt.instances.refresh.tables import tables_of

SMALL = 6000
"""Columns up to which HiGHS is given the program at once."""



def milp(
    instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the integer program. Iterations are nodes of HiGHS, and before that windows searched.

    Parameters
    ----------
    threads : int
        Of HiGHS on the whole program; 0 leaves the number to it.
    """
    tables = tables_of(instance)
    if start is not None:
        run.offer(tables.value(start), start)
    if run.stop() is not None:
        return run.outcome()
    model = fleet_model(tables)
    found = relaxed(model, run, seed=seed)
    if found.status is Status.INFEASIBLE:
        return run.outcome(None, Status.INFEASIBLE)
    if found.x is not None:
        rounded(tables, *model.counts(found.x), run)
    known = run.schedule()
    x = model.solution(known) if isinstance(known, RefreshSchedule) else None
    if x is not None and model.linear.columns > SMALL and run.stop() is None:
        x = polished(model, x, run, seed)
    if run.stop() is not None or run.gap <= CLOSED:
        return run.outcome()
    solved = solve_model(model.linear, run, start=x, threads=threads, seed=seed, on_incumbent=model.schedule)
    status = solved.status if solved.status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR) else None
    return run.outcome(None if run.gap <= CLOSED else solved.termination, status, **solved.details())
