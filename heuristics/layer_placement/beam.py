"""Beam search from the first layer on, slots priced by what they take of the target."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.layer_placement.greedy import ended
from ecoopt.heuristics.layer_placement.left_to_right import Charges, LeftToRight
from ecoopt.heuristics.layer_placement.targets import raise_target
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    compute_bound,
    offer,
    offer_start,
    placed,
    slots_of,
    weights,
)

_UNITS = 2**40


def beam(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
    width: Annotated[int, Field(ge=1, le=100_000)] = 100,
) -> Outcome:
    """Build placements from the first layer on, and keep those that waste least.

    A slot is priced at what it takes of the target at most, ``min(T, F)``: a layer that reaches the target has slots
    worth F or more. Targets are raised as long as they are reached; where a demand is to be met, the weight allowed
    falls. Each search is an iteration. Ignores `seed`.

    Parameters
    ----------
    width : int
        Unfinished placements that are kept for each number of machines.
    """
    offer_start(instance, run, start)
    demand, weight = instance.demand_tokens_per_s, weights(instance)

    def attempt(target: int) -> LayerPlacementSchedule | None:
        found = LeftToRight(instance, target, charges_of(instance, target, weight, 1.0)).search(0, width, run)
        return None if found.starts is None else placed(instance, found.starts)

    if demand is None:
        raise_target(instance, run, attempt, int(run.objective or 0), compute_bound(instance) + 1)
        return run.outcome()
    unit = max(float(instance.count @ weight), float(weight.max()), 1e-9) / _UNITS
    search = LeftToRight(instance, demand, charges_of(instance, demand, weight, unit))
    lower_weight(instance, run, search, weight, unit, width)
    return ended(run)


def lower_weight(
    instance: LayerPlacementInstance, run: Run, search: LeftToRight, weight: FloatArray, unit: float, width: int,
) -> bool:
    """Lower the weight allowed while placements that reach the demand are found; return whether none is better.

    Each search is an iteration.

    Parameters
    ----------
    search : LeftToRight
        For the demand.
    weight : float array [Q]
        Of a machine.
    unit : float
        Weight of a unit of price.
    width : int
        Of the search.
    """
    allowed = float(instance.count @ weight) if run.objective is None else -run.objective * (1 - 1e-9)
    while run.stop() is None:
        found = search.search(int(allowed / unit), width, run)
        run.tick(1, 1)
        if found.starts is None:
            return found.exhausted
        schedule = placed(instance, found.starts)
        offer(instance, run, schedule)
        allowed = float(weight[instance.kind] @ (schedule.held > 0)) * (1 - 1e-9)
        if allowed <= 0:
            return True
    return False


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
