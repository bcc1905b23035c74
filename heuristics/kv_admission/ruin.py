"""Ruin and recreate: some requests that run at about the same time taken out and put back in another order."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.kv_admission.room import ARRIVAL, Room, price_at, put, toggle

REACH, MOST = 40, 9
SPREAD, LOOSE = 0.7, 6.0


@njit(cache=True)
def improve(
    room: Room, near: IntArray, volume: FloatArray, rng: np.random.Generator, trials: int, heat: float, above: float,
    best_place: IntArray,
) -> tuple[float, float]:  # pragma: no cover
    """Make trials; return by how much the price of now is above the best, and by how much the best has fallen.

    A trial takes out 2 to `MOST` requests around a random one, and puts them back in order of volume per weight or of
    their start, both blurred, or in any order, each where it is cheapest. It is undone when the price grows by more
    than chance forgives.

    Parameters
    ----------
    near : int array [N]
        Requests in order of start, of now or of a while ago.
    volume : float array [N]
        Tokens times rounds per weight.
    heat : float
        Growth that is forgiven with probability 1/e.
    above : float
        By how much the price of now is above the best.
    best_place : int array [N, 2]
        The best schedule, changed in place.
    """
    n = len(near)
    member, was = np.empty(MOST, np.int64), np.empty((MOST, 2), np.int64)
    key = np.empty(MOST)
    fallen = 0.0
    for _ in range(trials):
        centre, reach = int(rng.random() * n), 2 + int(rng.random() * REACH)
        first, last = max(centre - reach, 0), min(centre + reach + 1, n)
        wanted = min(2 + int(rng.random() * (MOST - 1)), last - first)
        share, kind, count, before = wanted / (last - first), rng.random(), 0, 0.0
        for p in range(first, last):
            if count == MOST or (p != centre and rng.random() > share):
                continue
            i = near[p]
            k, r = room.place[i, 0], room.place[i, 1]
            if kind < 0.3:
                mine = rng.random()
            elif kind < 0.65:
                mine = volume[i] * np.exp(SPREAD * (2.0 * rng.random() - 1.0))
            else:
                mine = (k if k >= 0 else room.request[i, ARRIVAL]) + LOOSE * rng.random()
            before += price_at(room, i, k)
            toggle(room, i, -1)
            at = count
            while at > 0 and key[at - 1] > mine:
                member[at], was[at, 0], was[at, 1], key[at] = member[at - 1], was[at - 1, 0], was[at - 1, 1], key[at - 1]
                at -= 1
            member[at], was[at, 0], was[at, 1], key[at] = i, k, r, mine
            count += 1
        after, done, limit = 0.0, 0, before - heat * np.log(1.0 - rng.random())
        while done < count and after <= limit:
            after += put(room, member[done])
            done += 1
        if after <= limit:
            above += after - before
            if above < -1e-9:
                fallen, above = fallen - above, 0.0
                best_place[:] = room.place
            continue
        for m in range(done):
            toggle(room, member[m], -1)
        for m in range(count):
            room.place[member[m], 0], room.place[member[m], 1] = was[m, 0], was[m, 1]
            toggle(room, member[m], 1)
    return above, fallen
