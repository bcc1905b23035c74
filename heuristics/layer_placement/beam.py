"""Beam search from the first layer on, slots priced by what they take of the target."""

from typing import Annotated

from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.layer_placement.charged import charges_of, raise_by_beam
from ecoopt.heuristics.layer_placement.ended import ended
from ecoopt.heuristics.layer_placement.greedy import fill
from ecoopt.heuristics.layer_placement.left_to_right import LeftToRight
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    offer,
    offer_start,
    placed,
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
    falls. Begins at the greedy's placement. Each search is an iteration. The search does not look at links. Ignores
    `seed`.

    Parameters
    ----------
    width : int
        Unfinished placements that are kept for each number of machines.
    """
    offer_start(instance, run, start)
    demand, weight = instance.demand_tokens_per_s, weights(instance)
    fill(instance, run)
    if demand is None:
        raise_by_beam(instance, run, width)
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
