"""Descent of one hour, compiled: instances exchanged within a service and, slice for slice, between two services."""

from typing import Any

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.mig_serving.ground import Ground
from ecoopt.heuristics.mig_serving.hour import fewest_more, needs, serve, stand

_ROOM = 640
_PAIRED = 72
_TIGHT = 3.0
_GAIN = 1e-11

# Of a type: numba compiles a function once more for each literal that it is called with.
_NONE: Any = np.int64(-1)
_ZERO: Any = np.int64(0)


@njit(cache=True)
def hour_cost(
    g: Ground, t: int, x: IntArray, last: IntArray, after: IntArray, held: IntArray
) -> float:  # pragma: no cover
    """Return the cost of instances [O] in a period between two others, and write what they stand on into `held`."""
    total = stand(g, t, needs(g, x), last, after, held)
    for k in range(len(g.first) - 1):
        total += serve(g, t, k, x)
    return total


@njit(cache=True)
def descend(
    g: Ground, t: int, x: IntArray, last: IntArray, after: IntArray, held: IntArray, pairs: bool
) -> float:  # pragma: no cover
    """Improve instances [O] of a period in place until no move does, and return their cost.

    A move takes some instances of an option away and adds as few as needed, or one more, of another of the same
    service: the published distance-4 moves (recolour, split, merge, add, remove) at every scale. Two such moves of
    different services at once trade slices. The best of all is made each time.

    Parameters
    ----------
    last, after, held : int array [1 + P]
        GPUs on and slices of the period before, of the one after, and, written, of this one.
    pairs : bool
        Whether to try two services at once.
    """
    services = len(g.first) - 1
    need = needs(g, x)
    served = np.zeros(services)
    for k in range(services):
        served[k] = serve(g, t, k, x)
    moves = np.zeros((services, _ROOM, 4), np.int64)
    gains = np.zeros((services, _ROOM))
    count = np.zeros(services, np.int64)
    stale = np.ones(services, np.bool_)
    standing = stand(g, t, need, last, after, held)
    trial = np.zeros(len(need), np.int64)
    chosen, short = np.zeros((services, _PAIRED), np.int64), np.zeros(services, np.int64)
    while True:
        for k in range(services):
            if stale[k]:
                count[k] = _gather(g, t, k, x, served[k], moves[k], gains[k])
                stale[k] = False
        best, k1, i1, k2, i2 = -_GAIN, -1, -1, -1, -1
        for k in range(services):
            for i in range(count[k]):
                _copy(trial, need)
                _shift(g, trial, moves[k, i])
                gain = gains[k, i] + stand(g, t, trial, last, after, held) - standing
                if gain < best:
                    best, k1, i1 = gain, k, i
        if k1 < 0 and pairs:
            tight = _TIGHT if held[0] >= g.gpus else 1.0
            for k in range(services):
                short[k] = _shortlist(g, t, moves[k], gains[k], count[k], tight, chosen[k])
            for k in range(services):
                for other in range(k + 1, services):
                    for first in range(short[k]):
                        for second in range(short[other]):
                            i, j = chosen[k, first], chosen[other, second]
                            _copy(trial, need)
                            _shift(g, trial, moves[k, i])
                            _shift(g, trial, moves[other, j])
                            gain = gains[k, i] + gains[other, j] + stand(
                                g, t, trial, last, after, held) - standing
                            if gain < best:
                                best, k1, i1, k2, i2 = gain, k, i, other, j
        if k1 < 0:
            break
        _make(g, x, need, moves[k1, i1])
        served[k1] += gains[k1, i1]
        stale[k1] = True
        if k2 >= 0:
            _make(g, x, need, moves[k2, i2])
            served[k2] += gains[k2, i2]
            stale[k2] = True
        standing = stand(g, t, need, last, after, held)
    total = stand(g, t, need, last, after, held)
    for k in range(services):
        total += served[k]
    return total


@njit(cache=True)
def _gather(
    g: Ground, t: int, k: int, x: IntArray, served: float, moves: IntArray, gains: FloatArray
) -> int:  # pragma: no cover
    """List the moves of a service, the best of each kind alone, and return how many there are.

    A move is (a, r, b, s): r instances of option a make place for s of option b; -1 stands for no option.
    """
    first, last = g.first[k], g.first[k + 1]
    room, left = np.zeros(len(g.sizes)), np.zeros(len(g.sizes))
    pool: int = _ZERO
    for o in range(first, last):
        pool += x[o]
        for b in range(len(room)):
            room[b] += x[o] * g.capacity[o, b]
    found: int = _ZERO
    for a in range(first - 1, last):
        most = 0 if a < first else x[a]
        r: int = _ZERO if a < first else _ZERO + 1
        while r <= most:
            for b in range(len(room)):
                left[b] = room[b] - (r * g.capacity[a, b] if r else 0.0)
            for o in range(first - 1, last):
                if o == a:
                    continue
                if o < first:
                    if r:
                        found = _try(g, t, k, x, served, a, r, _NONE, _ZERO, moves, gains, found)
                    continue
                few = fewest_more(g, t, k, left, pool - r, o)
                if few < 0:
                    continue
                for s in range(max(few, 1), max(few, 1) + 2):
                    found = _try(g, t, k, x, served, a, r, o, s, moves, gains, found)
            if r == most:
                break
            r = min(2 * r, most)
    return found


@njit(cache=True)
def _try(
    g: Ground, t: int, k: int, x: IntArray, served: float, a: int, r: int, o: int, s: int, moves: IntArray,
    gains: FloatArray, found: int,
) -> int:  # pragma: no cover
    """Add a move to the list, or put it in the place of a worse one that needs the same slices."""
    if r:
        x[a] -= r
    if s:
        x[o] += s
    gain = serve(g, t, k, x) - served
    if r:
        x[a] += r
    if s:
        x[o] -= s
    if not gain < np.inf:
        return found
    place = found
    for i in range(found):
        if (moves[i, 1] == r and moves[i, 3] == s and (r == 0 or g.profile[moves[i, 0]] == g.profile[a])
                and (s == 0 or g.profile[moves[i, 2]] == g.profile[o])):
            place = i
            break
    if place < found and gains[place] <= gain:
        return found
    if place == len(gains):
        return found
    moves[place, 0], moves[place, 1], moves[place, 2], moves[place, 3] = a, r, o, s
    gains[place] = gain
    return max(found, place + 1)


@njit(cache=True)
def _shortlist(
    g: Ground, t: int, moves: IntArray, gains: FloatArray, count: int, tight: float, chosen: IntArray
) -> int:  # pragma: no cover
    """Choose the moves that are best when slices are paid for by their share of a GPU, and return how many they are."""
    priced = np.empty(count)
    for i in range(count):
        priced[i] = gains[i]
        if moves[i, 1]:
            priced[i] -= moves[i, 1] * tight * _price(g, t, g.profile[moves[i, 0]])
        if moves[i, 3]:
            priced[i] += moves[i, 3] * tight * _price(g, t, g.profile[moves[i, 2]])
    found = min(count, len(chosen))
    for place in range(found):
        least = 0
        for i in range(1, count):
            if priced[i] < priced[least]:
                least = i
        chosen[place] = least
        priced[least] = np.inf
    return found


@njit(cache=True)
def _copy(to: IntArray, source: IntArray) -> None:  # pragma: no cover
    """Copy a vector in place."""
    for i in range(len(to)):
        to[i] = source[i]


@njit(cache=True)
def _price(g: Ground, t: int, p: int) -> float:  # pragma: no cover
    """Return a slice's share of the price of a GPU."""
    share = 0.0
    for r in range(len(g.per_gpu)):
        share = max(share, g.rows[r, p] / g.per_gpu[r])
    return float(share * g.price[t])


@njit(cache=True)
def _shift(g: Ground, need: IntArray, move: IntArray) -> None:  # pragma: no cover
    """Change the slices needed as a move does."""
    if move[1]:
        need[g.profile[move[0]]] -= move[1]
    if move[3]:
        need[g.profile[move[2]]] += move[3]


@njit(cache=True)
def _make(g: Ground, x: IntArray, need: IntArray, move: IntArray) -> None:  # pragma: no cover
    """Make a move."""
    if move[1]:
        x[move[0]] -= move[1]
    if move[3]:
        x[move[2]] += move[3]
    _shift(g, need, move)


@njit(cache=True)
def construct(g: Ground, t: int, prices: FloatArray, x: IntArray) -> None:  # pragma: no cover
    """Put in what each service lacks of the option that costs least, slices paid for by their share of a GPU.

    Parameters
    ----------
    prices : float array [K, P]
        Factors on that, by service.
    x : int array [O]
        Changed in place; what is there stays, unless it is too late whatever is added.
    """
    for k in range(len(g.first) - 1):
        if serve(g, t, k, x) == np.inf and not _complete(g, t, k, prices, x):
            for o in range(g.first[k], g.first[k + 1]):
                x[o] = 0
            _complete(g, t, k, prices, x)


@njit(cache=True)
def _complete(g: Ground, t: int, k: int, prices: FloatArray, x: IntArray) -> bool:  # pragma: no cover
    """Add instances of one option so that a service is served, and return whether some option could do that."""
    room = np.zeros(len(g.sizes))
    pool: int = _ZERO
    for o in range(g.first[k], g.first[k + 1]):
        pool += x[o]
        for b in range(len(room)):
            room[b] += x[o] * g.capacity[o, b]
    best, option, number = np.inf, -1, 0
    for o in range(g.first[k], g.first[k + 1]):
        few = fewest_more(g, t, k, room, pool, o)
        if few < 0:
            continue
        x[o] += few
        priced = serve(g, t, k, x) + few * prices[k, g.profile[o]] * _price(g, t, g.profile[o])
        x[o] -= few
        if priced < best:
            best, option, number = priced, o, few
    if option >= 0:
        x[option] += number
    return option >= 0
