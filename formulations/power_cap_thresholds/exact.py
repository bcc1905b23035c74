"""The program on choices by HiGHS, its relaxation, and the best choice for each number of servers."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.formulations.power_cap_thresholds.program import program_of, schedule_of, start_value
from ecoopt.instances.power_cap_thresholds import PowerCapThresholdsInstance, PowerCapThresholdsSchedule
from ecoopt.instances.power_cap_thresholds.tables import Tables, tables_of

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]


def begun(
    instance: PowerCapThresholdsInstance, run: Run, start: PowerCapThresholdsSchedule | None
) -> Tables | Outcome:
    """Return the tables of an instance once the start is offered, or how the run has ended already."""
    tables = tables_of(instance)
    if not tables.feasible(0):
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if start is not None:
        run.offer(start_value(tables, start), start)
    return tables if run.stop() is None else run.outcome()


def milp(
    instance: PowerCapThresholdsInstance, run: Run, *, seed: int, start: PowerCapThresholdsSchedule | None,
    threads: Threads = 1,
) -> Outcome:
    """Solve the program on choices. Iterations are nodes.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    tables = begun(instance, run, start)
    if not isinstance(tables, Tables):
        return tables
    program = program_of(tables)
    x = None if start is None else program.solution(start)
    found = solve_model(program.linear, run, start=x, seed=seed, threads=threads, on_incumbent=program.schedule)
    return run.outcome(None if run.gap <= CLOSED else found.termination, **found.details())


def lp(
    instance: PowerCapThresholdsInstance, run: Run, *, seed: int, start: PowerCapThresholdsSchedule | None,
    threads: Threads = 1,
) -> Outcome:
    """Solve the linear relaxation of the program on choices.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    tables = begun(instance, run, start)
    if not isinstance(tables, Tables):
        return tables
    found = solve_lp(program_of(tables).linear, run, seed=seed, threads=threads)
    return run.outcome(None if found.termination is Termination.PROOF else found.termination, **found.details())


def enumeration(
    instance: PowerCapThresholdsInstance, run: Run, *, seed: int, start: PowerCapThresholdsSchedule | None,
) -> Outcome:
    """Take the best choice above the last threshold for each number of servers, at full speed below it.

    Only above the last threshold can a scenario trip. An iteration is a number of servers. Optimal when it ends.
    """
    tables = begun(instance, run, start)
    if not isinstance(tables, Tables):
        return tables
    for n in range(len(tables.added)):
        if (reason := run.stop()) is not None:
            return run.outcome(reason)
        if not tables.feasible(n):
            break
        last = int(np.where(tables.trips[n] <= instance.most_trips, tables.loss_h[n, -1], np.inf).argmin())
        run.tick(1)
        found = schedule_of(tables, n, last)
        run.offer(start_value(tables, found), found)
    if run.objective is not None:
        run.prove(run.objective)
    return run.outcome()
