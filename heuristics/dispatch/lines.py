"""Lines: which queries each machine serves in time, every one begun as early as the ones before it allow.

Arrivals and deadlines come in the same order. So if a machine can serve some queries in time at all, it can in order of
arrival: exchange two neighbours that are not, and the later of both ends no later than before. A schedule is then a
machine for each query, or none, and only queries less than a longest response apart can be in each other's way.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.dispatch import NEVER, DispatchInstance, DispatchSchedule

NONE: Any = np.int64(-1)  # a plain -1 has a type of its own, for which everything it reaches is compiled once more


class Lines(NamedTuple):
    """Q queries, K types, M machines.

    Parameters
    ----------
    arrival, service, kind : int array [Q], [Q, K], [M]
        When queries come, how long they take on each type, type of each machine.
    qos : int
        Longest response that is on time.
    on, start : int array [Q]
        Machine of each query, -1 where it is left out, and when it begins.
    before, after : int array [Q]
        Its neighbours on its machine, -1 without any; also where one is too far away ever to be in its way.
    near : int array [2, M]
        Room for what `look_around` finds.
    """

    arrival: IntArray
    service: IntArray
    kind: IntArray
    qos: int
    on: IntArray
    start: IntArray
    before: IntArray
    after: IntArray
    near: IntArray


def empty_lines(instance: DispatchInstance) -> Lines:
    """Return lines without a query."""
    queries = instance.queries
    nothing = np.full(queries, NONE, dtype=np.int64)
    return Lines(
        arrival=instance.arrival_tick, service=instance.service_tick, kind=instance.machine_type,
        qos=instance.qos_ticks, on=nothing, start=np.zeros(queries, dtype=np.int64), before=nothing.copy(),
        after=nothing.copy(), near=np.empty((2, instance.machines), dtype=np.int64))


def lines_of(instance: DispatchInstance, schedule: DispatchSchedule) -> Lines:
    """Return the lines of a feasible schedule: late queries left out, the others begun as early as they can."""
    lines = empty_lines(instance)
    rows = np.flatnonzero(schedule.machine != NEVER)
    took = instance.service_tick[rows, instance.machine_type[schedule.machine[rows]]]
    for q in rows[schedule.start_tick[rows] + took <= instance.arrival_tick[rows] + instance.qos_ticks]:
        look_around(lines, q)
        put(lines, q, schedule.machine[q])
    return lines


def schedule_from(on: IntArray, start: IntArray) -> DispatchSchedule:
    """Return lines as a schedule."""
    return DispatchSchedule(machine=on, start_tick=np.where(on == NONE, 0, start))


@njit(cache=True)
def look_around(l: Lines, q: int) -> None:  # pragma: no cover
    """Write for each machine the nearest queries before and after q that can be in its way into `near`."""
    l.near[:] = NONE
    machines = len(l.kind)
    found, i = 0, q - 1
    while i >= 0 and found < machines and l.arrival[i] + l.qos > l.arrival[q]:
        m = l.on[i]
        if m != NONE and l.near[0, m] == NONE:
            l.near[0, m] = i
            found += 1
        i -= 1
    found, i = 0, q + 1
    while i < len(l.on) and found < machines and l.arrival[i] < l.arrival[q] + l.qos:
        m = l.on[i]
        if m != NONE and l.near[1, m] == NONE:
            l.near[1, m] = i
            found += 1
        i += 1


@njit(cache=True)
def begins(l: Lines, q: int, m: int) -> int:  # pragma: no cover
    """Return when q would begin on a machine, after `look_around`; -1 where somebody would be late."""
    k, a, b = l.kind[m], l.near[0, m], l.near[1, m]
    begin: int = l.arrival[q] if a == NONE else max(l.arrival[q], l.start[a] + l.service[a, k])
    end = begin + l.service[q, k]
    if end > l.arrival[q] + l.qos:
        return int(NONE)
    while b != NONE and l.start[b] < end:
        end += l.service[b, k]
        if end > l.arrival[b] + l.qos:
            return int(NONE)
        b = l.after[b]
    return begin


@njit(cache=True)
def put(l: Lines, q: int, m: int) -> None:  # pragma: no cover
    """Give q to a machine, after `look_around`; those behind it begin as late as they must."""
    a, b = l.near[0, m], l.near[1, m]
    l.on[q], l.before[q], l.after[q] = m, a, b
    if a != NONE:
        l.after[a] = q
    if b != NONE:
        l.before[b] = q
    _settle(l, q)


@njit(cache=True)
def take(l: Lines, q: int) -> None:  # pragma: no cover
    """Take q off its machine; those behind it begin earlier if they can."""
    a, b = l.before[q], l.after[q]
    l.on[q] = l.before[q] = l.after[q] = NONE
    near = a != NONE and b != NONE and l.arrival[a] + l.qos > l.arrival[b]
    if a != NONE:
        l.after[a] = b if near else NONE
    if b != NONE:
        l.before[b] = a if near else NONE
        _settle(l, b)


@njit(cache=True)
def _settle(l: Lines, q: int) -> None:  # pragma: no cover
    """Let q and those behind it begin as early as they can, as far as anything changes."""
    first, k = True, l.kind[l.on[q]]
    while q != NONE:
        a = l.before[q]
        begin = l.arrival[q] if a == NONE else max(l.arrival[q], l.start[a] + l.service[a, k])
        if begin == l.start[q] and not first:
            break
        l.start[q] = begin
        first, q = False, l.after[q]


@njit(cache=True)
def cheapest(l: Lines, q: int, price: FloatArray, delay: float) -> int:  # pragma: no cover
    """Return the machine on which q would be on time at the least cost, -1 for none, after looking around.

    Parameters
    ----------
    price : float array [K]
        Of a tick on each type.
    delay : float
        What a tick of waiting counts, relative to one of service.
    """
    look_around(l, q)
    best: int = NONE
    least = np.inf
    for m in range(len(l.kind)):
        k = l.kind[m]
        cost = price[k] * l.service[q, k]
        if cost >= least:
            continue
        begin = begins(l, q, m)
        if begin == NONE:
            continue
        cost += price[k] * delay * (begin - l.arrival[q])
        if cost < least:
            best, least = m, cost
    return best


@njit(cache=True)
def fill(l: Lines, order: IntArray, price: FloatArray, leaning: FloatArray, delay: float) -> None:  # pragma: no cover
    """Give queries, in the order given, to the machine that is cheapest for them; leave out those that fit nowhere.

    Parameters
    ----------
    order : int array [Q]
        Queries.
    price : float array [K]
        Of a tick on each type.
    leaning : float array [Q]
        Factor of the base type's price for each query.
    delay : float
        What a tick of waiting counts, relative to one of service.
    """
    own = price.copy()
    for q in order:
        own[0] = price[0] * leaning[q]
        m = cheapest(l, q, own, delay)
        if m != NONE:
            put(l, q, m)
