"""The time-indexed program by HiGHS, after prices and beams have left it as little as they can."""

from typing import Annotated, Any, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.budget import Budget
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Termination
from ecoopt.formulations.dispatch.relaxation import Cells, Priced, Tolerance, leaning_types, prove
from ecoopt.formulations.dispatch.time_indexed import Program, program_of
from ecoopt.formulations.highs import HighsResult, solve_model
from ecoopt.hybrid.dispatch.beams import Width, begin, search
from ecoopt.instances.dispatch import DispatchInstance, DispatchSchedule
from ecoopt.instances.dispatch.prices import step_of

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=1_000_000)]

SEARCH_SHARE = 0.4
ATTEMPTS, ATTEMPT_NODES = 12, 1
MOST_COLUMNS = 200_000


def milp(
    instance: DispatchInstance, run: Run, *, seed: int, start: DispatchSchedule | None, threads: Threads = 1,
    width: Width = 300, patience: Count = 40, cells: Cells | None = None, tolerance: Tolerance = 1e-5,
) -> Outcome:
    """Bound by prices of time, search by beams, then let HiGHS solve the program that they leave.

    With whole weights the bound is rounded down, and HiGHS is first asked for a schedule that reaches it, in a program
    from which the prices take all that such a schedule cannot contain, and first of all on the types that a corner of
    the relaxation has each query on. If there is none, the bound falls by a step. The program needs cells of one tick;
    where ticks are too fine for that, prices and beams are all there is. Iterations are those of `beam`, then nodes.

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
    step, rng = step_of(priced.line.weight), np.random.default_rng(seed)
    ask = _Asking(instance, run, threads=threads, seed=seed, slack=0.99 * step)
    while True:
        target = _known(run.bound) if step else _known(run.objective)
        for _ in range(ATTEMPTS):
            ask(program_of(priced, target, leaning_types(priced, rng)), ATTEMPT_NODES)
            if run.gap <= CLOSED or (reason := run.stop()) is not None:
                return None if run.gap <= CLOSED else reason, ask.figures
        found = ask(program_of(priced, target))
        if found.termination is not Termination.PROOF:
            return found.termination, ask.figures
        # What HiGHS proves holds of schedules that reach the target alone.
        reached = found.objective is not None and found.objective >= target - step / 2
        run.prove(max(target - step, _known(run.objective)) if step and not reached else
                  target if step or found.bound is None else max(found.bound, target))
        if run.gap <= CLOSED or not step or (reason := run.stop()) is not None:
            return None if run.gap <= CLOSED else reason, ask.figures


class _Asking:
    """Programs given to HiGHS within a run, which is told of schedules alone."""

    def __init__(self, instance: DispatchInstance, run: Run, *, threads: int, seed: int, slack: float) -> None:
        self.instance, self.run = instance, run
        self.threads, self.seed, self.slack = threads, seed, slack
        self.figures: dict[str, Any] = {}

    def __call__(self, program: Program, most_nodes: int | None = None) -> HighsResult:
        """Solve a program, within so many nodes."""
        run, left = self.run, _left(self.run)
        nodes = min((limit for limit in (left, most_nodes) if limit is not None), default=None)
        seconds = None if run.budget.seconds is None else run.seconds_left
        found = solve_model(program.model, Run(Budget(seconds=seconds, iterations=nodes), sense=Sense.MAX), gap=0.0,
                            slack=self.slack, threads=self.threads, seed=self.seed)
        run.tick(found.nodes if left is None else min(found.nodes, left))
        if found.x is not None and found.objective is not None:
            run.offer(found.objective, program.line.schedule(self.instance.queries, program.machines(found.x)))
        self.figures = {"columns": program.model.columns, **found.details()}
        return found


def _known(value: float | None) -> float:
    assert value is not None
    return value


def _left(run: Run) -> int | None:
    """Return the iterations left, None without a limit."""
    return None if run.budget.iterations is None else int(run.iterations_left)


def _within_reach(priced: Priced) -> bool:
    """Return whether HiGHS can hold the program, and its starts are the exact ones."""
    line = priced.line
    return line.cell == 1 and float(np.maximum(line.qos + 1 - line.service, 0).sum()) <= MOST_COLUMNS
