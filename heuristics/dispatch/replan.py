"""Replanning: at every event all waiting queries are put on machines anew, urgent ones first; what is idle begins.

A query goes behind others to the cheapest machine on which it will be in time, busy or not. One that fits nowhere may
take the place of a dearer one. What is lost already is left out, so that it delays nobody. KAIROS looks one query per
machine ahead; here each machine has a line.
"""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray
from ecoopt.heuristics.dispatch.fleet import IDLE, OVER, Fleet, any_idle, drop, expected_left, next_event, serve

NOWHERE = -1
WAITING = 32
"""Most waiting queries planned per machine."""


@njit(cache=True)
def replan(
    f: Fleet, qos: int, safe: FloatArray, rank: FloatArray, price: FloatArray, delay: float, weight: FloatArray,
    events: int,
) -> bool:  # pragma: no cover
    """Go through so many events, and tell whether there are no more; queries not planned in time are left out.

    An event takes O(n (n + M)) for n waiting queries, 32 per machine at most, the oldest. What a machine has in the
    plan it serves in order of arrival, which is in time if any order is.

    Parameters
    ----------
    qos : int
        Longest response in ticks.
    safe : float array [Q, K]
        Latency with which a query must be in time, at least the predicted one.
    rank : float array [Q]
        Queries of low rank are planned first.
    price : float array [K]
        Of a tick on each type.
    delay : float
        What a tick of waiting counts, relative to one of service.
    weight : float array [Q]
        What queries are worth.
    """
    machines = len(f.kind)
    end = np.empty(machines)
    for _ in range(events):
        now = next_event(f)
        if now == OVER:
            return True
        if f.mark[0] == f.mark[1] or not any_idle(f):
            continue
        _leave_out_lost(f, qos, now)
        first, n = f.mark[0], min(f.mark[1] - f.mark[0], WAITING * machines)
        place, order = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
        for i in range(n):
            place[i] = NOWHERE
            at = i
            while at > 0 and rank[f.queue[first + order[at - 1]]] > rank[f.queue[first + i]]:
                order[at] = order[at - 1]
                at -= 1
            order[at] = i
        for m in range(machines):
            end[m] = expected_left(f, m, now)
        for i in order:
            q = f.queue[first + i]
            slack, best, least = f.arrival[q] + qos - now, NOWHERE, np.inf
            for m in range(machines):
                k = f.kind[m]
                cost = price[k] * (f.expected[q, k] + delay * end[m])
                if cost < least and end[m] + safe[q, k] <= slack:
                    best, least = m, cost
            if best != NOWHERE:
                place[i] = best
                end[best] += f.expected[q, f.kind[best]]
            else:
                _take_a_place(f, place, end, i, slack, safe, price, weight)
        for i in range(n):  # places before i move up when i is served, those after it stay
            m = place[i]
            if m != NOWHERE and f.running[m] == IDLE:
                serve(f, first + i, m, now)
    return False


@njit(cache=True)
def _leave_out_lost(f: Fleet, qos: int, now: int) -> None:  # pragma: no cover
    """Take queries out of the queue that would be late even on the fastest machine."""
    for i in range(f.mark[0], min(f.mark[1], f.mark[0] + WAITING * len(f.kind))):
        q, least = f.queue[i], np.inf
        for k in range(f.expected.shape[1]):
            least = min(least, f.expected[q, k])
        if least > f.arrival[q] + qos - now:
            drop(f, i)


@njit(cache=True)
def _take_a_place(
    f: Fleet, place: np.ndarray, end: FloatArray, i: int, slack: int, safe: FloatArray, price: FloatArray,
    weight: FloatArray,
) -> None:  # pragma: no cover
    """Let the i-th waiting query take the place of the planned one that costs most per weight, if that costs more.

    Those behind that one move up, the newcomer goes to the end.
    """
    first, most, chosen = f.mark[0], 0.0, NOWHERE
    q = f.queue[first + i]
    for j in range(len(place)):
        m = place[j]
        if m == NOWHERE:
            continue
        o, k = f.queue[first + j], f.kind[m]
        gain = price[k] * (f.expected[o, k] / max(weight[o], 1e-9) - f.expected[q, k] / max(weight[q], 1e-9))
        if gain > most and end[m] - f.expected[o, k] + safe[q, k] <= slack:
            most, chosen = gain, j
    if chosen != NOWHERE:
        m = place[chosen]
        place[chosen], place[i] = NOWHERE, m
        end[m] += f.expected[q, f.kind[m]] - f.expected[f.queue[first + chosen], f.kind[m]]
