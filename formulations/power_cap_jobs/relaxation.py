"""The linear relaxation by HiGHS, and the program alone as a solver sees it."""

from typing import Annotated, TypeAlias

from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.expressions import StoppedError
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.power_cap_jobs.pricing import best_prices
from ecoopt.formulations.power_cap_jobs.program import program_of
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance, PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.options import options_of, useful

PRICE_STEPS = 10
Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]


def lp(
    instance: PowerCapJobsInstance, run: Run, *, seed: int, start: PowerCapJobsSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the linear relaxation of the program; until that is done, the bound is that of a few prices.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    options = options_of(instance)
    if options.impossible:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if start is not None:
        run.offer(options.value(start.start_slot, start.cap), start)
    if run.stop() is not None:
        return run.outcome()
    best_prices(options, run.part(iterations=PRICE_STEPS))
    try:
        program = program_of(options, useful(options), run)
    except StoppedError:
        return run.outcome()
    found = solve_lp(program.linear, run, seed=seed, threads=threads)
    return run.outcome(None if found.termination is Termination.PROOF else found.termination, **found.details())
