"""The published policies as compiled loops: FCFS, one threshold (DRS), queues never revised (Clockwork), KAIROS."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.dispatch.fleet import IDLE, OVER, Fleet, any_idle, next_event, serve
from ecoopt.heuristics.dispatch.matching import assign

LATE_COST, TIGHT_COST = 1000.0, 500.0
"""KAIROS's costs, whatever the unit of time, of a query that would be late, and of one that would be nearly so."""

QUEUE_LIMIT_DEADLINES = 10
LEAST_DONE, MOST_LATE = 100, 0.1
"""KAIROS's guards: the longest queue in arrivals of so many longest responses; share of late queries, after so many."""


@njit(cache=True)
def _serve_next(
    q: int, first: int, beyond: int, arrival: IntArray, service: IntArray, kind: IntArray, free_at: IntArray,
    machine: IntArray, start: IntArray,
) -> None:  # pragma: no cover
    """Put a query on the first idle machine of a range, else on the first that becomes idle."""
    now, best = arrival[q], first
    for m in range(first, beyond):
        if free_at[m] <= now:
            best = m
            break
        if free_at[m] < free_at[best]:
            best = m
    begin = max(now, free_at[best])
    machine[q], start[q] = best, begin
    free_at[best] = begin + service[q, kind[best]]


@njit(cache=True)
def first_come(
    arrival: IntArray, service: IntArray, kind: IntArray, machine: IntArray, start: IntArray
) -> None:  # pragma: no cover
    """Serve queries in order of arrival, each on the first idle machine, else on the first that becomes idle.

    Nothing but the order decides, so that no queue is kept. O(Q M).
    """
    free_at = np.zeros(len(kind), dtype=np.int64)
    for q in range(len(arrival)):
        _serve_next(q, 0, len(kind), arrival, service, kind, free_at, machine, start)


@njit(cache=True)
def by_threshold(
    arrival: IntArray, service: IntArray, batch: IntArray, threshold: IntArray, kind: IntArray, machine: IntArray,
    start: IntArray,
) -> None:  # pragma: no cover
    """Serve queries above their threshold on the base type and others elsewhere, in order of arrival each. O(Q M).

    Parameters
    ----------
    threshold : int array [Q]
        Largest batch size for the other types at each query's arrival.
    """
    free_at = np.zeros(len(kind), dtype=np.int64)
    bases = 0
    while bases < len(kind) and kind[bases] == 0:
        bases += 1
    for q in range(len(arrival)):
        large = batch[q] > threshold[q] or bases == len(kind)
        first, beyond = (0, bases) if large else (bases, len(kind))
        _serve_next(q, first, beyond, arrival, service, kind, free_at, machine, start)


@njit(cache=True)
def earliest_finish(
    arrival: IntArray, service: IntArray, expected: FloatArray, kind: IntArray, machine: IntArray, start: IntArray
) -> None:  # pragma: no cover
    """Let each query join, at its arrival, the machine's own queue in which it is predicted to finish first. O(Q M)."""
    queries, machines = len(arrival), len(kind)
    head, tail = np.full(machines, IDLE, dtype=np.int64), np.full(machines, IDLE, dtype=np.int64)
    behind = np.full(queries, IDLE, dtype=np.int64)
    waiting, free_at = np.zeros(machines), np.zeros(machines, dtype=np.int64)
    for q in range(queries):
        now, best, soonest = arrival[q], 0, np.inf
        for m in range(machines):
            k = kind[m]
            while head[m] != IDLE and start[head[m]] + service[head[m], k] <= now:
                head[m] = behind[head[m]]
                if head[m] != IDLE:  # it begins to run, and waits no more
                    waiting[m] -= expected[head[m], k]
            left = 0.0 if head[m] == IDLE else max(start[head[m]] + expected[head[m], k] - now, 0.0)
            finish = left + waiting[m] + expected[q, k]
            if finish < soonest:
                best, soonest = m, finish
        if head[best] == IDLE:
            head[best], waiting[best] = q, 0.0
        else:
            behind[tail[best]] = q
            waiting[best] += expected[q, kind[best]]
        tail[best] = q
        machine[q], start[q] = best, max(now, free_at[best])
        free_at[best] = start[q] + service[q, kind[best]]


@njit(cache=True)
def by_matching(
    f: Fleet, tick_ms: float, qos_ms: float, coefficient: FloatArray, window: int, safeguard_ms: float, guarded: bool,
    done: IntArray, events: int,
) -> bool:  # pragma: no cover
    """Go through so many events, and tell whether there are no more, or the guards give up.

    At each, waiting queries and machines are matched, and queries begin whose machine is idle.

    Parameters
    ----------
    coefficient : float array [K]
        What a ms of each type counts.
    window : int
        Most waiting queries matched, the oldest.
    safeguard_ms : float
        Slack below which a query counts as nearly late.
    guarded : bool
        Whether to give up where the queue or the share of late queries passes KAIROS's guards.
    done : int array [2]
        Queries done so far, and late ones among them; counted for the guards.
    """
    machines = len(f.kind)
    room = np.empty((window, machines))
    was = np.empty(machines, dtype=np.int64)
    for _ in range(events):
        was[:] = f.running
        now = next_event(f)
        waiting = f.mark[1] - f.mark[0]
        if now == OVER or (guarded and _hopeless(f, was, done, now, qos_ms / tick_ms, waiting)):
            return True
        if waiting == 0 or not any_idle(f):
            continue
        rows = min(waiting, window)
        cost = room[:rows]
        for m in range(machines):
            k = f.kind[m]
            q = f.running[m]
            left = 0.0 if q == IDLE else max(np.rint(f.expected[q, k] * tick_ms) - (now - f.start[q]) * tick_ms, 0.0)
            for i in range(rows):
                q = f.queue[f.mark[0] + i]
                finish = left + np.rint(f.expected[q, k] * tick_ms)
                slack = qos_ms - (now - f.arrival[q]) * tick_ms
                if slack > 0 and slack < finish:
                    cost[i, m] = LATE_COST
                elif slack > 0 and slack - finish < safeguard_ms:
                    cost[i, m] = TIGHT_COST
                else:
                    cost[i, m] = coefficient[k] * finish
        column_of = assign(cost)
        first = f.mark[0]
        for i in range(rows):  # places before i move up when i is served, those after it stay
            m = column_of[i]
            if m >= 0 and f.running[m] == IDLE:
                serve(f, first + i, m, now)
    return False


@njit(cache=True)
def _hopeless(
    f: Fleet, was: IntArray, done: IntArray, now: int, qos: float, waiting: int
) -> bool:  # pragma: no cover
    """Count what has been done since machines were running as they `was`, and tell whether KAIROS's guards would stop.

    They do for too long a queue, and for too many late queries; `done` has the numbers of all and of late ones.
    """
    for m in range(len(was)):
        if was[m] != IDLE and f.running[m] == IDLE:
            done[0] += 1
            done[1] += now > f.arrival[was[m]] + qos
    gap = max((now - f.arrival[0]) / max(f.mark[2] - 1, 1), 1e-9)
    long = waiting > QUEUE_LIMIT_DEADLINES * qos / gap and waiting > 2 * len(f.kind)
    return long or (done[0] > LEAST_DONE and done[1] > MOST_LATE * done[0])
