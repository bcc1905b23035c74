"""Ordered: replicas of items taken in a fixed order, as many as help; and which items have no power cap."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import IntArray
from ecoopt.heuristics.llm_config.plan import Ground

_MET = 1e-9


def uncapped(ground: Ground) -> NDArray[np.bool_]:
    """Return the items whose cap is the highest of their type of GPU, or that have none, bool array [J]."""
    cap_w = np.array([np.inf if one.cap_w is None else one.cap_w for one in ground.terms.instance.configurations])
    gpu, own = ground.terms.gpu, ground.terms.items[1]
    highest = np.array([cap_w[gpu == g].max(initial=0.0) for g in range(len(ground.terms.instance.gpus))])
    return np.asarray((cap_w >= highest[gpu])[own])


def covered(ground: Ground, t: int, order: IntArray) -> IntArray | None:
    """Return replicas of items [J] that meet a period's demand, those first in order as many as help."""
    terms = ground.terms
    count = np.zeros(ground.items, dtype=np.int64)
    pools, watts = ground.left(count)
    reached = terms.part_subset[t].copy()
    sets, asked = np.arange(len(reached)), float(reached[-1])
    for j in order.tolist():
        adds = np.where((terms.item_mask[j] & ~sets) != 0, ground.rate[j], 0.0)
        while reached.min() < asked * (1 - _MET):
            if ground.shards[j] > pools[ground.pool[j]] or ground.power_w[j] > watts[ground.site[j]] * (1 + _MET):
                break
            if (reached + adds).min() <= reached.min() + _MET * asked:
                break
            reached += adds
            count[j] += 1
            pools[ground.pool[j]] -= ground.shards[j]
            watts[ground.site[j]] -= ground.power_w[j]
    return count if reached.min() >= asked * (1 - _MET) else None
