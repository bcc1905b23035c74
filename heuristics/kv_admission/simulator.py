"""The simulator: replicas round by round, requests that come, are admitted by a policy, end, and are evicted.

Time goes from one round in which something can happen to the next. What will be held is written down as far as lengths
are foretold: a request that outlives its prediction is written on, one that ends before is taken out. How long an
answer really is, only its end shows.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.kv_admission.room import BATCH, BUSY, CHUNK, MEMORY, REFUSAL, USED, WEIGHT, change, earliest

AHEAD = 64
"""Rounds ahead for which a place is sought, and blocked requests that are passed over, at most."""

ARRIVAL, PROMPT, OUTPUT, TOLD, DUE, CLIENT, BUCKET, RANK = range(8)
GOT, BEGUN, REPLICA, READS, PLANNED, UNTIL, END, COUNTED, BLOCKED, STAMP = range(10)
FLAT, STRICT, STATIC, FAIR, PRICED, MAY_STOP = range(6)
NOW, ARRIVED, WAITING, RUNNING, WRITTEN, FREED, RISK, FAILED = range(8)
OVERFLOW, LATE = 1, 2
"""Why a simulation fails: memory overflows and nothing may be stopped; a request is too late and must be served."""

OVER, FULL, GOES_ON = range(3)


class Simulation(NamedTuple):
    """N requests, R replicas, T rounds, C clients.

    Parameters
    ----------
    ask : int array [N, 8]
        Arrival, prompt, output, what is told of it, last round of the first token or -1, client, bucket, rank.
    order : int array [2, N]
        Requests by arrival, and by rank.
    price : float array [N, 3]
        Of a round of latency, of a refusal, and weight per volume.
    limit, cells : int array
        As in `Room`.
    rule : int array [6]
        Reserve the told length from the beginning; stop at the first that does not fit; fill only empty replicas;
        the client served least first; admit by price; running requests may be stopped.
    number : float array [4]
        Share by which an overrun grows; what a token of a prompt and one of an answer count for a client; share of
        the memory that is let at the least price.
    state : int array [N, 10]
        Tokens got before, round the stretch began in, replica, rounds of reading, planned end, round until which it is
        written down, true end, tokens counted for the client; round before which it does not fit, as was found after
        so many releases.
    waiting, running : int array [N]
        Ranks that wait, in order; requests that run.
    mark : int array [8]
        Round, arrived, waiting, running, stretches written, releases, round until which memory may overflow, failure.
    seen : float array [2 + C]
        Least and greatest weight per volume so far; service of each client.
    batch : int array [R, 3]
        Running requests, round in which the last batch began, its bucket.
    stretch : int array [S, 4]
        Request, replica, start and tokens of what has run.
    refused : bool array [N]
        Requests refused.
    """

    ask: IntArray
    order: IntArray
    price: FloatArray
    limit: IntArray
    cells: IntArray
    rule: IntArray
    number: FloatArray
    state: IntArray
    waiting: IntArray
    running: IntArray
    mark: IntArray
    seen: FloatArray
    batch: IntArray
    stretch: IntArray
    refused: NDArray[np.bool_]


@njit(cache=True)
def advance(s: Simulation, events: int) -> int:  # pragma: no cover
    """Go through so many rounds with events; return `OVER`, `GOES_ON`, or `FULL` when stretches need more room."""
    rounds, ask, state, mark = s.cells.shape[2], s.ask, s.state, s.mark
    for _ in range(events):
        t = mark[NOW]
        if t >= rounds or mark[FAILED] == OVERFLOW or (
                mark[ARRIVED] == len(ask) and mark[WAITING] == 0 and mark[RUNNING] == 0):
            return OVER
        if len(s.stretch) - mark[WRITTEN] < 2 * len(ask):
            return FULL
        while mark[ARRIVED] < len(ask) and ask[s.order[0, mark[ARRIVED]], ARRIVAL] <= t:
            i = s.order[0, mark[ARRIVED]]
            mark[ARRIVED] += 1
            s.seen[0], s.seen[1] = min(s.seen[0], s.price[i, 2]), max(s.seen[1], s.price[i, 2])
            if s.rule[FAIR]:
                _lift(s, ask[i, CLIENT])
            _wait(s, i)
        _end_and_grow(s, t)
        if t < mark[RISK]:
            _evict(s, t)
        soonest = _admit(s, t)
        later = rounds if mark[ARRIVED] == len(ask) else ask[s.order[0, mark[ARRIVED]], ARRIVAL]
        for p in range(mark[RUNNING]):
            later = min(later, state[s.running[p], UNTIL], state[s.running[p], END])
        mark[NOW] = t + 1 if t + 1 < mark[RISK] else max(min(later, soonest), t + 1)
    return GOES_ON


@njit(cache=True)
def _wait(s: Simulation, i: int) -> None:  # pragma: no cover
    """Put request i among those that wait."""
    rank, at = s.ask[i, RANK], s.mark[WAITING]
    while at > 0 and s.waiting[at - 1] > rank:
        s.waiting[at] = s.waiting[at - 1]
        at -= 1
    s.waiting[at] = rank
    s.mark[WAITING] += 1


@njit(cache=True)
def _release(s: Simulation, p: int, t: int) -> None:  # pragma: no cover
    """Take the running request in place p off its replica, and write down its stretch where it got something."""
    i, mark = s.running[p], s.mark
    state = s.state[i]
    k, r, reads = state[BEGUN], state[REPLICA], state[READS]
    if state[UNTIL] > t:
        change(s.cells, r, s.limit[CHUNK], k, s.ask[i, PROMPT] + state[GOT], reads, t, state[UNTIL], _flat(s, i, t), -1)
        mark[FREED] += 1
    tokens = t - (k + reads - 1)
    if tokens > 0:
        w = mark[WRITTEN]
        s.stretch[w, 0], s.stretch[w, 1], s.stretch[w, 2], s.stretch[w, 3] = i, r, k, tokens
        state[GOT] += tokens
        mark[WRITTEN] += 1
    state[UNTIL] = t
    s.batch[r, 0] -= 1
    mark[RUNNING] -= 1
    s.running[p] = s.running[mark[RUNNING]]


@njit(cache=True)
def _flat(s: Simulation, i: int, t: int) -> int:  # pragma: no cover
    """Return what request i reserves in round t of its stretch, 0 where it is written down as what it holds."""
    if s.rule[FLAT] and t < s.state[i, PLANNED]:
        return int(s.ask[i, PROMPT] + max(s.ask[i, TOLD], s.state[i, GOT] + 1))
    return 0


@njit(cache=True)
def _end_and_grow(s: Simulation, t: int) -> None:  # pragma: no cover
    """Count what clients got, take out what ends, write on what outlives its prediction."""
    for p in range(s.mark[RUNNING] - 1, -1, -1):
        i = s.running[p]
        state = s.state[i]
        tokens = state[GOT] + max(t - (state[BEGUN] + state[READS] - 1), 0)
        s.seen[2 + s.ask[i, CLIENT]] += s.number[2] * (tokens - state[COUNTED])
        state[COUNTED] = tokens
        if state[END] == t:
            _release(s, p, t)
        elif state[UNTIL] == t:
            grown = max(1, int(np.ceil(s.number[0] * tokens)))
            change(s.cells, state[REPLICA], s.limit[CHUNK], state[BEGUN], s.ask[i, PROMPT] + state[GOT], state[READS],
                   t, t + grown, 0, 1)
            state[UNTIL] += grown
            s.mark[RISK] = max(s.mark[RISK], state[UNTIL])


@njit(cache=True)
def _evict(s: Simulation, t: int) -> None:  # pragma: no cover
    """Stop the requests that began last on replicas whose memory or batch would overflow in round t."""
    for r in range(s.cells.shape[1]):
        while s.cells[USED, r, t] > s.limit[MEMORY + r] or (
                len(s.cells) > 1 and s.cells[BUSY, r, t] > s.limit[BATCH]):
            if not s.rule[MAY_STOP]:
                s.mark[FAILED] = OVERFLOW
                return
            youngest = -1
            for p in range(s.mark[RUNNING]):
                i = s.running[p]
                if s.state[i, REPLICA] == r and (youngest < 0 or _later(s, i, s.running[youngest])):
                    youngest = p
            i = s.running[youngest]
            _release(s, youngest, t)
            _wait(s, i)


@njit(cache=True)
def _later(s: Simulation, i: int, j: int) -> bool:  # pragma: no cover
    """Return whether request i began after j, or with it and is behind it in order."""
    later: bool = s.state[i, BEGUN] > s.state[j, BEGUN] or (
        s.state[i, BEGUN] == s.state[j, BEGUN] and s.ask[i, RANK] > s.ask[j, RANK])
    return later


@njit(cache=True)
def _admit(s: Simulation, t: int) -> int:  # pragma: no cover
    """Admit what the policy lets in; return the first round in which more may be let in, if nothing happens before."""
    ask, mark, rounds = s.ask, s.mark, s.cells.shape[2]
    p, passed, soonest = 0, 0, rounds
    while p < mark[WAITING] and passed < AHEAD:
        if s.rule[FAIR]:
            p = _of_least_served(s)
        i = s.order[1, s.waiting[p]]
        state = s.state[i]
        context, left = ask[i, PROMPT] + state[GOT], max(ask[i, TOLD] - state[GOT], 1)
        reads = -(-context // s.limit[CHUNK]) if context > s.limit[CHUNK] else 1
        lasts = reads + left - 1
        if state[GOT] == 0:
            late = ask[i, DUE] >= 0 and t + reads - 1 > ask[i, DUE]
            if late or s.price[i, WEIGHT] * (t + lasts - ask[i, ARRIVAL]) >= s.price[i, REFUSAL]:
                if s.price[i, REFUSAL] == np.inf:
                    mark[FAILED] = LATE
                s.refused[i] = True
                _leave(s, p)
                continue
        state[PLANNED] = t + lasts
        at, on = t + 1, 0
        if state[GOT] == 0 or state[UNTIL] < t:  # who is stopped rests for a round
            at, on = _place(s, i, t, context, reads, lasts)
        if at > t:
            soonest = min(soonest, at)
            if s.rule[STRICT] or s.rule[FAIR]:
                break
            p, passed = p + 1, passed + 1
            continue
        change(s.cells, on, s.limit[CHUNK], t, context, reads, t, t + lasts, _flat(s, i, t), 1)
        if s.batch[on, 0] == 0:
            s.batch[on, 1], s.batch[on, 2] = t, ask[i, BUCKET]
        s.batch[on, 0] += 1
        state[BEGUN], state[REPLICA], state[READS], state[UNTIL] = t, on, reads, t + lasts
        state[END] = t + reads - 1 + ask[i, OUTPUT] - state[GOT]
        if state[GOT] == 0 and state[COUNTED] == 0:
            s.seen[2 + ask[i, CLIENT]] += s.number[1] * ask[i, PROMPT]
        s.running[mark[RUNNING]] = i
        mark[RUNNING] += 1
        _leave(s, p)
    return int(soonest)


@njit(cache=True)
def _leave(s: Simulation, p: int) -> None:  # pragma: no cover
    """Take the request in place p from those that wait."""
    s.mark[WAITING] -= 1
    for q in range(p, s.mark[WAITING]):
        s.waiting[q] = s.waiting[q + 1]


@njit(cache=True)
def _lift(s: Simulation, client: int) -> None:  # pragma: no cover
    """Raise the count of a client that has nothing waiting to the least of those that have: idle time is no credit."""
    least = np.inf
    for p in range(s.mark[WAITING]):
        other = s.ask[s.order[1, s.waiting[p]], CLIENT]
        if other == client:
            return
        least = min(least, s.seen[2 + other])
    if least < np.inf:
        s.seen[2 + client] = max(s.seen[2 + client], least)


@njit(cache=True)
def _of_least_served(s: Simulation) -> int:  # pragma: no cover
    """Return the place of the first waiting request of the client that was served least."""
    best, least = 0, np.inf
    for p in range(s.mark[WAITING]):
        served = s.seen[2 + s.ask[s.order[1, s.waiting[p]], CLIENT]]
        if served < least:
            best, least = p, served
    return best


@njit(cache=True)
def _asked(s: Simulation, full: float) -> float:  # pragma: no cover
    """Return the price of a token and round when so much of the memory is full: from the least to the most seen."""
    rise = max(full - s.number[3], 0.0) / max(1.0 - s.number[3], 1e-9)
    return float(s.seen[0] * (s.seen[1] / s.seen[0]) ** rise)


@njit(cache=True)
def _place(s: Simulation, i: int, t: int, context: int, reads: int, lasts: int) -> tuple[int, int]:  # pragma: no cover
    """Return t and the replica with most memory free on which request i may begin now; else a later round, and any."""
    state, rounds = s.state[i], s.cells.shape[2]
    if state[STAMP] == s.mark[FREED] and state[BLOCKED] > t:
        return state[BLOCKED], 0
    best, on, later = -1, 0, rounds
    for r in range(s.cells.shape[1]):
        free = s.limit[MEMORY + r] - s.cells[USED, r, t]
        if free <= best:
            continue
        if s.rule[STATIC] and s.batch[r, 0] and (s.batch[r, 1] < t or s.batch[r, 2] != s.ask[i, BUCKET]):
            continue
        if s.rule[PRICED] and s.price[i, 2] < _asked(s, 1.0 - free / s.limit[MEMORY + r]):
            later = t + 1
            continue
        k = earliest(s.cells, s.limit, r, t, min(t + AHEAD, rounds - 1), context, reads, lasts, _flat(s, i, t))
        if k == t:
            best, on = free, r
        else:
            later = min(later, k if k > t else t + AHEAD)
    if best >= 0:
        return t, on
    if not s.rule[STATIC] and not s.rule[PRICED]:
        state[STAMP], state[BLOCKED] = s.mark[FREED], later
    return later, 0
