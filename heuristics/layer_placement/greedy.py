"""Greedy: from the first layer on, the machine that wastes least of what it could do, for rising targets."""

import numpy as np

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.layer_placement.left_to_right import Starts
from ecoopt.heuristics.layer_placement.targets import raise_target
from ecoopt.heuristics.layer_placement.trim import offer_trimmed
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    compute_bound,
    offer_start,
    placed,
    slots_of,
    weights,
)

_POWERS = (0.0, 0.5, 1.0, 1.5)

UNREACHED = "no placement found reaches the demand"


def greedy(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
) -> Outcome:
    """Put the machine with the most use for its worth at the first layer that misses the target, again and again.

    Use is what the target still lacks on the layers held; worth, the most use that the type could be of. Where a demand
    is to be met, the machine's weight is mixed in, by four powers. Each of these, or each target, is an iteration.
    Ignores `seed`.
    """
    offer_start(instance, run, start)
    if run.stop() is None:
        fill(instance, run)
    return ended(run)


def ended(run: Run) -> Outcome:
    """Close a run, and say so where nothing was found."""
    return run.outcome(reason=UNREACHED) if run.objective is None and run.stop() is None else run.outcome()


def fill(instance: LayerPlacementInstance, run: Run) -> LayerPlacementSchedule | None:
    """Run the greedy; return the run's best placement, None when it has none."""
    demand = instance.demand_tokens_per_s
    if demand is None:
        raise_target(instance, run, lambda target: _attempt(instance, target, 0.0),
                     int(run.objective or 0), compute_bound(instance) + 1)
    else:
        for power in _POWERS:
            if run.stop() is not None:
                break
            found = _attempt(instance, demand, power)
            run.tick(1, 1)
            if found is not None:
                offer_trimmed(instance, run, found)
    best = run.schedule()
    return best if isinstance(best, LayerPlacementSchedule) else None


def _attempt(instance: LayerPlacementInstance, target: int, power: float) -> LayerPlacementSchedule | None:
    """Return the greedy's placement for a target, None where the machines do not suffice.

    What a machine is charged is ``(weight / worth)^power`` times its worth.
    """
    slots, layers, weight = slots_of(instance), instance.layers, weights(instance)
    worth = np.zeros(len(instance.types))
    np.maximum.at(worth, slots.kind, (slots.held * np.minimum(slots.speed, target)).astype(float))
    per_worth = np.divide(weight, worth, out=np.ones_like(worth), where=(weight > 0) & (worth > 0))
    price = (per_worth**power * np.maximum(worth, 1.0))[slots.kind]
    lacking = np.full(layers + int(slots.held.max()), target, dtype=np.int64)
    lacking[layers:] = 0
    left, first = instance.count.copy(), 0
    starts: Starts = []
    within = np.arange(int(slots.held.max())) < slots.held[:, None]
    while first < layers:
        use = (np.minimum(slots.speed[:, None], lacking[first:first + within.shape[1]]) * within).sum(axis=1)
        score = np.where(left[slots.kind] > 0, use / price, -1.0)
        slot = int(np.argmax(score))
        if score[slot] < 0:
            return None
        end = first + int(slots.held[slot])
        lacking[first:end] = np.maximum(lacking[first:end] - slots.speed[slot], 0)
        left[slots.kind[slot]] -= 1
        starts.append((slot, first))
        ahead = np.flatnonzero(lacking[first:layers])
        first = first + int(ahead[0]) if ahead.size else layers
    return placed(instance, starts)
