"""Fleet: the state of simulated machines and of the queue before them, and the steps that change it.

Time is virtual and goes from event to event: an arrival, or a completion. Policies see when a query began and what was
predicted; how long it really takes only `serve` and `next_event` look at.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.dispatch import NEVER, DispatchInstance, DispatchSchedule

IDLE: Any = np.int64(-1)
OVER: Any = np.int64(-1)
"""What `next_event` returns when nothing will happen any more."""


class Fleet(NamedTuple):
    """Q queries, K types, M machines. Times in ticks.

    Parameters
    ----------
    arrival, service : int array [Q], [Q, K]
        When each query comes, and how long it takes; policies must not look at either beyond now.
    expected : float array [Q, K]
        Predicted latency.
    kind : int array [M]
        Type of each machine.
    machine, start : int array [Q]
        What was decided; -1 for queries that were not begun.
    running, free_at : int array [M]
        Query on each machine, -1 where it is idle, and when it is done.
    queue : int array [Q]
        Waiting queries in order of arrival, from place `mark[0]` to before place `mark[1]`.
    mark : int array [3]
        Beginning and end of the queue; how many queries have arrived.
    """

    arrival: IntArray
    service: IntArray
    expected: FloatArray
    kind: IntArray
    machine: IntArray
    start: IntArray
    running: IntArray
    free_at: IntArray
    queue: IntArray
    mark: IntArray


def fleet_of(instance: DispatchInstance) -> Fleet:
    """Return the fleet of an instance before the first arrival."""
    queries, machines = instance.queries, instance.machines
    return Fleet(
        arrival=instance.arrival_tick, service=instance.service_tick,
        expected=instance.predicted_ms / instance.tick_ms, kind=instance.machine_type,
        machine=np.full(queries, NEVER, dtype=np.int64), start=np.zeros(queries, dtype=np.int64),
        running=np.full(machines, IDLE, dtype=np.int64), free_at=np.zeros(machines, dtype=np.int64),
        queue=np.empty(queries, dtype=np.int64), mark=np.zeros(3, dtype=np.int64))


def schedule_of(fleet: Fleet) -> DispatchSchedule:
    """Return what was decided as a schedule."""
    return DispatchSchedule(machine=fleet.machine, start_tick=fleet.start)


def worth(instance: DispatchInstance, machine: IntArray, start: IntArray) -> float:
    """Return the weight of queries on time."""
    served = machine >= 0
    rows = np.flatnonzero(served)
    took = instance.service_tick[rows, instance.machine_type[machine[rows]]]
    on_time = start[rows] + took <= instance.arrival_tick[rows] + instance.qos_ticks
    return float(instance.query_weight[rows[on_time]].sum())


@njit(cache=True)
def next_event(f: Fleet) -> int:  # pragma: no cover
    """Go on to the next arrival or completion, note what happens then, and return its time; `OVER` without any."""
    arrived, queries = f.mark[2], len(f.arrival)
    now: int = f.arrival[arrived] if arrived < queries else OVER
    for m in range(len(f.running)):
        if f.running[m] != IDLE and (now == OVER or f.free_at[m] < now):
            now = f.free_at[m]
    if now == OVER:
        return now
    for m in range(len(f.running)):
        if f.running[m] != IDLE and f.free_at[m] <= now:
            f.running[m] = IDLE
    while arrived < queries and f.arrival[arrived] <= now:
        f.queue[f.mark[1]] = arrived
        f.mark[1] += 1
        arrived += 1
    f.mark[2] = arrived
    return now


@njit(cache=True)
def serve(f: Fleet, place: int, m: int, now: int) -> None:  # pragma: no cover
    """Begin the query at a place of the queue on an idle machine."""
    q = f.queue[place]
    f.machine[q], f.start[q] = m, now
    f.running[m], f.free_at[m] = q, now + f.service[q, f.kind[m]]
    drop(f, place)


@njit(cache=True)
def drop(f: Fleet, place: int) -> None:  # pragma: no cover
    """Take the query at a place out of the queue; those before it move up."""
    for i in range(place, f.mark[0], -1):
        f.queue[i] = f.queue[i - 1]
    f.mark[0] += 1


@njit(cache=True)
def any_idle(f: Fleet) -> bool:  # pragma: no cover
    """Tell whether a machine is idle."""
    idle = False
    for m in range(len(f.running)):
        idle |= f.running[m] == IDLE
    return idle


@njit(cache=True)
def expected_left(f: Fleet, m: int, now: int) -> float:  # pragma: no cover
    """Return the predicted time until a machine is idle; 0 where it should be idle already."""
    q = f.running[m]
    return 0.0 if q == IDLE else max(f.start[q] + f.expected[q, f.kind[m]] - now, 0.0)
