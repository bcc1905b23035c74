"""An hour's cost, compiled: requests routed at least cost, and the GPUs and slices that instances need."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.mig_serving.ground import Ground

EXCESS = 1e6
"""Objective of each GPU beyond those there are: far above any other, so that a descent gets rid of them first."""

_SLACK = 1e-8
_HALVINGS = 60


@njit(cache=True)
def serve(g: Ground, t: int, k: int, x: IntArray) -> float:  # pragma: no cover
    """Return what instances x [O] of service k cost in period t; infinite where they cannot serve it."""
    load = g.load[t, k]
    if load <= 0.0:
        return 0.0
    pool = 0
    for o in range(g.first[k], g.first[k + 1]):
        pool += x[o]
    if pool == 0:
        return np.inf
    b = 0
    while b + 1 < len(g.sizes) and g.sizes[b + 1] <= pool:
        b += 1
    rest, total, tardy = load, 0.0, 0.0
    for i in range(g.first[k], g.first[k + 1]):
        o = g.cheapest[t, i]
        if x[o] > 0:
            sent = min(rest, x[o] * g.capacity[o, b])
            rest -= sent
            total += sent * g.cost[t, o]
            tardy += sent * g.late[o]
            if rest <= 0.0:
                break
    if rest > _SLACK * load:
        return np.inf
    if tardy > g.ration[t, k] + _SLACK * load:
        return _rationed(g, t, k, x, b)
    return total


@njit(cache=True)
def _rationed(g: Ground, t: int, k: int, x: IntArray, b: int) -> float:  # pragma: no cover
    """Return the cost when late requests are rationed: the best bound over their price, by bisection."""
    high = 1e-300
    for o in range(g.first[k], g.first[k + 1]):
        for other in range(g.first[k], g.first[k + 1]):
            if g.late[other] > g.late[o]:
                high = max(high, (g.cost[t, o] - g.cost[t, other]) / (g.late[other] - g.late[o]))
    low, high = 0.0, 1.001 * high
    if _priced(g, t, k, x, b, high)[1] > g.ration[t, k] + _SLACK * g.load[t, k]:
        return np.inf
    best = -np.inf
    for _ in range(_HALVINGS):
        price = 0.5 * (low + high)
        total, tardy = _priced(g, t, k, x, b, price)
        best = max(best, total - price * g.ration[t, k])
        if tardy > g.ration[t, k]:
            low = price
        else:
            high = price
    return best


@njit(cache=True)
def _priced(g: Ground, t: int, k: int, x: IntArray, b: int, price: float) -> tuple[float, float]:  # pragma: no cover
    """Return cost with late requests priced, and late requests, of the cheapest filling at that price."""
    rest, total, tardy = g.load[t, k], 0.0, 0.0
    floor, after = -np.inf, -1
    while rest > 0.0:
        # The next option by rising priced cost; ties by number.
        best, o = np.inf, -1
        for other in range(g.first[k], g.first[k + 1]):
            value = g.cost[t, other] + price * g.late[other]
            if (value > floor or (value == floor and other > after)) and value < best:
                best, o = value, other
        if o < 0:
            break
        sent = min(rest, x[o] * g.capacity[o, b])
        rest -= sent
        total += sent * best
        tardy += sent * g.late[o]
        floor, after = best, o
    return total, tardy


@njit(cache=True)
def fewest_gpus(g: Ground, need: IntArray) -> int:  # pragma: no cover
    """Return the fewest GPUs on that hold slices [P]."""
    most = g.fewest
    for r in range(len(g.per_gpu)):
        used = 0
        for p in range(len(need)):
            used += g.rows[r, p] * need[p]
        most = max(most, (used + g.per_gpu[r] - 1) // g.per_gpu[r])
    return most


@njit(cache=True)
def stand(
    g: Ground, t: int, need: IntArray, last: IntArray, after: IntArray, held: IntArray
) -> float:  # pragma: no cover
    """Return what GPUs and changes cost in period t, and write GPUs on and slices into `held`.

    Slices beyond the need are kept or made early where that saves changes and they fit on the GPUs; GPUs are on
    beyond the need where switching them on later costs more.

    Parameters
    ----------
    need : int array [P]
        Slices of the instances.
    last, after, held : int array [1 + P]
        GPUs on and slices of the period before, of the one after, and of this one.
    """
    n = fewest_gpus(g, need)
    on, switch, later = float(g.on[t]), float(g.switch[t]), float(g.switch[t + 1])
    if later > on:
        n = max(n, min(after[0], g.gpus) if later > on + switch else min(last[0], after[0], g.gpus))
    total: float = on * n + switch * max(n - last[0], 0) + later * max(after[0] - n, 0)
    if n > g.gpus:
        total += EXCESS * (n - g.gpus)
    held[0] = n
    change, next_change = g.change[t], g.change[t + 1]
    for p in range(len(need)):
        held[p + 1] = need[p]
    if change == 0.0 and next_change == 0.0:
        return total
    for p in range(len(need) - 1, -1, -1):
        extra = (last[p + 1] if change >= next_change else after[p + 1]) - need[p]
        if extra > 0:
            for r in range(len(g.per_gpu)):
                if g.rows[r, p] > 0:
                    slack = n * g.per_gpu[r]
                    for other in range(len(need)):
                        slack -= g.rows[r, other] * held[other + 1]
                    extra = min(extra, max(slack, 0) // g.rows[r, p])
            held[p + 1] += extra
        total += change * abs(held[p + 1] - last[p + 1]) + next_change * abs(after[p + 1] - held[p + 1])
    return total


@njit(cache=True)
def needs(g: Ground, x: IntArray) -> IntArray:  # pragma: no cover
    """Return the slices [P] that instances [O] need."""
    need = np.zeros(g.rows.shape[1], np.int64)
    for o in range(len(x)):
        need[g.profile[o]] += x[o]
    return need


@njit(cache=True)
def fewest_more(g: Ground, t: int, k: int, room: FloatArray, pool: int, o: int) -> int:  # pragma: no cover
    """Return the fewest instances of option o that a pool lacks to serve its load; -1 where none suffice.

    Parameters
    ----------
    room : float array [B]
        Requests per second that the pool's instances bear at each pool size.
    pool : int
        Its instances.
    """
    found = -1
    for b in range(len(g.sizes)):
        lacking = g.load[t, k] * (1.0 - 0.5 * _SLACK) - room[b]
        more = max(g.sizes[b] - pool, 0)
        if lacking > 0.0:
            if g.capacity[o, b] <= 0.0:
                continue
            more = max(more, int(np.ceil(lacking / g.capacity[o, b])))
        if found < 0 or more < found:
            found = more
    return found
