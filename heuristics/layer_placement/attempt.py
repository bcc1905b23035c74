"""An attempt at a target: from the first layer on, the machine with the most use for what it is charged."""

import numpy as np

from ecoopt.heuristics.layer_placement.left_to_right import Starts
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    placed,
    slots_of,
    weights,
)


def attempt(instance: LayerPlacementInstance, target: int, power: float) -> LayerPlacementSchedule | None:
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
