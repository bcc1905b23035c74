"""The multi-mode program by HiGHS: started by searches, and left with what prices do not rule out."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.budget import Budget
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.highs import solve_model
from ecoopt.hybrid.power_cap_jobs.core import Core, begin, core_of, warm
from ecoopt.hybrid.power_cap_jobs.windows import improve
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance, PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.options import options_of

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]

CORES, CORE_NODES = (8, 14), 400
WARM_SHARE, CORE_SHARE, LNS_SHARE = 0.05, 0.2, 0.4
LNS_PATIENCE = 40


def milp(
    instance: PowerCapJobsInstance, run: Run, *, seed: int, start: PowerCapJobsSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the program that prices and searches leave.

    First come the greedy's orders, prices, a short local search, the program over the few cheapest options of each job,
    and neighbourhoods; then the program over all options that a better schedule may contain. Iterations are the
    greedy's orders, those of the local search, neighbourhoods and nodes.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    options = options_of(instance)
    if options.impossible:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    begin(options, run, start)
    if run.stop() is not None:
        return run.outcome()
    core = core_of(options, run)
    warm(core, run, np.random.default_rng(seed), patience=20, seconds=_share(run, WARM_SHARE))
    for number in CORES:
        if run.stop() is not None or run.gap <= CLOSED:
            return run.outcome()
        _solve_cheapest(core, run, number, threads=threads, seed=seed)
    if run.objective is not None and run.stop() is None:
        part = run.part(seconds=_share(run, LNS_SHARE), iterations=_left(run))
        part.offer(run.objective, _known(run))
        improve(core, part, seed=seed, patience=LNS_PATIENCE)
        run.tick(part.iterations)
    if run.stop() is not None or run.gap <= CLOSED:
        return run.outcome()
    best = None if run.objective is None else _known(run)
    program = core.program(run.objective, best)
    x = None if best is None else program.solution(best)
    found = solve_model(program.linear, run, start=x, seed=seed, threads=threads, on_incumbent=program.schedule)
    if run.objective is None and found.status is Status.INFEASIBLE:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE, **found.details())
    return run.outcome(None if run.gap <= CLOSED else found.termination, columns=program.linear.columns,
                       **found.details())


def _solve_cheapest(core: Core, run: Run, number: int, *, threads: int, seed: int) -> None:
    """Look for a better schedule among so many options of each job."""
    best = None if run.objective is None else _known(run)
    program = core.cheapest(number, run.objective, best)
    x = None if best is None else program.solution(best)
    left = _left(run)
    nodes = CORE_NODES if left is None else min(left, CORE_NODES)
    ledger = Run(Budget(seconds=_share(run, CORE_SHARE), iterations=nodes))
    found = solve_model(program.linear, ledger, start=x, seed=seed, threads=threads)
    run.tick(ledger.iterations if left is None else min(ledger.iterations, left))
    if found.x is not None and found.objective is not None:
        run.offer(found.objective, program.schedule(found.x))


def _known(run: Run) -> PowerCapJobsSchedule:
    schedule = run.schedule()
    assert isinstance(schedule, PowerCapJobsSchedule)
    return schedule


def _left(run: Run) -> int | None:
    """Return the iterations left, None without a limit."""
    return None if run.budget.iterations is None else int(run.iterations_left)


def _share(run: Run, share: float) -> float | None:
    """Return a share of the seconds left, None without a limit."""
    return None if run.budget.seconds is None else share * run.seconds_left
