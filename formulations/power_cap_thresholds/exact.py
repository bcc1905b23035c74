"""The scenario program by HiGHS, its relaxation, and the search through all monotone levels."""

from typing import Annotated, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ecoopt.core.arrays import IntArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.formulations.power_cap_thresholds.program import program_of, schedule_of, start_value
from ecoopt.instances.power_cap_thresholds import PowerCapThresholdsInstance, PowerCapThresholdsSchedule
from ecoopt.instances.power_cap_thresholds.tables import Tables, tables_of

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]


def milp(
    instance: PowerCapThresholdsInstance, run: Run, *, seed: int, start: PowerCapThresholdsSchedule | None,
    threads: Threads = 1,
) -> Outcome:
    """Solve the scenario program. Iterations are nodes.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    tables = tables_of(instance)
    if not tables.feasible(0):
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if start is not None:
        run.offer(start_value(tables, start), start)
    if run.stop() is not None:
        return run.outcome()
    program = program_of(tables)
    x = None if start is None else program.solution(start)
    found = solve_model(program.linear, run, start=x, seed=seed, threads=threads, on_incumbent=program.schedule)
    return run.outcome(None if run.gap <= CLOSED else found.termination, **found.details())


def lp(
    instance: PowerCapThresholdsInstance, run: Run, *, seed: int, start: PowerCapThresholdsSchedule | None,
    threads: Threads = 1,
) -> Outcome:
    """Solve the linear relaxation of the scenario program.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    tables = tables_of(instance)
    if not tables.feasible(0):
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if start is not None:
        run.offer(start_value(tables, start), start)
    if run.stop() is not None:
        return run.outcome()
    found = solve_lp(program_of(tables).linear, run, seed=seed, threads=threads)
    return run.outcome(None if found.termination is Termination.PROOF else found.termination, **found.details())


def enumeration(
    instance: PowerCapThresholdsInstance, run: Run, *, seed: int, start: PowerCapThresholdsSchedule | None,
) -> Outcome:
    """Go through all levels that become slower from state to state, depth first, and leave out what cannot be better.

    A branch is left when it trips too many scenarios, or loses as much as the best schedule with the least that later
    states can lose. An iteration is a number of servers. Optimal when it ends.
    """
    tables = tables_of(instance)
    if not tables.feasible(0):
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if start is not None:
        run.offer(start_value(tables, start), start)
    slower = np.asarray((tables.choice[:, None, :] <= tables.choice[None, :, :]).all(axis=2))
    for n in range(len(tables.added)):
        if (reason := run.stop()) is not None:
            return run.outcome(reason)
        if not tables.feasible(n):
            break
        found = _best_choices(tables, n, slower, run.objective)
        run.tick(1)
        if found is not None:
            run.offer(tables.value(n, found), schedule_of(tables, n, found))
    if run.objective is not None:
        run.prove(run.objective)
    return run.outcome()


def _best_choices(
    tables: Tables, n: int, slower: NDArray[np.bool_], objective: float | None,
) -> IntArray | None:
    """Return the choice of each state that loses least with a number of servers, None where none beats an objective."""
    instance, states = tables.instance, tables.instance.states
    worth = instance.value_h * float(tables.added[n])
    alone = tables.trips[n].sum(axis=2) <= instance.most_trips
    least = np.where(alone, tables.loss_h[n], np.inf).min(axis=1)
    after = np.append(np.cumsum(least[::-1])[::-1][1:], 0.0)
    order = np.argsort(tables.loss_h[n], axis=1, kind="stable")
    best, limit = None, np.inf if objective is None else objective + worth
    path = np.zeros(states, dtype=np.int64)

    def descend(s: int, lost_h: float, tripped: np.ndarray) -> None:
        nonlocal best, limit
        for q in order[s].tolist():
            total_h = lost_h + float(tables.loss_h[n, s, q])
            if total_h + after[s] >= limit:
                return
            if not alone[s, q] or (s and not slower[path[s - 1], q]):
                continue
            over = tripped | tables.trips[n, s, q]
            if over.sum() > instance.most_trips:
                continue
            path[s] = q
            if s + 1 == states:
                best, limit = path.copy(), total_h
                return
            descend(s + 1, total_h, over)

    descend(0, 0.0, np.zeros(instance.scenarios, dtype=bool))
    return best
