"""The compiled loops over hosts: what a host is worth, where a job does best, which exchange of jobs gains.

What a host is worth depends on its kind and on the classes of its jobs alone, so worths are remembered under a sum of
random words, one for each; a memory cell that another sum has taken is worked out again.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray

WordArray = NDArray[np.uint64]
BoolArray = NDArray[np.bool_]

MEMORY = 1 << 16
GAIN = 1e-9

# Of a type: numba compiles a function once more for each literal that it is called with.
NOBODY: Any = np.int64(-1)


class Scene(NamedTuple):
    """Hosts, their jobs, and the tables to value them by. G hosts, M jobs at most on each, J jobs, C classes, S slots.

    Parameters
    ----------
    value : float array [C, S + 1]
        What a job is worth on each slot; the last column when it is left out.
    of_job : int array [J]
        Class of each job.
    host : int array [J]
        Host of each job, -1 for none; -2 for residents that stay, which no loop touches.
    held : int array [G, M]
        Jobs of each host, in the first `load` places.
    load, stayers : int arrays [G]
        Jobs, and residents that stay.
    slot : int array [G]
        First slot of the host's block.
    first, last : int arrays [G, 2]
        States of the host as it is, and cut anew; -1 where there is no difference and only the second counts.
    reset : float array [G]
        What it costs to cut the host anew.
    larger, ends : int array [V, P], bool array [V]
        The states.
    word, class_word : uint64 arrays [G], [C]
        Random words; hosts of one kind share theirs.
    total : uint64 array [G]
        Sum of a host's word and those of its jobs.
    known, known_worth : uint64 array, float array [MEMORY]
        Worths remembered.
    """

    value: FloatArray
    of_job: IntArray
    host: IntArray
    held: IntArray
    load: IntArray
    stayers: IntArray
    slot: IntArray
    first: IntArray
    last: IntArray
    reset: FloatArray
    larger: IntArray
    ends: BoolArray
    word: WordArray
    class_word: WordArray
    total: WordArray
    known: WordArray
    known_worth: FloatArray


@njit(cache=True)
def _recursion(scene: Scene, g: int, jobs: IntArray, count: int, low: int, high: int) -> float:  # pragma: no cover
    """Return the largest sum of values of some jobs on a host within a range of states."""
    best, then = np.full(high - low, -np.inf), np.empty(high - low)
    best[high - low - 1] = 0.0
    profiles = scene.larger.shape[1]
    for k in range(count):
        c = scene.of_job[jobs[k]]
        then[:] = -np.inf
        for state in range(high - low):
            if best[state] > -np.inf:
                for p in range(profiles):
                    after = scene.larger[low + state, p] - low
                    if after >= 0:
                        worth = best[state] + scene.value[c, scene.slot[g] + p]
                        if worth > then[after]:
                            then[after] = worth
        best, then = then, best
    top = -np.inf
    for state in range(high - low):
        if scene.ends[low + state] and best[state] > top:
            top = best[state]
    return top


@njit(cache=True)
def worth(scene: Scene, g: int, out: int, into: int) -> float:  # pragma: no cover
    """Return what host g is worth without job `out` and with job `into`; -1 for neither."""
    total = scene.total[g]
    if out >= 0:
        total -= scene.class_word[scene.of_job[out]]
    if into >= 0:
        total += scene.class_word[scene.of_job[into]]
    cell = np.int64((total ^ (total >> np.uint64(29))) & np.uint64(MEMORY - 1))
    found: float = scene.known_worth[cell]
    if scene.known[cell] == total:
        return found
    jobs = np.empty(scene.held.shape[1] + 1, dtype=np.int64)
    count = 0
    for k in range(scene.load[g]):
        if scene.held[g, k] != out:
            jobs[count] = scene.held[g, k]
            count += 1
    if into >= 0:
        jobs[count] = into
        count += 1
    found = -np.inf
    if count + scene.stayers[g] <= scene.held.shape[1]:
        found = _recursion(scene, g, jobs, count, scene.first[g, 1], scene.last[g, 1])
        if scene.first[g, 0] >= 0:
            calm = _recursion(scene, g, jobs, count, scene.first[g, 0], scene.last[g, 0])
            found = max(calm, found - scene.reset[g])
    scene.known[cell] = total
    scene.known_worth[cell] = found
    return found


@njit(cache=True)
def take_out(scene: Scene, job: int) -> None:  # pragma: no cover
    """Take a job off its host."""
    g = scene.host[job]
    last = scene.load[g] - 1
    for k in range(last + 1):
        if scene.held[g, k] == job:
            scene.held[g, k] = scene.held[g, last]
            break
    scene.load[g] = last
    scene.total[g] -= scene.class_word[scene.of_job[job]]
    scene.host[job] = -1


@njit(cache=True)
def put_in(scene: Scene, job: int, g: int) -> None:  # pragma: no cover
    """Put a job that has no host on one."""
    scene.held[g, scene.load[g]] = job
    scene.load[g] += 1
    scene.total[g] += scene.class_word[scene.of_job[job]]
    scene.host[job] = g


@njit(cache=True)
def best_host(scene: Scene, job: int) -> tuple[int, float]:  # pragma: no cover
    """Return the host that gains most by a job without one, and the gain; the first of equals."""
    best, gain = -1, -np.inf
    for g in range(len(scene.load)):
        more = worth(scene, g, NOBODY, job)
        if more > -np.inf and more - worth(scene, g, NOBODY, NOBODY) > gain + GAIN:
            best, gain = g, more - worth(scene, g, NOBODY, NOBODY)
    return best, gain


@njit(cache=True)
def insert_all(scene: Scene, jobs: IntArray) -> None:  # pragma: no cover
    """Put jobs one after another where each gains most; those that gain less than by being left out have no host."""
    out = scene.value.shape[1] - 1
    for job in jobs:
        g, gain = best_host(scene, job)
        if g >= 0 and gain > scene.value[scene.of_job[job], out]:
            put_in(scene, job, g)


@njit(cache=True)
def insert_by_load(scene: Scene, jobs: IntArray, wait: bool) -> None:  # pragma: no cover
    """Put jobs one after another on the host with the fewest jobs that can take them, the first of equals (MISO).

    With `wait` the first job that no host can take keeps all later ones waiting.
    """
    fewest = scene.load + scene.stayers
    for job in jobs:
        placed = False
        for count in range(scene.held.shape[1]):
            for g in range(len(fewest)):
                if fewest[g] == count and worth(scene, g, NOBODY, job) > -np.inf:
                    put_in(scene, job, g)
                    fewest[g] += 1
                    placed = True
                    break
            if placed:
                break
        if wait and not placed:
            return


@njit(cache=True)
def exchange(scene: Scene, jobs: IntArray, others: IntArray) -> tuple[int, int]:  # pragma: no cover
    """For each job make the best of its moves and swaps with some hosts if it gains; return gains and evaluations.

    Parameters
    ----------
    scene : Scene
        Changed in place.
    jobs : int array [n]
        Jobs to look at, in order.
    others : int array [n, K]
        Hosts to look at for each.
    """
    out = scene.value.shape[1] - 1
    made = evaluated = 0
    for n in range(len(jobs)):
        job = jobs[n]
        g = scene.host[job]
        if g == -2:
            continue
        here = worth(scene, g, NOBODY, NOBODY) if g >= 0 else 0.0
        without = worth(scene, g, job, NOBODY) if g >= 0 else 0.0
        alone = scene.value[scene.of_job[job], out]
        best, to, swapped = GAIN, -1, -1
        # Without a host the job is worth what it is left out.
        base = here if g >= 0 else alone
        for h in others[n]:
            if h == g:
                continue
            there = worth(scene, h, NOBODY, NOBODY)
            evaluated += 1
            gain = without + worth(scene, h, NOBODY, job) - base - there
            if gain > best:
                best, to, swapped = gain, h, -1
            for k in range(scene.load[h]):
                other = scene.held[h, k]
                if scene.of_job[other] == scene.of_job[job]:
                    continue
                evaluated += 1
                back = worth(scene, g, job, other) if g >= 0 else scene.value[scene.of_job[other], out]
                gain = back + worth(scene, h, other, job) - base - there
                if gain > best:
                    best, to, swapped = gain, h, other
        if g >= 0 and without + alone - here > best:
            take_out(scene, job)
            made += 1
        elif to >= 0:
            if g >= 0:
                take_out(scene, job)
            if swapped >= 0:
                take_out(scene, swapped)
                if g >= 0:
                    put_in(scene, swapped, g)
            put_in(scene, job, to)
            made += 1
    return made, evaluated
