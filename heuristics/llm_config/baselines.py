"""Baselines: the least hardware, the greatest rate, no cap, and least energy per token, one kind for each model."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.llm_config.greedy import constructed
from ecoopt.heuristics.llm_config.ordered import covered, uncapped
from ecoopt.heuristics.llm_config.plan import Ground
from ecoopt.instances.llm_config import LlmConfigInstance, LlmConfigSchedule


def min_hardware(instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None) -> Outcome:
    """Serve each class by the configurations with fewest GPUs, uncapped, as many replicas as it takes.

    Of equals the one with the greatest rate. The next fewest where GPUs run out. One iteration is a period.
    """
    ground = Ground.of(instance, run)
    k = ground.terms.items[1]
    fastest = float(ground.rate.max(initial=1.0))
    return _in_order(ground, ground.terms.shards[k] - 0.5 * ground.rate / fastest, uncapped(ground), start)


def max_throughput(instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None) -> Outcome:
    """Serve each class by the configurations with the greatest rate. One iteration is a period."""
    ground = Ground.of(instance, run)
    return _in_order(ground, -ground.rate, np.ones(ground.items, dtype=bool), start)


def min_energy(instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None) -> Outcome:
    """Serve each class by the configurations with least energy per token that latency and memory allow.

    That is optimal for one request, whatever the carbon and the GPUs. One iteration is a period.
    """
    ground = Ground.of(instance, run)
    joules = np.array([one.j_per_token for one in instance.configurations])[ground.terms.items[1]]
    pue = np.array([site.pue for site in instance.sites])[ground.site]
    return _in_order(ground, joules * pue, np.ones(ground.items, dtype=bool), start)


def no_cap(instance: LlmConfigInstance, run: Run, *, seed: int, start: LlmConfigSchedule | None) -> Outcome:
    """Take the greedy schedule without power caps. One iteration is a period."""
    ground = Ground.of(instance, run)
    ground.offer_start(start)
    counts = constructed(ground, allowed=np.where(uncapped(ground), ground.terms.item_mask, 0))
    if counts is not None:
        ground.offer(counts)
    return run.outcome()


def _in_order(
    ground: Ground, score: FloatArray, good: NDArray[np.bool_], start: LlmConfigSchedule | None
) -> Outcome:
    """Add replicas of the items with the least score that help until all demand is met, period by period."""
    ground.offer_start(start)
    counts = np.zeros((ground.periods, ground.items), dtype=np.int64)
    order = np.argsort(score, kind="stable")
    order = order[good[order]]
    for t in range(ground.periods):
        if ground.run.stop() is not None:
            break
        found = covered(ground, t, order)
        ground.run.tick(1, 1)
        if found is None:
            return ground.run.outcome()
        counts[t] = found
    else:
        ground.offer(counts)
    return ground.run.outcome()
