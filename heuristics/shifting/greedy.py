"""List greedy: jobs by falling GPU-hours, each where it is cheapest among what is free."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.shifting.arena import offer, offer_start
from ecoopt.instances.shifting import Placement, ShiftingCosts, ShiftingInstance, ShiftingSchedule

PASSES = 50


def list_greedy(
    instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None,
) -> Outcome:
    """Place the jobs of most GPU-hours first, each in the region and slots in which it is cheapest.

    As long as jobs fit nowhere, they go to the front of the list and all is placed anew, fifty times at most. An
    iteration is a pass. Nothing is drawn at random.
    """
    offer_start(instance, run, start)
    offer(run, listed(ShiftingCosts(instance), run))
    return run.outcome()


def by_size(instance: ShiftingInstance) -> IntArray:
    """Return the jobs by falling GPU-hours, int array [J]."""
    order: IntArray = np.argsort(-instance.length_slots * instance.gpus, kind="stable")
    return order


def listed(costs: ShiftingCosts, run: Run, passes: int = PASSES) -> Placement:
    """Return the placement of the list greedy with fewest jobs left nowhere; each pass is an iteration of the run."""
    order = by_size(costs.instance)
    best = Placement.empty(costs)
    for _ in range(passes):
        if run.stop() is not None:
            break
        placement = Placement.empty(costs)
        placement.place(order)
        run.tick()
        lost = placement.region[order] < 0
        if not best.region.max(initial=-1) >= 0 or lost.sum() < (best.region < 0).sum():
            best = placement
        if not lost.any():
            break
        order = np.concatenate([order[lost], order[~lost]])
    return best
