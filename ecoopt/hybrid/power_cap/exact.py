"""The integer program from an annealed start."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.power_cap.mixed import mixed
from ecoopt.formulations.power_cap.plain_model import PlainModel, plain_model
from ecoopt.formulations.power_cap.strong_model import StrongModel, strong_model
from ecoopt.heuristics.power_cap.local_search import local_search
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import cap_tables

CLOSED = 1e-9
SEARCH_SHARE, SEARCH_ROUNDS = 0.1, 100

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]


def milp(
    instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None, threads: Threads = 1,
    formulation: Literal["strong", "plain"] = "strong",
) -> Outcome:
    """Search a schedule, then solve the integer program from it.

    With mixed caps allowed the linear program is solved, which is exact. A budget of iterations counts rounds of the
    search, then nodes.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    formulation : {"strong", "plain"}
        With work that stays in the state it came to, or with one backlog per class, to compare with.
    """
    if instance.mixed:
        return mixed(instance, run, seed=seed, start=start)
    tables = cap_tables(instance)
    if start is not None:
        run.offer(tables.value(start), start)
    part = run.part(seconds=SEARCH_SHARE * run.seconds_left, iterations=int(min(run.iterations_left, SEARCH_ROUNDS)))
    search = local_search(instance, part, seed=seed, start=start, rounds=SEARCH_ROUNDS)
    run.tick(search.iterations, search.evaluations)
    if run.stop() is not None:
        return run.outcome()
    model: StrongModel | PlainModel = (
        strong_model(tables) if formulation == "strong" else plain_model(tables, integer=True))
    best = run.schedule()
    first = model.solution(best) if isinstance(best, PowerCapSchedule) else None
    found = solve_model(model.model, run, start=first, threads=threads, seed=seed, on_incumbent=model.schedule)
    status = found.status if found.status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR) else None
    return run.outcome(None if run.gap <= CLOSED else found.termination, status, **found.details())
