"""Left to right: the search from the first layer on with prices of the configuration program, wider until it proves."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.layer_placement.bounds import prove_throughput
from ecoopt.formulations.layer_placement.configuration import Configuration, Prices
from ecoopt.heuristics.layer_placement.beam import lower_weight
from ecoopt.heuristics.layer_placement.greedy import greedy
from ecoopt.heuristics.layer_placement.left_to_right import Charges, LeftToRight
from ecoopt.heuristics.layer_placement.targets import raise_target
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    offer_start,
    placed,
    weights,
)

_WIDER = 4
_LINKS = "links may bind, which the search does not look at: a gap may stay; helix or milp may close it"


def left_to_right(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
    width: Annotated[int, Field(ge=1, le=100_000)] = 100, most_width: Annotated[int, Field(ge=1)] = 100_000,
) -> Outcome:
    """Raise the greedy's target by searches from the first layer on, priced by configurations; widen them fourfold.

    A search that leaves nothing out proves that its target cannot be reached, or that no placement weighs less. A
    search, or a target of the configuration program, is an iteration. Ignores `seed`.

    Where links may bind, it searches as if they did not and values what it finds with them: bounds hold, but a gap may
    stay that no search closes.

    Parameters
    ----------
    width, most_width : int
        Unfinished placements that are kept for each number of machines, in the first round and at most.
    """
    offer_start(instance, run, start)
    greedy(instance, run, seed=seed, start=None)
    if run.stop() is not None:
        return run.outcome()
    if instance.demand_tokens_per_s is None:
        _throughput(instance, run, width, most_width)
    elif (refused := _demand(instance, run, width, most_width)) is not None:
        return refused
    if run.gap > CLOSED and run.stop() is None:
        wide = f"no search up to the width of {most_width:,} proves more"
        return run.outcome(reason=wide if instance.links is None else _LINKS)
    return run.outcome()


def _throughput(instance: LayerPlacementInstance, run: Run, width: int, most_width: int) -> None:
    """Raise the target until it meets the bound, or the searches are as wide as they may be."""
    high = prove_throughput(instance, run) + 1
    low, zero = int(run.objective or 0), np.zeros(len(instance.types))
    program = Configuration(instance, zero)

    def attempt(target: int) -> LayerPlacementSchedule | None:
        nonlocal high
        search = LeftToRight(instance, target, _charges(program.prices(target, run), zero))
        found = search.search(0, width, run)
        if found.starts is not None:
            return placed(instance, found.starts)
        if found.exhausted:
            high = min(high, target)
            run.prove(float(high - 1))
        return None

    while high - low > 1 and run.stop() is None:
        low = raise_target(instance, run, attempt, low, high)
        if width >= most_width:
            break
        width = min(width * _WIDER, most_width)


def _demand(instance: LayerPlacementInstance, run: Run, width: int, most_width: int) -> Outcome | None:
    """Lower the weight until no placement has less; return the outcome where there is none at all."""
    weight, demand = weights(instance), instance.demand_tokens_per_s or 0
    prices = Configuration(instance, weight).prices(demand, run)
    run.tick()
    run.prove(-prices.least_weight(instance, weight))
    search = LeftToRight(instance, demand, _charges(prices, weight))
    while run.stop() is None and run.gap > CLOSED:
        if lower_weight(instance, run, search, weight, prices.unit, width):
            if instance.links is not None:
                break
            if run.objective is None:
                return run.outcome(None, Status.INFEASIBLE)
            run.prove(run.objective)
            break
        if width >= most_width:
            break
        width = min(width * _WIDER, most_width)
    return None


def _charges(prices: Prices, weight: FloatArray) -> Charges:
    """Return prices as the search takes them."""
    return Charges(prices.slot, prices.layer, np.floor(weight / prices.unit).astype(np.int64))
