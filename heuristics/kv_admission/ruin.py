"""Ruin and recreate: some requests that run at about the same time taken out and put back in another order."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.kv_admission.room import ADD, ARRIVAL, NONE, TAKE, Room, price_at, put, toggle

REACH, WINDOW, FEW, MOST, FEW_SHARE, JUMP, BEFORE = 40, 100, 9, 100, 0.1, 25, 8
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
    member, was, key = np.empty(MOST, np.int64), np.empty((MOST, 2), np.int64), np.empty(MOST)
    fallen = 0.0
    for _ in range(trials):
        few = rng.random() < FEW_SHARE
        centre, reach = int(rng.random() * n), 2 + int(rng.random() * (REACH if few else WINDOW))
        first, last = max(centre - reach, 0) if few else centre, min(centre + reach + 1, n)
        wanted = min(2 + int(rng.random() * (FEW - 1)), last - first) if few else last - first
        share, kind, count, before = wanted / (last - first), rng.random() if few else 1.0, NONE, 0.0
        for p in range(first, last):
            if count == MOST or (few and p != centre and rng.random() > share):
                continue
            i = near[p]
            k, r = room.place[i, 0], room.place[i, 1]
            if kind < 0.3:
                mine = rng.random()
            elif kind < 0.65:
                mine = volume[i] * np.exp(SPREAD * (2.0 * rng.random() - 1.0))
            else:
                mine = (k if k >= 0 else room.request[i, ARRIVAL]) + (LOOSE if few else 0.5) * rng.random()
            before += price_at(room, i, k)
            toggle(room, i, TAKE)
            at = count
            while at > 0 and key[at - 1] > mine:
                member[at], key[at] = member[at - 1], key[at - 1]
                was[at, 0], was[at, 1] = was[at - 1, 0], was[at - 1, 1]
                at -= 1
            member[at], was[at, 0], was[at, 1], key[at] = i, k, r, mine
            count += 1
        begin = NONE
        if not few:  # what is before the window stays as full as it is
            begin = max(np.int64(key[0]) - BEFORE, NONE)
            _move_one(member, was, rng, count)
        after, done, limit = 0.0, 0, before - heat * np.log(1.0 - rng.random())
        while done < count and after <= limit:
            after += put(room, member[done], begin)
            done += 1
        if after <= limit:
            above += after - before
            if above < -1e-9:
                fallen, above = fallen - above, 0.0
                for i in range(n):
                    best_place[i, 0], best_place[i, 1] = room.place[i, 0], room.place[i, 1]
            continue
        for m in range(done):
            toggle(room, member[m], TAKE)
        for m in range(count):
            room.place[member[m], 0], room.place[member[m], 1] = was[m, 0], was[m, 1]
            toggle(room, member[m], ADD)
    return above, fallen


@njit(cache=True)
def _move_one(member: IntArray, was: IntArray, rng: np.random.Generator, count: int) -> None:  # pragma: no cover
    """Let the first of `count` members swap with one of the next `JUMP`, or one pass the other."""
    b, kind = min(int(np.exp(rng.random() * np.log(JUMP))), count - 1), rng.random()
    if kind < 0.5:
        member[0], member[b] = member[b], member[0]
        for c in range(2):
            was[0, c], was[b, c] = was[b, c], was[0, c]
        return
    first, step = (0, 1) if kind < 0.75 else (b, -1)
    i, k, r = member[first], was[first, 0], was[first, 1]
    for m in range(first, b - first, step):
        member[m], was[m, 0], was[m, 1] = member[m + step], was[m + step, 0], was[m + step, 1]
    member[b - first], was[b - first, 0], was[b - first, 1] = i, k, r
