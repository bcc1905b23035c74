"""Beams by the simplest prices: slots are charged in proportion to what they take of the target."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.run import Run
from ecoopt.heuristics.layer_placement.left_to_right import Charges, LeftToRight
from ecoopt.heuristics.layer_placement.targets import raise_target
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    compute_bound,
    placed,
    slots_of,
)


def raise_by_beam(instance: LayerPlacementInstance, run: Run, width: int) -> None:
    """Raise the target, from the run's objective on, as long as a beam reaches it; each is an iteration."""
    free = np.zeros(len(instance.types))

    def attempt(target: int) -> LayerPlacementSchedule | None:
        found = LeftToRight(instance, target, charges_of(instance, target, free, 1.0)).search(0, width, run)
        return None if found.starts is None else placed(instance, found.starts)

    raise_target(instance, run, attempt, int(run.objective or 0), compute_bound(instance) + 1)


def charges_of(instance: LayerPlacementInstance, target: int, weight: FloatArray, unit: float) -> Charges:
    """Return prices in proportion to what slots take of the target, at the rate that bounds the weight best.

    With ``w = r min(T, F)`` the bound ``L r F - sum_q N_q max(0, r g_q - c_q)`` is concave in the rate r, and bends
    where a type's worth is its weight: at ``c_q / g_q``.
    """
    slots = slots_of(instance)
    taken = np.minimum(slots.speed, target)
    if not weight.any():
        return Charges(taken, target, np.zeros(len(weight), dtype=np.int64))
    most = np.zeros(len(weight))
    np.maximum.at(most, slots.kind, (slots.held * taken).astype(float))
    rates = np.divide(weight, most, out=np.zeros(len(weight)), where=most > 0)
    bounds = instance.layers * rates * target - np.maximum(rates[:, None] * most - weight, 0) @ instance.count
    rate = float(rates[np.argmax(bounds)])
    # Slots rounded up, layers down: whatever takes the target is priced at a layer or more.
    return Charges(np.ceil(rate * taken / unit).astype(np.int64), int(rate * target / unit),
                   np.floor(weight / unit).astype(np.int64))
