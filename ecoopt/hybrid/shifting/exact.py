"""The integer program solved: annealing and a dive first, so that HiGHS begins with a good schedule and a bound."""

from typing import Annotated, TypeAlias

from pydantic import Field

from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.shifting.dive import dived
from ecoopt.formulations.shifting.exact import branched
from ecoopt.formulations.shifting.model import shifting_model
from ecoopt.heuristics.shifting.searches import annealing
from ecoopt.hybrid.shifting.settling import settled
from ecoopt.instances.shifting import ShiftingCosts, ShiftingInstance, ShiftingSchedule

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]

ANNEALED, DIVED = 0.25, 0.5
"""Shares of the time for annealing, and then of the time left for the dive."""

STEPS, STEPS_PER_JOB = 10, 5
"""Most iterations of annealing without a limit of time, and with one for each job."""

SMALL = 1000
"""Columns up to which HiGHS needs no dive."""

RISE, NODES = 1.5e-4, 2000


def milp(
    instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the integer program by HiGHS, from the best schedule of the list greedy, annealing and a dive.

    Annealing has a quarter of the time at most, the dive half of the rest where the program is not small. What
    they find is a complete start of HiGHS. Iterations are nodes of HiGHS.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    costs = ShiftingCosts(instance)
    if start is not None:
        run.offer(costs.objective(start), start)
    if run.stop() is not None:
        return run.outcome()
    timed = run.budget.seconds is not None and run.budget.iterations is None
    steps = STEPS_PER_JOB * instance.jobs if timed else STEPS
    annealing(instance, run.part(seconds=ANNEALED * run.seconds_left, iterations=steps), seed=seed, start=start)
    if run.stop() is not None:
        return run.outcome()
    model = shifting_model(costs)
    linear = model.handed.model
    if linear.columns > SMALL and timed:
        part = run.part(seconds=DIVED * run.seconds_left)
        if dived(model, part, seed=seed, rise=RISE, nodes=NODES) is Status.INFEASIBLE:
            return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    known = run.schedule()
    x = model.solution(settled(costs, known)) if isinstance(known, ShiftingSchedule) else None
    if run.gap <= CLOSED:
        return run.outcome()
    return branched(model, run, x, seed=seed, threads=threads)
