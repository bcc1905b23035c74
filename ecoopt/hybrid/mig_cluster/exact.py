"""The mean-busy-time program next to the best heuristic: a proven bound and a schedule."""

from typing import Annotated, Any, TypeAlias

from pydantic import Field

from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.mig_cluster.relaxation import lone_bound, prove_integer, prove_linear
from ecoopt.heuristics.mig_cluster.searches import Tasting, local_search
from ecoopt.heuristics.mig_cluster.simulation import offer_start
from ecoopt.instances.mig_cluster import MigClusterInstance, MigClusterSchedule

SEARCH_SHARE, SEARCH_ITERATIONS = 0.3, 2000
MOST_BORDERS = 200

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
Count: TypeAlias = Annotated[int, Field(ge=2, le=100_000)]


def milp(
    instance: MigClusterInstance, run: Run, *, seed: int, start: MigClusterSchedule | None, threads: Threads = 1,
    points: Count | None = None, borders: Count = 24,
) -> Outcome:
    """Search a schedule, bound it by the linear relaxation, then raise the bound by the integer one.

    The program is a relaxation: its solutions are no schedules, and no bound of it need be reached. A budget of
    iterations counts simulations of the search, then nodes. The integer program is solved on a coarse grid first, and
    once more on one twice as fine each time it is solved.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    points : int, optional
        Borders of the linear program's grid of time; by default 12 to 200, fewer the more jobs there are.
    borders : int
        Borders of the integer program's first grid.
    """
    run.prove(lone_bound(instance))
    offer_start(instance, run, start)
    tasting = Tasting(instance)
    tasting.offer(run, tasting.plain)
    if run.stop() is not None or run.gap <= CLOSED:
        return run.outcome()
    most = min(run.iterations_left, SEARCH_ITERATIONS)
    part = run.part(seconds=SEARCH_SHARE * run.seconds_left, iterations=int(most))
    search = local_search(instance, part, seed=seed, start=None)
    run.tick(search.iterations, search.evaluations)
    if run.stop() is not None or run.gap <= CLOSED:
        return run.outcome()
    schedule = run.schedule()
    horizon_s = float(schedule.end_s.max()) if isinstance(schedule, MigClusterSchedule) else None
    linear = prove_linear(instance, run, seed=seed, points=points, horizon_s=horizon_s)
    if run.stop() is not None or run.gap <= CLOSED:
        return run.outcome(linear_bound=linear.bound)
    details: dict[str, Any] = {"linear_bound": linear.bound}
    while True:
        found = prove_integer(instance, run, seed=seed, threads=threads, borders=borders, horizon_s=horizon_s)
        details |= {"integer_bound": run.bound, "borders": borders, **found.details()}
        borders *= 2
        done = found.termination is not Termination.PROOF or borders > MOST_BORDERS
        if done or run.gap <= CLOSED or run.stop() is not None:
            break
    status = found.status if found.status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR) else None
    return run.outcome(None if run.gap <= CLOSED or found.termination is Termination.PROOF else found.termination,
                       status, **details)
