"""Optima of tiny fleets by trying every placement, and the best single chain by trying every split."""

from itertools import product

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.evaluate.layer_placement import evaluate
from ecoopt.instances.layer_placement import LayerPlacementInstance, LayerPlacementSchedule, throughput


def best_placement(instance: LayerPlacementInstance) -> float | None:
    """Return the objective of the best placement by the referee, None where none reaches the demand.

    Without links the least covered layer ranks all placements at once; with links each is valued by its flow.
    """
    places = [np.array([(0, 0), *((a, k) for k in range(1, int(instance.most_held[q]) + 1)
                                  for a in range(instance.layers - k + 1))]) for q in instance.kind.tolist()]
    if instance.links is None:
        flow = _least_covered(instance, places)
    else:
        flow = np.array([throughput(instance, *np.array(chosen).T) for chosen in product(*places)])
    used = np.stack(np.meshgrid(*[own[:, 1] > 0 for own in places], indexing="ij"), axis=-1).reshape(len(flow), -1)
    field = {"throughput": None, "cost": "price_per_h", "carbon": "carbon"}[instance.objective]
    if field is None:
        value = flow.astype(float)
    else:
        g_per_wh = instance.intensity_g_per_kwh * instance.pue / 1000
        each = np.array([kind.price_per_h if field == "price_per_h" else kind.power_w * g_per_wh + kind.embodied_g_per_h
                         for kind in instance.types])
        value = np.where(flow >= (instance.demand_tokens_per_s or 0), -(used @ each[instance.kind]), -np.inf)
    if np.isneginf(value.max()):
        return None
    at = np.unravel_index(int(np.argmax(value)), [len(own) for own in places])
    chosen = np.array([own[i] for own, i in zip(places, at, strict=True)])
    score = evaluate(instance, LayerPlacementSchedule(first=chosen[:, 0], held=chosen[:, 1]))
    assert score.feasible
    return score.objective


def _least_covered(instance: LayerPlacementInstance, places: list[IntArray]) -> IntArray:
    """Return the coverage of the least covered layer of every placement, in the order of the product of places."""
    layer, total = np.arange(instance.layers), np.zeros((1, instance.layers), dtype=np.int64)
    for q, own in zip(instance.kind.tolist(), places, strict=True):
        inside = (layer >= own[:, :1]) & (layer < own.sum(axis=1)[:, None])
        covered = inside * instance.speed[q, own[:, 1]][:, None]
        total = (total[:, None] + covered[None]).reshape(-1, instance.layers)
    least: IntArray = total.min(axis=1)
    return least


def best_chain_plain(speed: IntArray, layers: int) -> int:
    """Return the throughput of the best single chain by trying every number of layers of every machine.

    Parameters
    ----------
    speed : int array [M, K + 1]
        Tokens per second of each machine with 0..K layers; 0 where it cannot hold so many.
    layers : int
        To be held together.
    """
    grids = np.meshgrid(*[np.arange(speed.shape[1])] * len(speed), indexing="ij")
    held = np.stack([grid.ravel() for grid in grids], axis=1)
    each = speed[np.arange(len(speed)), held]
    value = np.where(held > 0, each, np.iinfo(np.int64).max).min(axis=1)
    return int(value[held.sum(axis=1) >= layers].max(initial=0))
