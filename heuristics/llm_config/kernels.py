"""Kernels: a period's cheapest routing cost, replicas added where they are cheapest, and replicas exchanged.

Demand of sets of classes and rates of replicas bound what can be made (see `ecoopt.instances.llm_config.routing`).
"""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray

_MET = 1e-9


@njit(cache=True)
def routed_cost(
    subset: FloatArray, mask: IntArray, rate: FloatArray, token_g: FloatArray, order: IntArray, count: IntArray,
) -> float:  # pragma: no cover
    """Return grams of the cheapest routing beyond idle power, infinite where not all demand can be met.

    Parameters
    ----------
    subset : float array [2^Q]
        Demand of every set of classes.
    mask, rate, token_g : array [J]
        Classes served as bits, tokens per second of a replica, grams of one token per second.
    order : int array [J]
        Items by `token_g`.
    count : int array [J]
        Replicas.
    """
    sets = subset.shape[0]
    reached = subset.copy()
    cost, before = 0.0, 0.0
    for i in range(order.shape[0]):
        j = order[i]
        if count[j] == 0:
            continue
        rank = np.inf
        for a in range(sets):
            if mask[j] & ~a:
                reached[a] += rate[j] * count[j]
            rank = min(rank, reached[a])
        cost += token_g[j] * (rank - before)
        before = rank
    if before < subset[sets - 1] * (1 - _MET):
        return np.inf
    return cost


@njit(cache=True)
def build(
    subset: FloatArray, mask: IntArray, rate: FloatArray, weight: FloatArray, token_weight: FloatArray,
    pool: IntArray, shards: IntArray, site: IntArray, power: FloatArray, pool_left: IntArray, power_left: FloatArray,
    count: IntArray,
) -> bool:  # pragma: no cover
    """Add replicas where a token costs least until all demand can be met; return whether it can.

    Parameters
    ----------
    subset, mask, rate
        As in `routed_cost`.
    weight, token_weight : float array [J]
        What a replica costs, and a token per second that it makes more possible.
    pool, shards, site, power : array [J]
        Pool of GPUs, GPUs, site and watts of a replica.
    pool_left, power_left : array
        GPUs and watts left; changed.
    count : int array [J]
        Replicas to begin with; changed.
    """
    sets = subset.shape[0]
    asked = subset[sets - 1]
    reached = subset.copy()
    for j in range(count.shape[0]):
        if count[j] > 0:
            for a in range(sets):
                if mask[j] & ~a:
                    reached[a] += rate[j] * count[j]
    while True:
        rank = np.inf
        for a in range(sets):
            rank = min(rank, reached[a])
        if rank >= asked * (1 - _MET):
            return True
        best, least = -1, np.inf
        for j in range(count.shape[0]):
            if shards[j] > pool_left[pool[j]] or power[j] > power_left[site[j]] * (1 + _MET):
                continue
            after = np.inf
            for a in range(sets):
                after = min(after, reached[a] + (rate[j] if mask[j] & ~a else 0.0))
            gain = after - rank
            if gain > _MET * asked:
                ratio = weight[j] / gain + token_weight[j]
                if ratio < least:
                    best, least = j, ratio
        if best < 0:
            return False
        count[best] += 1
        pool_left[pool[best]] -= shards[best]
        power_left[site[best]] -= power[best]
        for a in range(sets):
            if mask[best] & ~a:
                reached[a] += rate[best]


@njit(cache=True)
def descend(
    subset: FloatArray, mask: IntArray, rate: FloatArray, replica_g: FloatArray, token_g: FloatArray, order: IntArray,
    pool: IntArray, shards: IntArray, site: IntArray, power: FloatArray, pool_left: IntArray, power_left: FloatArray,
    place: IntArray, before: IntArray, after: IntArray, start_g: FloatArray, later_g: FloatArray, swap: IntArray,
    most: int, count: IntArray,
) -> float:  # pragma: no cover
    """Take replicas away, add and exchange them while that costs less; return grams with the starts into and out of it.

    Moves: one replica less, one more; one or two of an item for one or two of another with the same number in `swap`,
    or for any where all numbers are 0.

    Parameters
    ----------
    subset, mask, rate, token_g, order
        As in `routed_cost`.
    replica_g : float array [J]
        Grams of an idle replica.
    pool, shards, site, power, pool_left, power_left
        As in `build`.
    place : int array [J]
        Placement and site of an item.
    before, after : int array [places]
        Replicas in the periods around; -1 where starts are free.
    start_g, later_g : float array [places]
        Grams of a start in this period, and in the next.
    swap : int array [J]
        Which items may be exchanged.
    most : int
        Most moves.
    count : int array [J]
        Replicas; changed.
    """
    items = count.shape[0]
    have = np.zeros(before.shape[0], np.int64)
    for j in range(items):
        have[place[j]] += count[j]
    value = routed_cost(subset, mask, rate, token_g, order, count)
    for j in range(items):
        value += replica_g[j] * count[j]
    for p in range(before.shape[0]):
        if before[p] >= 0:
            value += start_g[p] * max(have[p] - before[p], 0)
        if after[p] >= 0:
            value += later_g[p] * max(after[p] - have[p], 0)
    moves, improved = 0, True
    while improved and moves < most:
        improved = False
        for out in range(-1, items):
            if out >= 0 and count[out] == 0:
                continue
            for into in range(-1, items):
                if into == out or (out >= 0 and into >= 0 and swap[out] != swap[into]):
                    continue
                for kind in range(3):
                    gone, come = (2 if kind == 2 else 1), (2 if kind == 1 else 1)
                    if (out < 0 or into < 0) and kind > 0:
                        break
                    if out >= 0 and count[out] < gone:
                        break
                    if into >= 0:
                        gpus, watts = shards[into] * come, power[into] * come
                        if out >= 0 and pool[out] == pool[into]:
                            gpus -= shards[out] * gone
                        if out >= 0 and site[out] == site[into]:
                            watts -= power[out] * gone
                        if gpus > pool_left[pool[into]] or watts > power_left[site[into]] + _MET * abs(watts):
                            continue
                    tried = 0.0
                    if out >= 0:
                        count[out] -= gone
                        have[place[out]] -= gone
                    if into >= 0:
                        count[into] += come
                        have[place[into]] += come
                    # What idles costs least to know; the routing is worked out only where that leaves a chance.
                    for j in range(items):
                        if count[j]:
                            tried += replica_g[j] * count[j]
                    for p in range(before.shape[0]):
                        if before[p] >= 0:
                            tried += start_g[p] * max(have[p] - before[p], 0)
                        if after[p] >= 0:
                            tried += later_g[p] * max(after[p] - have[p], 0)
                    if tried < value:
                        tried += routed_cost(subset, mask, rate, token_g, order, count)
                    if tried < value - 1e-12 * abs(value):
                        value = tried
                        moves += 1
                        improved = True
                        if out >= 0:
                            pool_left[pool[out]] += shards[out] * gone
                            power_left[site[out]] += power[out] * gone
                        if into >= 0:
                            pool_left[pool[into]] -= shards[into] * come
                            power_left[site[into]] -= power[into] * come
                        if moves >= most:
                            return value
                        if out >= 0 and count[out] == 0:
                            break
                    else:
                        if out >= 0:
                            count[out] += gone
                            have[place[out]] += gone
                        if into >= 0:
                            count[into] -= come
                            have[place[into]] -= come
                if out >= 0 and count[out] == 0:
                    break
    return value
