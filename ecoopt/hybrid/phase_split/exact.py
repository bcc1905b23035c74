"""The integer program started by the greedy: of all periods where they are joined, else of one after another."""

from typing import Annotated, Any, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.budget import Budget
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.phase_split.projected_model import Projection
from ecoopt.formulations.phase_split.relaxation import joins
from ecoopt.heuristics.phase_split.greedy import covered
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.heuristics.phase_split.moves import Plan
from ecoopt.hybrid.phase_split.priced_hours import PricedHours, settle
from ecoopt.hybrid.phase_split.projection import Part, begin, improve
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule
from ecoopt.instances.phase_split.routing import arrays_of

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
_GAPS, _HOUR_GAP = (1e-2, 1e-3, 1e-4), 5e-4


def milp(
    instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the integer program in machines alone, from the better of the greedy and the start.

    Routing is projected out: rows of prices are added as its solutions break them. Periods that nothing joins are
    solved apart and their bounds added: all to a gap of a hundredth, then of a thousandth and so on down to the target,
    those with the largest distance first. Where starts or machines bought join them, every hour is solved apart at the
    relaxation's prices before the joint program. A node of the latter is an iteration.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    ground = Ground(instance)
    ground.offer_start(run, start)
    if run.stop() is None:
        first = covered(ground, ground.cost, run.part())
        if first is not None:
            if joins(ground.tables):
                plan = Plan(ground, first)
                settle(plan, run)
                first = plan.units
            ground.offer(run, first)
    if run.stop() is not None:
        return run.outcome()
    every, coupled = np.arange(instance.periods), joins(ground.tables)
    groups = [every] if coupled else [every[p:p + 1] for p in every]
    parts = [Part(Projection(instance, periods, coupled=coupled)) for periods in groups]
    for part in parts:
        begin(part, run, seed)
        if part.status is Status.INFEASIBLE:
            return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if coupled and run.stop() is None and not _hours_first(parts[0], ground, run, seed):
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    _start(parts, ground, run)
    _tell(parts, ground, run)
    target = run.budget.gap or 0.0
    for gap in (*(gap for gap in _GAPS if gap > target), target):
        waiting = sorted(parts, key=lambda part: part.bound - part.value)
        for place, part in enumerate(waiting):
            if run.stop() is not None or not part.open(gap):
                continue
            seconds = None if np.isinf(run.seconds_left) else 2 * run.seconds_left / (len(waiting) - place + 1)
            nodes = None if np.isinf(run.iterations_left) else int(run.iterations_left)
            own = Run(Budget(seconds=seconds, iterations=nodes), sense=run.sense)
            improve(part, ground, own, gap, seed=seed, threads=threads)
            run.tick(own.iterations)
            if part.status is Status.INFEASIBLE:
                return run.outcome(Termination.PROOF, Status.INFEASIBLE)
            _tell(parts, ground, run)
    return _ended(parts, run)


def _hours_first(part: Part, ground: Ground, run: Run, seed: int) -> bool:
    """Solve every hour apart at the relaxation's prices of what joins them; return whether every hour can be served.

    Bound and plan are told, and the rows of prices that the hours needed are the joint program's.
    """
    model = part.plain
    if model is None or part.row_dual is None:
        return True
    hours = PricedHours(ground, run, seed, _HOUR_GAP)
    if not hours.begin(model, part.row_dual):
        return False
    if run.stop() is None:
        part.bound = max(part.bound, hours.priced(hours.first(model, part.row_dual)[0]).value)
    for place, each in enumerate(hours.parts):
        part.projection.cuts += [(place, prices, least) for _, prices, least in each.projection.cuts]
    return True


def _start(parts: list[Part], ground: Ground, run: Run) -> None:
    """Give every part its units of the best schedule so far."""
    best = run.schedule()
    if not isinstance(best, PhaseSplitSchedule):
        return
    units, _ = arrays_of(best)
    for part in parts:
        part.units = units[part.projection.periods]
        cost = ground.tables.unit_cost[part.projection.periods]
        part.value = ground.tables.value(units) if part.projection.coupled else float((cost * part.units).sum())


def _tell(parts: list[Part], ground: Ground, run: Run) -> None:
    """Offer the units of all parts together, and prove the sum of their bounds."""
    run.prove(sum(part.bound for part in parts) * (1 - 1e-13))
    rows = [part.units for part in parts]
    if all(row is not None for row in rows):
        ground.offer(run, np.concatenate([row for row in rows if row is not None]))


def _ended(parts: list[Part], run: Run) -> Outcome:
    """Close the run with what it took."""
    details: dict[str, Any] = {"nodes": sum(part.nodes for part in parts), "rounds": sum(part.rounds for part in parts),
               "rows": sum(len(part.projection.cuts) for part in parts)}
    if run.gap <= CLOSED:
        return run.outcome(**details)
    ended = next((part.ended for part in parts if part.ended is not Termination.PROOF), Termination.STALLED)
    return run.outcome(run.stop() or ended, **details)
