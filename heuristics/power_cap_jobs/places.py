"""Places: jobs put one by one where it is cheapest, and taken off again, compiled.

What is left of GPUs and power is kept by slot. A job's places under a cap are found in one pass over its window.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.power_cap_jobs import PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.options import Options

NOWHERE = -1
SLACK = 1e-9
"""Share of the largest power by which a job may exceed what is left, as rounding."""


class Places(NamedTuple):
    """Where jobs are, and what is left. J jobs, C caps, T slots, M options.

    Parameters
    ----------
    held, power_w, first, cost_g, gpus, release : arrays
        As in ``Options``.
    peak_g_per_w : float
        Price of the highest power.
    slack_w : float
        Power by which a job may exceed what is left.
    start, cap : int array [J]
        First slot and cap of each job, -1 where it has none.
    gpus_left, watts_left, watts : array [T]
        GPUs and power left, and power that jobs draw.
    """

    held: IntArray
    power_w: FloatArray
    first: IntArray
    cost_g: FloatArray
    gpus: IntArray
    release: IntArray
    peak_g_per_w: float
    slack_w: float
    start: IntArray
    cap: IntArray
    gpus_left: IntArray
    watts_left: FloatArray
    watts: FloatArray

    @property
    def complete(self) -> bool:
        """Whether every job has a place."""
        return bool((self.cap >= 0).all())

    def schedule(self) -> PowerCapJobsSchedule:
        """Return the schedule of all jobs."""
        return PowerCapJobsSchedule(start_slot=self.start.copy(), cap=self.cap.copy())


def no_places(options: Options) -> Places:
    """Return places in which no job is."""
    jobs, slots = options.jobs, options.horizon
    return Places(
        options.slots, options.power_w, options.first, options.cost_g, options.gpus, options.release,
        options.peak_g_per_w, SLACK * max(float(np.abs(options.free_w).max()), 1.0),
        np.full(jobs, NOWHERE, dtype=np.int64), np.full(jobs, NOWHERE, dtype=np.int64),
        np.full(slots, options.free_gpus, dtype=np.int64), options.free_w.copy(), np.zeros(slots))


def places_of(options: Options, start: IntArray, cap: IntArray) -> Places:
    """Return the places of a schedule that keeps the rules."""
    watts = options.drawn_w(start, cap)
    return no_places(options)._replace(
        start=start.copy(), cap=cap.copy(), gpus_left=options.free_gpus - options.used_gpus(start, cap),
        watts_left=options.free_w - watts, watts=watts)


@njit(cache=True)
def move(p: Places, j: int, way: int) -> None:  # pragma: no cover
    """Take the GPUs and the power of a job's place, or give them back where `way` is -1."""
    c, g, w = p.cap[j], p.gpus[j] * way, p.power_w[j, p.cap[j]] * way
    for t in range(p.start[j], p.start[j] + p.held[j, c]):
        p.gpus_left[t] -= g
        p.watts_left[t] -= w
        p.watts[t] += w


@njit(cache=True)
def put(p: Places, j: int, only: int, guide: FloatArray, peak: float) -> float:  # pragma: no cover
    """Put a job where it costs least by `guide`, under one cap alone unless that is -1; return the power's new peak.

    The job stays without a place where none is left. O(C W) for a window of W slots, without a price of the peak.

    Parameters
    ----------
    guide : float array [M]
        What options count.
    peak : float
        Highest power of now.
    """
    caps = p.held.shape[1]
    g, best, best_cap, best_start, best_peak = p.gpus[j], np.inf, NOWHERE, NOWHERE, peak
    for c in range(caps):
        at, count = p.first[j * caps + c], p.first[j * caps + c + 1] - p.first[j * caps + c]
        if count == 0 or (only != NOWHERE and only != c):
            continue
        need, run, held, begin = p.power_w[j, c] - p.slack_w, 0, p.held[j, c], p.release[j]
        for t in range(begin, begin + count + held - 1):
            run = run + 1 if p.gpus_left[t] >= g and p.watts_left[t] >= need else 0
            if run < held:
                continue
            s = t - held + 1
            cost, top = guide[at + s - begin], peak
            if p.peak_g_per_w > 0.0 and cost < best:
                for u in range(s, t + 1):
                    top = max(top, p.watts[u] + p.power_w[j, c])
                cost += p.peak_g_per_w * (top - peak)
            if cost < best:
                best, best_cap, best_start, best_peak = cost, c, s, top
    p.cap[j], p.start[j] = best_cap, best_start
    if best_cap != NOWHERE:
        move(p, j, 1)
    return best_peak


@njit(cache=True)
def fill(p: Places, order: IntArray, only: IntArray, guide: FloatArray) -> None:  # pragma: no cover
    """Put jobs in order, each under its own cap in `only` or any (-1); where its cap does not fit, any."""
    peak = p.watts.max()
    for j in order:
        peak = put(p, j, only[j], guide, peak)
        if p.cap[j] == NOWHERE and only[j] != NOWHERE:
            peak = put(p, j, NOWHERE, guide, peak)


@njit(cache=True)
def improve(
    p: Places, guide: FloatArray, rng: np.random.Generator, trials: int, most: int, heat: float, best_start: IntArray,
    best_cap: IntArray,
) -> float:  # pragma: no cover
    """Ruin and recreate: make trials, write the best places met and return by how much they are cheaper.

    A trial takes off a random job and up to `most` - 1 others that hold one of the slots around it, and puts them back
    one by one, by chance in order of size, of deadline or any, with chances in what options count. It is undone where a
    job finds no place, or when the places cost more than chance forgives.

    Parameters
    ----------
    heat : float
        Growth of cost that is forgiven with probability 1/e.
    """
    jobs, caps = p.held.shape
    member, key = np.empty(most, dtype=np.int64), np.empty(most)
    old_start, old_cap = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    now, best = 0.0, 0.0
    best_start[:] = p.start
    best_cap[:] = p.cap
    for _ in range(trials):
        centre = int(rng.random() * jobs)
        reach = int(rng.random() * 6.0)
        low, high = p.start[centre] - reach, p.start[centre] + p.held[centre, p.cap[centre]] + reach
        wanted = 1 + int(rng.random() * most)
        member[0], n = centre, 1
        at = int(rng.random() * jobs)
        for i in range(jobs):
            if n == wanted:
                break
            j = (at + i) % jobs
            if j != centre and p.start[j] < high and p.start[j] + p.held[j, p.cap[j]] > low:
                member[n] = j
                n += 1
        before = p.peak_g_per_w * p.watts.max() if p.peak_g_per_w > 0.0 else 0.0
        kind = int(rng.random() * 3.0)
        for r in range(n):
            j = member[r]
            before += p.cost_g[p.first[j * caps + p.cap[j]] + p.start[j] - p.release[j]]
            move(p, j, -1)
            size = p.gpus[j] * p.held[j, 0]
            key[r] = rng.random() if kind == 0 else (-size * (0.5 + rng.random()) if kind == 1 else
                                                     p.release[j] + p.first[j * caps + 1] - p.first[j * caps])
        for r in range(1, n):
            j, mine, i = member[r], key[r], r
            while i > 0 and key[i - 1] > mine:
                member[i], key[i] = member[i - 1], key[i - 1]
                i -= 1
            member[i], key[i] = j, mine
        for r in range(n):
            old_start[r], old_cap[r] = p.start[member[r]], p.cap[member[r]]
        peak, after, done = p.watts.max() if p.peak_g_per_w > 0.0 else 0.0, 0.0, 0
        for r in range(n):
            j = member[r]
            only = NOWHERE if rng.random() < 0.8 else int(rng.random() * caps)
            peak = put(p, j, only, guide, peak)
            if p.cap[j] == NOWHERE:
                break
            after += p.cost_g[p.first[j * caps + p.cap[j]] + p.start[j] - p.release[j]]
            done += 1
        after += p.peak_g_per_w * peak
        if done == n and after - before <= -heat * np.log(1.0 - rng.random()):
            now += after - before
            if now < best:
                best = now
                best_start[:] = p.start
                best_cap[:] = p.cap
            continue
        for r in range(n):
            if r < done:
                move(p, member[r], -1)
            p.start[member[r]], p.cap[member[r]] = old_start[r], old_cap[r]
        for r in range(n):
            move(p, member[r], 1)
    return best
