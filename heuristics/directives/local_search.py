"""Local search: shifts between regions and levels chosen anew; evaluations moved in time; whole levels exchanged."""

from functools import partial
from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.directives.exchanges import EvaluationMoves, LevelExchanges
from ecoopt.heuristics.directives.pricing import Decision, Pricing
from ecoopt.heuristics.directives.shifts import Ground, Served, ground_of, shift
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.instances.directives.schema import HOUR_S
from ecoopt.instances.directives.staffing import fewest_gpus

LONGEST_H = 96
_GAIN = 1e-6


def local_search(
    instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None,
    patience: Annotated[int, Field(ge=1)] = 2,
) -> Outcome:
    """Improve the greedy decision, or the start.

    A fleet: what an origin is served in a region over a stretch of hours is shifted to another, all of it, as much as
    GPUs that are on still bear, or as much as frees one; then levels are chosen anew for the regions. One iteration is
    a sweep over stretches of all lengths. With an evaluator, evaluations are moved, removed and added; where groups
    get one level, one is raised and others are lowered. One iteration is a move. Where neither is asked the greedy
    decision is optimal.

    Parameters
    ----------
    patience : int
        Sweeps in a row that hardly improve a fleet, which end the search.
    """
    pricing = Pricing(instance)
    if start is not None:
        run.offer(pricing.costs.value(start), start)
    if run.stop() is not None:
        return run.outcome()
    searched = instance.fleet is not None or instance.evaluator is not None or instance.integer
    first = pricing.decide(pricing.usual) if start is None or not searched else Decision(
        pricing.costs.value(start), start.share, start.evaluations, start.gpus)
    if first is None:
        return run.outcome()
    first.offer(run)
    if instance.fleet is not None:
        ended = _sweep(pricing, first, run, patience)
        return run.outcome(Termination.STALLED if ended else None)
    if instance.evaluator is not None:
        moves = EvaluationMoves(pricing, first, run)
        found = descend([moves], first.objective, snapshot=lambda: moves.decision, run=run, decode=Decision.schedule)
        return run.outcome(found.termination)
    if instance.integer:
        exchanges = LevelExchanges(pricing.costs, first, run)
        found = descend([exchanges], first.objective, snapshot=exchanges.decision, run=run, decode=Decision.schedule)
        return run.outcome(found.termination)
    return run.outcome()


def _sweep(pricing: Pricing, first: Decision, run: Run, patience: int) -> bool:
    """Sweep until nothing improves, or the run must stop; return whether it was the former."""
    ground = ground_of(pricing.costs)
    lengths, longest = [1], min(LONGEST_H, pricing.instance.hours)
    while 2 * lengths[-1] <= longest:
        lengths.append(2 * lengths[-1])
    served, value, idle = _served(pricing, ground, first.share), first.objective, 0
    origins, groups = len(ground.most), ground.seconds.shape[2]
    while idle < patience:
        before = value
        for length in reversed(lengths):
            for origin, group in np.ndindex(origins, groups):
                if run.stop() is not None:
                    return False
                tried, change = shift(ground, served, origin, group, length)
                run.tick(0, tried)
                if change < 0:
                    value = _offer(pricing, served, run)
        run.tick(1)
        anew = _levels_anew(pricing, ground, served)
        if anew is not None:
            served, value = anew, _offer(pricing, anew, run)
        idle = 0 if value < before * (1 - _GAIN) else idle + 1
    return True


def _served(pricing: Pricing, ground: Ground, share: FloatArray) -> Served:
    """Return the decision with these shares and the fewest GPUs for them."""
    fleet = pricing.instance.fleet
    assert fleet is not None
    busy_s = pricing.costs.busy_s(share)
    on = fewest_gpus(pricing.instance, busy_s)
    assert on is not None, "a schedule that keeps the rules has enough GPUs"
    return Served(share.copy(), busy_s / (HOUR_S * fleet.utilisation), on)


def _levels_anew(pricing: Pricing, ground: Ground, served: Served) -> Served | None:
    """Return a better decision with the same parts by region and other levels, None where there is none."""
    share = pricing.levels_for(served.share.sum(axis=4))
    on = fewest_gpus(pricing.instance, pricing.costs.busy_s(share))
    none = np.zeros(0, dtype=np.int64)
    if on is None or pricing.costs.objective(share, none, on) >= pricing.costs.objective(served.share, none, served.on):
        return None
    return _served(pricing, ground, share)


def _offer(pricing: Pricing, served: Served, run: Run) -> float:
    """Offer a decision to the run and return its objective."""
    none = np.zeros(0, dtype=np.int64)
    value = pricing.costs.objective(served.share, none, served.on)
    if run.better(value, run.objective):
        kept = Decision(value, served.share.copy(), none, served.on.copy())
        run.offer(value, partial(Decision.schedule, kept))
    return value
