"""The time-indexed program by HiGHS, after prices and beams have left it as little as they can."""

from typing import Annotated, Any, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.budget import Budget
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Termination
from ecoopt.formulations.dispatch.relaxation import Cells, Priced, Tolerance, prove
from ecoopt.formulations.dispatch.time_indexed import program_of
from ecoopt.formulations.highs import solve_model
from ecoopt.hybrid.dispatch.beams import Width, begin, search
from ecoopt.instances.dispatch import DispatchInstance, DispatchSchedule
from ecoopt.instances.dispatch.prices import step_of

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=1_000_000)]

SEARCH_SHARE = 0.4
MOST_COLUMNS = 200_000


def milp(
    instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None, threads: Threads = 1,
    width: Width = 300, patience: Count = 100, cells: Cells | None = None, tolerance: Tolerance = 1e-5,
) -> Outcome:
    """Bound by prices of time, search by beams, then let HiGHS solve the program that they leave.

    With whole weights the bound is rounded down, and HiGHS is first asked for a schedule that reaches it, in a program
    from which the prices take all that such a schedule cannot contain; if there is none, the bound falls by a step. The
    program needs cells of one tick; where ticks are too fine for that, prices and beams are all there is. Iterations
    are those of `beam`, then nodes.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    width, patience, cells, tolerance
        As for `beam`.
    """
    begin(instance, run, start)
    priced = None if run.gap <= CLOSED or run.stop() is not None else prove(
        instance, run, cells=cells, tolerance=tolerance)
    if priced is None:
        return run.outcome()
    details: dict[str, Any] = {"price_bound": run.bound, "cell_ms": priced.line.cell * instance.tick_ms}
    whole = _within_reach(priced)
    most = None if run.budget.seconds is None or not whole else SEARCH_SHARE * run.seconds_left
    part = run.part(seconds=most, iterations=_left(run))
    ended = search(instance, priced, part, seed=seed, width=width, patience=patience)
    run.tick(part.iterations, part.evaluations)
    if run.gap <= CLOSED or run.stop() is not None or not whole:
        return run.outcome(None if run.gap <= CLOSED or run.stop() is not None else ended, **details)
    termination, found = _solve(instance, priced, run, threads=threads, seed=seed)
    return run.outcome(termination, **details, **found)


def _solve(
    instance: DispatchInstance, priced: Priced, run: Run, *, threads: int, seed: int,
) -> tuple[Termination | None, dict[str, Any]]:
    """Ask HiGHS for what the bound allows, step by step; return why that ended, and its figures."""
    step = step_of(priced.line.weight)
    while True:
        assert run.bound is not None
        assert run.objective is not None
        target = run.bound if step else run.objective
        program, left = program_of(priced, target), _left(run)
        # What it proves holds of schedules that reach the target alone, so the run must not be told of it.
        seconds = None if run.budget.seconds is None else run.seconds_left
        ledger = Run(Budget(seconds=seconds, iterations=left), sense=Sense.MAX)
        found = solve_model(program.model, ledger, gap=0.0, slack=0.99 * step, threads=threads, seed=seed)
        run.tick(found.nodes if left is None else min(found.nodes, left))
        if found.x is not None and found.objective is not None:
            run.offer(found.objective, program.line.schedule(instance.queries, program.machines(found.x)))
        figures = {"columns": program.model.columns, **found.details()}
        if found.termination is not Termination.PROOF:
            return found.termination, figures
        if step and (found.objective is None or found.objective < target - step / 2):
            run.prove(max(target - step, run.objective))
        else:
            run.prove(target if step or found.bound is None else max(found.bound, target))
        if run.gap <= CLOSED or not step or (reason := run.stop()) is not None:
            return None if run.gap <= CLOSED else reason, figures


def _left(run: Run) -> int | None:
    """Return the iterations left, None without a limit."""
    return None if run.budget.iterations is None else int(run.iterations_left)


def _within_reach(priced: Priced) -> bool:
    """Return whether HiGHS can hold the program, and its starts are the exact ones."""
    line = priced.line
    return line.cell == 1 and float(np.maximum(line.qos + 1 - line.service, 0).sum()) <= MOST_COLUMNS
