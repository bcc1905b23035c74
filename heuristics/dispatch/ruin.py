"""Ruin and recreate on lines: some queries near each other taken off their machines and put back in another order."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.dispatch.lines import NONE, Lines, cheapest, look_around, put, take

SPAN, MOST_LINES = 40, 4
BLINK, DELAY, SPREAD = 0.02, 0.1, 0.25


@njit(cache=True)
def improve(
    l: Lines, weight: FloatArray, price: FloatArray, rng: np.random.Generator, trials: int, heat: float,
) -> float:  # pragma: no cover
    """Make trials and return how much weight is gained.

    A trial takes off the queries around a random one, left out ones preferred, on one to three machines, and puts these
    and others left out nearby back one by one, each where it is cheapest. It is undone when weight is lost, or when
    none is gained and the load, priced, grows by more than chance forgives.

    Parameters
    ----------
    weight : float array [Q]
        What each query on time is worth.
    price : float array [K]
        Of a tick on each type.
    heat : float
        Growth of load that is forgiven with probability 1/e, in priced ticks.
    """
    queries, machines = len(l.on), len(l.kind)
    most = 2 * (2 * SPAN + 1)
    member, old, key = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64), np.empty(most)
    own, chosen, total = price.copy(), np.zeros(machines, dtype=np.bool_), 0.0
    for _ in range(trials):
        s = _centre(l, rng, queries)
        reach = 1 + int(rng.random() * SPAN)
        chosen[:] = False
        for _ in range(1 + int(rng.random() * min(MOST_LINES, machines))):
            chosen[int(rng.random() * machines)] = True
        n, lost, load = 0, 0.0, 0.0
        for i in range(max(s - reach, 0), min(s + reach + 1, queries)):
            m = l.on[i]
            if m == NONE or chosen[m]:
                member[n], old[n] = i, m
                n += 1
                if m != NONE:
                    lost += weight[i]
                    load += price[l.kind[m]] * l.service[i, l.kind[m]]
                    take(l, i)
        if n == 0:
            continue
        for k in range(len(price)):
            own[k] = price[k] * (1.0 + SPREAD * (rng.random() - 0.5))
        _keys(l, weight, own, rng, member, key, n)
        _sort(member, old, key, n)
        gained, new_load = 0.0, 0.0
        for r in range(n):
            i = member[r]
            m = NONE if rng.random() < BLINK else cheapest(l, i, own, DELAY)
            if m != NONE:
                put(l, i, m)
                gained += weight[i]
                new_load += price[l.kind[m]] * l.service[i, l.kind[m]]
        grown = new_load - load
        if gained > lost or (gained == lost and grown <= -heat * np.log(1.0 - rng.random())):
            total += gained - lost
            continue
        for r in range(n):
            if l.on[member[r]] != NONE:
                take(l, member[r])
        for r in range(n):
            if old[r] != NONE:
                look_around(l, member[r])
                put(l, member[r], old[r])
    return total


@njit(cache=True)
def _centre(l: Lines, rng: np.random.Generator, queries: int) -> int:  # pragma: no cover
    """Return a random query, mostly the next one from there on that is left out."""
    s = int(rng.random() * queries)
    if rng.random() < 0.8:
        for i in range(s, min(s + 2000, queries)):
            if l.on[i] == NONE:
                return i
    return s


@njit(cache=True)
def _keys(
    l: Lines, weight: FloatArray, price: FloatArray, rng: np.random.Generator, member: IntArray, key: FloatArray, n: int
) -> None:  # pragma: no cover
    """Write what queries are ordered by: arrival, cost per weight, or chance, as chance decides."""
    kind = int(rng.random() * 4)
    for r in range(n):
        i = member[r]
        if kind == 0:
            key[r] = i
        elif kind == 1:
            key[r] = rng.random()
        else:
            least = np.inf
            for k in range(len(price)):
                if l.service[i, k] <= l.qos:
                    least = min(least, price[k] * l.service[i, k])
            key[r] = (least if kind == 2 else -least) / max(weight[i], 1e-9)


@njit(cache=True)
def _sort(member: IntArray, old: IntArray, key: FloatArray, n: int) -> None:  # pragma: no cover
    """Sort the first n queries, and their machines, by key."""
    for r in range(1, n):
        i, m, mine, at = member[r], old[r], key[r], r
        while at > 0 and key[at - 1] > mine:
            member[at], old[at], key[at] = member[at - 1], old[at - 1], key[at - 1]
            at -= 1
        member[at], old[at], key[at] = i, m, mine
