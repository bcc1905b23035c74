"""Ejection: a job is put somewhere else; what is in its way leaves, and goes where it is cheapest then."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import IntArray
from ecoopt.heuristics.shifting.arena import Arena
from ecoopt.instances.shifting.placing import place_jobs

MOST_EJECTED = 12
_REACH = 5.0


@njit(cache=True)
def eject(
    a: Arena, rng: np.random.Generator, trials: int, heat: float, nowhere: float,
) -> None:  # pragma: no cover
    """Make trials, each kept if it costs no more than chance forgives.

    A trial draws a job and a place within its window: a region and a start, or for a job with breaks often another slot
    instead of one of its own. Jobs that hold GPUs it needs there, drawn at random, leave, twelve at most, and are then
    put one by one where they are cheapest. With nobody in the way it is a move, with one a swap. O(J) a trial.

    Parameters
    ----------
    a : Arena
        Changed in place.
    heat : float
        Grams of growth that are forgiven with probability 1/e; 0 keeps what is no worse.
    nowhere : float
        What a job counts that fits nowhere.
    """
    jobs, regions, most = len(a.length), len(a.grams), min(MOST_EJECTED + 1, len(a.length))
    member, old, cost = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most)
    kept, wanted = np.empty((most, a.length.max()), np.int64), np.empty(a.length.max(), np.int64)
    for _ in range(trials):
        c = int(rng.random() * jobs)
        size, room = a.length[c], a.deadline[c] - a.release[c] - a.length[c] + 1
        if room <= 0:
            continue
        z = a.region[c]
        if z < 0 or room == 1 or not a.interruptible[c] or rng.random() < 0.5:
            z, begin = int(rng.random() * regions), a.release[c] + int(rng.random() * room)
            for k in range(size):
                wanted[k] = begin + k
            target = a.fixed[c, z] + a.power[c] * (a.grams[z, begin + size] - a.grams[z, begin])
        else:
            target = _exchanged(a, c, rng, wanted)
        if target > a.paid[c] + _REACH * heat:
            continue
        j, n, k, before = c, 0, 0, 0.0
        while True:
            member[n], old[n], cost[n] = j, a.region[j], a.paid[j]
            before += a.paid[j]
            kept[n, :a.length[j]] = a.slot[a.offsets[j]:a.offsets[j + 1]]
            _leave(a, j)
            n += 1
            while k < size and a.free[z, wanted[k]] >= a.gpus[c]:
                k += 1
            j = -1 if k == size or n == most else _at(a, z, wanted[k], int(rng.random() * jobs))
            if j < 0:
                break
        after = np.inf
        if k == size:
            _enter(a, c, z, wanted, target)
            after = target
            if n > 1:
                after += _put_back(a, rng, member[1:n], nowhere)
        if after <= before - heat * np.log(1.0 - rng.random()):
            continue
        for r in range(n):
            _leave(a, member[r])
        for r in range(n):
            if old[r] >= 0:
                _enter(a, member[r], old[r], kept[r], cost[r])
            a.paid[member[r]] = cost[r]


@njit(cache=True)
def _exchanged(a: Arena, c: int, rng: np.random.Generator, wanted: IntArray) -> float:  # pragma: no cover
    """Write the slots of a job with one of them exchanged for another of its window, and return its carbon then."""
    size, base, z = a.length[c], a.offsets[c], a.region[c]
    out = int(rng.random() * size)
    new = a.release[c] + int(rng.random() * (a.deadline[c] - a.release[c]))
    for k in range(size):
        if a.slot[base + k] == new:
            new = a.slot[base + out]
    n, placed = 0, False
    for k in range(size):
        if not placed and (k != out and a.slot[base + k] > new):
            wanted[n], placed = new, True
            n += 1
        if k != out:
            wanted[n] = a.slot[base + k]
            n += 1
    if not placed:
        wanted[n] = new
    total: float = a.fixed[c, z]
    for k in range(size):
        total += a.power[c] * (a.grams[z, wanted[k] + 1] - a.grams[z, wanted[k]])
        if k > 0 and wanted[k] != wanted[k - 1] + 1:
            total += a.resume[c]
    return total


@njit(cache=True)
def _put_back(a: Arena, rng: np.random.Generator, jobs: IntArray, nowhere: float) -> float:  # pragma: no cover
    """Put jobs where they are cheapest, by chance, falling size or growing slack, and return what is paid."""
    key, rule = np.empty(len(jobs)), int(rng.random() * 3)
    for r in range(len(jobs)):
        j, factor = jobs[r], 0.5 + rng.random()
        if rule == 0:
            key[r] = factor
        elif rule == 1:
            key[r] = -factor * a.length[j] * a.gpus[j]
        else:
            key[r] = factor * (a.deadline[j] - a.release[j] - a.length[j])
    order = jobs[np.argsort(key)]
    paid = place_jobs(order, True, a.grams, a.rent, a.fixed, a.release, a.deadline, a.length, a.gpus, a.power,
                      a.interruptible, a.resume, a.free, a.region, a.offsets, a.slot)
    total = 0.0
    for r in range(len(order)):
        a.paid[order[r]] = paid[r] if a.region[order[r]] >= 0 else nowhere
        total += a.paid[order[r]]
    return total


@njit(cache=True)
def _at(a: Arena, z: int, t: int, first: int) -> int:  # pragma: no cover
    """Return the first job from `first` on, around the end, that runs in region z and slot t, or -1."""
    jobs = len(a.length)
    for i in range(first, first + jobs):
        j = i - jobs if i >= jobs else i
        if a.region[j] == z and a.slot[a.offsets[j]] <= t <= a.slot[a.offsets[j + 1] - 1]:
            if not a.interruptible[j]:
                return j
            for k in range(a.offsets[j], a.offsets[j + 1]):
                if a.slot[k] == t:
                    return j
    return -1


@njit(cache=True)
def _leave(a: Arena, j: int) -> None:  # pragma: no cover
    """Take a job away from where it is, if it is somewhere."""
    if a.region[j] >= 0:
        for k in range(a.offsets[j], a.offsets[j + 1]):
            a.free[a.region[j], a.slot[k]] += a.gpus[j]
        a.region[j] = -1


@njit(cache=True)
def _enter(a: Arena, j: int, z: int, slots: IntArray, paid: float) -> None:  # pragma: no cover
    """Put a job that is nowhere into region z and some slots."""
    for k in range(a.length[j]):
        a.slot[a.offsets[j] + k] = slots[k]
        a.free[z, slots[k]] -= a.gpus[j]
    a.region[j], a.paid[j] = z, paid
