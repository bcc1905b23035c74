"""Neighbours of a composition: one machine more or fewer, and one exchanged for as many of another type as it takes."""

from collections.abc import Iterator

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.heuristics.pool.ground import Ground

_MOST_AT_ONCE = 64


def beside(
    ground: Ground, rng: np.random.Generator, m: int, t: int, count: IntArray, counts: IntArray, pairs: int
) -> Iterator[IntArray]:
    """Yield machines [K] beside those of a model in a period.

    Parameters
    ----------
    ground : Ground
        What is asked.
    rng : numpy.random.Generator
        Draws the pairs of types where there are more than `pairs`.
    m, t : int
        Model, and a period in which the machines are used.
    count : int array [K]
        The machines.
    counts : int array [T, M, K]
        All machines, for what is left of the money.
    pairs : int
        Most pairs of types exchanged.
    """
    most = ground.instance.max_count
    for k, one in enumerate(np.eye(ground.kinds, dtype=np.int64)):
        if count[k] < most[k]:
            yield count + one
        if count[k] > 0:
            yield count - one
    chosen = [(out, into) for out in range(ground.kinds) for into in range(ground.kinds) if out != into]
    if len(chosen) > pairs:
        chosen = [chosen[i] for i in sorted(rng.choice(len(chosen), pairs, replace=False))]
    for out, into in chosen:
        if count[out] > 0:
            yield exchanged(ground, m, t, count, out, into, 1)
        if count[into] > 0 and count[out] < most[out]:
            yield traded(ground, m, t, count, counts, into, out)


def exchanged(ground: Ground, m: int, t: int, count: IntArray, out: int, into: int, many: int) -> IntArray:
    """Return machines [K] with some of one type exchanged for as few of another as serve the demand again.

    For the objective ``throughput``, and where no number serves it, for as many as their price pays.
    """
    found = count.copy()
    found[out] -= many
    room = int(min(ground.instance.max_count[into] - count[into], _MOST_AT_ONCE))
    if room <= 0:
        return found
    price = ground.instance.price_per_h[t]
    fair = room if price[into] <= 0 else min(int(many * price[out] / price[into] + 1e-9), room)
    if ground.serves_all:
        found[into] += fair
        return found
    low, high = 0, room
    found[into] = count[into] + high
    if not ground.meets(m, t, found):
        found[into] = count[into] + fair
        return found
    while low < high:
        middle = (low + high) // 2
        found[into] = count[into] + middle
        low, high = (low, middle) if ground.meets(m, t, found) else (middle + 1, high)
    found[into] = count[into] + low
    return found


def traded(ground: Ground, m: int, t: int, count: IntArray, counts: IntArray, out: int, into: int) -> IntArray:
    """Return machines [K] with one more of a type, and as many fewer of another as the demand, or the money, allows."""
    found = count.copy()
    found[into] += 1
    if ground.serves_all:
        price, budget = ground.instance.price_per_h[t], ground.instance.budget_per_h
        if budget is not None and price[out] > 0:
            left = budget[t] - float(price @ counts[t].sum(axis=0))
            found[out] -= min(max(int(np.ceil((price[into] - left) / price[out] - 1e-9)), 0), int(count[out]))
        return found
    low, high = 0, int(count[out])
    while low < high:
        middle = (low + high + 1) // 2
        found[out] = count[out] - middle
        low, high = (middle, high) if ground.meets(m, t, found) else (low, middle - 1)
    found[out] = count[out] - low
    return found
