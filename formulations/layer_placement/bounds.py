"""Bounds: what all machines can compute, and the configuration program, its target found by bisection."""

import numpy as np

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.layer_placement.configuration import Configuration
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    compute_bound,
    offer,
    weights,
)


def compute(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
) -> Outcome:
    """Prove that no more tokens flow than all machines compute, each at its best: ``sum_i max_k k T_i(k) / L``.

    For cost and carbon: the cheapest fraction of the machines that computes enough for the demand.
    """
    if start is not None:
        offer(instance, run, start)
    demand = instance.demand_tokens_per_s
    if demand is None:
        run.prove(float(compute_bound(instance)))
        return run.outcome()
    work = (instance.speed * np.arange(instance.speed.shape[1])).max(axis=1)
    weight, left, total = weights(instance), float(demand * instance.layers), 0.0
    for q in np.argsort(weight / work, kind="stable").tolist():
        taken = min(left, float(instance.count[q] * work[q]))
        left, total = left - taken, total + taken * weight[q] / work[q]
    if left <= 0:
        run.prove(-total * (1 - 1e-12))
        return run.outcome()
    return run.outcome(reason=f"all machines together compute for fewer than {demand:,} tokens per second")


def configuration(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
) -> Outcome:
    """Prove the bound of the configuration program. A target, or the demand, is an iteration."""
    if start is not None:
        offer(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    if instance.demand_tokens_per_s is None:
        prove_throughput(instance, run)
        return run.outcome()
    weight = weights(instance)
    prices = Configuration(instance, weight).prices(instance.demand_tokens_per_s, run)
    run.tick()
    run.prove(-prices.least_weight(instance, weight))
    return run.outcome()


def prove_throughput(instance: LayerPlacementInstance, run: Run) -> int:
    """Prove the largest target that the configuration program cannot exclude, and return it; 0 when there is none.

    Prices that exclude a target exclude larger ones. Each target tried is an iteration; what is proven when the run
    must stop is returned.
    """
    program = Configuration(instance, np.zeros(len(instance.types)))
    low, high = 0, compute_bound(instance) + 1
    if int(instance.count @ instance.most_held) < instance.layers:
        high = 1
    run.prove(float(high - 1))
    while high - low > 1 and run.stop() is None:
        target = (low + high) // 2
        if program.prices(target, run, decide=True).unreachable(instance):
            high = target
            run.prove(float(high - 1))
        else:
            low = target
        run.tick()
    return high - 1
