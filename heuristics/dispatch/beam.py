"""Beam: queries in order of arrival, each tried on every machine; states that waste least at prices of time are kept.

Arrivals and deadlines come in the same order, so that each machine serves in order of arrival and begins as early as
it can. A state is when each machine is free, in order within its type. At prices of time a state's loss is what its
queries bring less than they could at most, and the price of time that passed idle; bound less loss is a bound on
every schedule that the state leads to. If no state was dropped but for such a bound, the best schedule found is
optimal.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.dispatch import NEVER
from ecoopt.instances.dispatch.prices import paid_at
from ecoopt.instances.dispatch.timeline import Timeline

NOBODY: Any = np.int64(NEVER)  # a plain -1 has a type of its own, for which a function is compiled once more


class Beam(NamedTuple):
    """Up to W states of M machines of K types; N queries.

    Parameters
    ----------
    arrival, service, weight, profit : int array [N], int array [N, K], float array [N], float array [N]
        The queries, and the most that each can bring at the prices.
    kind, border : int array [M], int array [K + 1]
        Type of each machine; first machine of each type, and M.
    qos, cell : int
        Longest response; ticks of a cell.
    paid, ranking : float array [K, C + 1]
        What time costs from the beginning to each border: for losses, and for what is kept.
    free, loss, rank : int array [2, W, M], float array [2, W], float array [2, W]
        States of even and odd queries: when machines are free, what was lost by either price.
    child : int array [W (M + 1), 2]
        State and machine, -1 for none, of each way to go on.
    child_loss, child_rank : float array [W (M + 1)]
        What is lost then.
    spare : float array [W (M + 1)]
        Room to sort in.
    trace : int array [N, W]
        Parent and machine of each state that was kept.
    table, stamp : int array
        Hash table of the states kept, with the query that each entry is of.
    first : int array [M]
        When machines are free in the first state.
    """

    arrival: IntArray
    service: IntArray
    weight: FloatArray
    profit: FloatArray
    kind: IntArray
    border: IntArray
    qos: int
    cell: int
    paid: FloatArray
    ranking: FloatArray
    free: IntArray
    loss: FloatArray
    rank: FloatArray
    child: IntArray
    child_loss: FloatArray
    child_rank: FloatArray
    spare: FloatArray
    trace: IntArray
    table: IntArray
    stamp: IntArray
    first: IntArray


def beam_of(
    line: Timeline, profit: FloatArray, paid: FloatArray, ranking: FloatArray, width: int, free: IntArray,
) -> Beam:
    """Return a beam of one state.

    Parameters
    ----------
    line : Timeline
        The queries.
    profit : float array [N]
        The most that each brings at the prices.
    paid, ranking : float array [K, C + 1]
        What time costs from the beginning to each border: prices that bound, and prices that say which states are kept.
    width : int
        Most states kept.
    free : int array [M]
        When machines are free in the first state, in order within each type.
    """
    machines, ways = int(line.counts.sum()), width * (int(line.counts.sum()) + 1)
    size = 1 << (4 * width - 1).bit_length()
    beam = Beam(
        arrival=line.arrival, service=line.service, weight=line.weight, profit=profit,
        kind=np.repeat(np.arange(len(line.counts)), line.counts), border=np.append(0, np.cumsum(line.counts)),
        qos=line.qos, cell=line.cell, paid=paid, ranking=ranking,
        free=np.zeros((2, width, machines), dtype=np.int64), loss=np.zeros((2, width)), rank=np.zeros((2, width)),
        child=np.empty((ways, 2), dtype=np.int64), child_loss=np.empty(ways), child_rank=np.empty(ways),
        spare=np.empty(ways),
        trace=np.empty((len(line.query), width), dtype=np.int64), table=np.empty(size, dtype=np.int64),
        stamp=np.full(size, -1, dtype=np.int64), first=free)
    beam.free[0, 0] = free
    return beam


def best_of(beam: Beam, states: int) -> tuple[IntArray, float]:
    """Return machines of the queries, int array [N], and their weight, of the best of the states kept at the end."""
    machine, _ = replayed(beam, int(np.argmin(wasted(beam, states))))
    return machine, float(beam.weight[machine != NEVER].sum())


@njit(cache=True)
def advance(b: Beam, first: int, last: int, states: int, limit: float) -> tuple[int, bool]:  # pragma: no cover
    """Take queries from `first` to before `last`; return how many states are kept, and whether the beam was too narrow.

    Parameters
    ----------
    states : int
        Number of states before.
    limit : float
        States that have lost more are dropped: they lead to no better schedule.
    """
    narrow = False
    for q in range(first, last):
        ways = _ways(b, q, states, limit)
        states, dropped = _keep(b, q, ways)
        narrow |= dropped
        if states == 0:
            break
    return states, narrow


@njit(cache=True)
def _ways(b: Beam, q: int, states: int, limit: float) -> int:  # pragma: no cover
    """Write every way to go on with query q; return their number."""
    now, ways = b.arrival[q], 0
    free, lost, ranked = b.free[q % 2], b.loss[q % 2], b.rank[q % 2]
    for s in range(states):
        loss, rank, old = lost[s], ranked[s], free[s]
        for m in range(len(b.kind)):
            if old[m] < now:
                loss += paid_at(b.paid, b.kind[m], now, b.cell) - paid_at(b.paid, b.kind[m], old[m], b.cell)
                rank += paid_at(b.ranking, b.kind[m], now, b.cell) - paid_at(b.ranking, b.kind[m], old[m], b.cell)
                old[m] = now
        if loss + b.profit[q] <= limit:
            ways = _write(b, ways, s, NOBODY, loss + b.profit[q], rank + b.weight[q])
        for k in range(len(b.border) - 1):
            took, before = b.service[q, k], -1
            for m in range(b.border[k], b.border[k + 1]):
                begin = old[m]
                if begin + took > now + b.qos:
                    break
                if begin != before:
                    before = begin
                    cost = paid_at(b.paid, k, begin + took, b.cell) - paid_at(b.paid, k, begin, b.cell)
                    grown = paid_at(b.ranking, k, begin + took, b.cell) - paid_at(b.ranking, k, begin, b.cell)
                    if loss + b.profit[q] - b.weight[q] + cost <= limit:
                        ways = _write(b, ways, s, m, loss + b.profit[q] - b.weight[q] + cost, rank + grown)
    return ways


@njit(cache=True)
def _write(b: Beam, at: int, state: int, machine: int, loss: float, rank: float) -> int:  # pragma: no cover
    b.child[at, 0], b.child[at, 1], b.child_loss[at], b.child_rank[at] = state, machine, loss, rank
    return at + 1


@njit(cache=True)
def _keep(b: Beam, q: int, ways: int) -> tuple[int, bool]:  # pragma: no cover
    """Make the states of the best ways, one of each kind; return their number and whether others were dropped."""
    width, kept, dropped, cut = b.free.shape[1], 0, False, np.inf
    if ways > width:
        cut = _smallest(b.child_rank, b.spare, ways, width - 1)
    for tied in range(2):
        for way in range(ways):
            rank = b.child_rank[way]
            if rank > cut:
                dropped = True
                continue
            if (rank == cut) != (tied == 1):
                continue
            if kept == width:
                dropped = True
                break
            if _made(b, q, way, kept):
                kept += 1
    return kept, dropped


@njit(cache=True)
def _smallest(values: FloatArray, spare: FloatArray, count: int, rank: int) -> float:  # pragma: no cover
    """Return the value of a rank, from 0, among the first `count`, by Hoare's selection."""
    for i in range(count):
        spare[i] = values[i]
    low, high = 0, count - 1
    while low < high:
        middle, i, j = spare[(low + high) // 2], low, high
        while i <= j:
            while spare[i] < middle:
                i += 1
            while spare[j] > middle:
                j -= 1
            if i <= j:
                spare[i], spare[j] = spare[j], spare[i]
                i, j = i + 1, j - 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    return float(spare[rank])


@njit(cache=True)
def _made(b: Beam, q: int, way: int, new: int) -> bool:  # pragma: no cover
    """Make the state of a way; return whether there was none of its kind yet."""
    old, free = b.free[q % 2, b.child[way, 0]], b.free[1 - q % 2]
    loss, rank = b.loss[1 - q % 2], b.rank[1 - q % 2]
    m, machines = b.child[way, 1], len(b.kind)
    for i in range(machines):
        free[new, i] = old[i]
    if m >= 0:
        until = old[m] + b.service[q, b.kind[m]]
        while m + 1 < b.border[b.kind[m] + 1] and old[m + 1] < until:
            free[new, m] = old[m + 1]
            m += 1
        free[new, m] = until
    mark = np.int64(1469598103934665603)
    for i in range(machines):
        mark = (mark ^ (free[new, i] - b.arrival[q])) * np.int64(1099511628211)
        mark ^= mark >> 31
    code = b.child[way, 0] * (machines + 1) + b.child[way, 1] + 1
    at = mark & (len(b.table) - 1)
    while b.stamp[at] == q:
        same = b.table[at]
        i = 0
        while i < machines and free[same, i] == free[new, i]:
            i += 1
        if i == machines:
            if b.child_rank[way] < rank[same]:
                loss[same], rank[same], b.trace[q, same] = b.child_loss[way], b.child_rank[way], code
            return False
        at = (at + 1) & (len(b.table) - 1)
    b.stamp[at], b.table[at] = q, new
    loss[new], rank[new], b.trace[q, new] = b.child_loss[way], b.child_rank[way], code
    return True


@njit(cache=True)
def wasted(b: Beam, states: int) -> FloatArray:  # pragma: no cover
    """Return what each state at the end has lost, but for time that lies before it, float array [states]."""
    last, wasted = len(b.arrival) % 2, np.empty(states)
    for s in range(states):
        wasted[s] = b.loss[last, s]
        for m in range(len(b.kind)):
            wasted[s] -= paid_at(b.paid, b.kind[m], b.free[last, s, m], b.cell)
    return wasted


@njit(cache=True)
def replayed(b: Beam, state: int) -> tuple[IntArray, IntArray]:  # pragma: no cover
    """Return machines of the queries of a state at the end, int array [N], and the machine at each of its places [M].

    Machines are numbered as in the first state.
    """
    queries, machines = len(b.arrival), len(b.kind)
    place = np.empty(queries, dtype=np.int64)
    for q in range(queries - 1, -1, -1):
        place[q] = b.trace[q, state] % (machines + 1) - 1
        state = b.trace[q, state] // (machines + 1)
    machine, free, who = np.empty(queries, dtype=np.int64), b.first.copy(), np.arange(machines)
    for q in range(queries):
        for i in range(machines):
            free[i] = max(free[i], b.arrival[q])
        m = place[q]
        machine[q] = NOBODY if m < 0 else who[m]
        if m >= 0:
            until, mover = free[m] + b.service[q, b.kind[m]], who[m]
            while m + 1 < b.border[b.kind[m] + 1] and free[m + 1] < until:
                free[m], who[m] = free[m + 1], who[m + 1]
                m += 1
            free[m], who[m] = until, mover
    return machine, who
