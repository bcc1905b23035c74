"""Greedy: replicas where a token costs least until demand is met, GPUs saved where they run out, waste given back."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.llm_config.plan import Ground
from ecoopt.instances.llm_config import LlmConfigInstance, LlmConfigSchedule


def greedy(instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None) -> Outcome:
    """Cover every period by itself, cheapest tokens first, and take the cheapest sequence through what that gives.

    A token's price is that of the replica it needs, shared out among the tokens that become possible. Where GPUs or
    power run out, they become part of the price. One iteration is a period.
    """
    ground = Ground.of(instance, run)
    ground.offer_start(start)
    counts = constructed(ground)
    if counts is not None:
        ground.offer(ground.through(counts))
    return run.outcome()


def constructed(
    ground: Ground, weight: FloatArray | None = None, token_weight: FloatArray | None = None,
    allowed: IntArray | None = None, *, tick: bool = True,
) -> IntArray | None:
    """Return replicas of items [T, J], each period covered by itself; None where one cannot be, or the run stops.

    Parameters
    ----------
    ground : Ground
        What is asked.
    weight, token_weight : float array [T, J], optional
        Prices of replicas and of tokens per second; grams by default.
    allowed : int array [J], optional
        Classes that items may serve, as bits.
    tick : bool
        Whether a period counts as an iteration.
    """
    counts = np.zeros((ground.periods, ground.items), dtype=np.int64)
    if ground.items == 0:
        return None if ground.terms.demand.any() else counts
    for t in range(ground.periods):
        if tick and ground.run.stop() is not None:
            return None
        found = ground.built(t, None if weight is None else weight[t],
                             None if token_weight is None else token_weight[t], allowed)
        if tick:
            ground.run.tick(1, 1)
        if found is None:
            return None
        counts[t] = found
    return counts
