"""The simulator: replicas round by round, requests that come, are admitted by a policy, end, and are evicted.

Time goes from one round in which something can happen to the next. What will be held is written down as far as lengths
are foretold: a request that outlives its prediction is written on, one that ends before is taken out. How long an
answer really is, only its end shows.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.kv_admission.room import (
    ADD,
    BATCH,
    BUSY,
    CHUNK,
    MEMORY,
    NONE,
    REFUSAL,
    TAKE,
    USED,
    WEIGHT,
    change,
    earliest,
)

AHEAD = 64
"""Rounds ahead for which a place is sought, and blocked requests that are passed over, at most."""

ARRIVAL, PROMPT, OUTPUT, TOLD, DUE, CLIENT, BUCKET, RANK, NTH, RANKED = range(10)
GOT, BEGUN, REPLICA, READS, PLANNED, UNTIL, END, COUNTED, BLOCKED, STAMP, REFUSED, MOVED, HOME = range(13)
FLAT, STRICT, STATIC, FAIR, PRICED, MAY_STOP, BOUND, MAY_MOVE = range(8)
NOW, ARRIVED, WAITING, RUNNING, WRITTEN, FREED, RISK, FAILED, MOVABLE = range(8, 17)
GROWTH, OF_PROMPT, OF_OUTPUT, CHEAP, LEAST, MOST, SERVED = range(7)
WAIT, RUN = range(2)
OVERFLOW, LATE = 1, 2
"""Why a simulation fails: memory overflows and nothing may be stopped; a request is too late and must be served."""

OVER, FULL, GOES_ON = range(3)
NOBODY: Any = np.int64(-1)


class Simulation(NamedTuple):
    """N requests, R replicas, T rounds, C clients.

    Parameters
    ----------
    ask : int array [N, 10]
        Arrival, prompt, output, what is told of it, last round of the first token or -1, client, bucket, rank; then
        not of the request but of the row: who arrives as its nth, and who has that rank.
    price : float array [N, 3]
        Of a round of latency, of a refusal, and weight per volume.
    limit, cells : int array
        As in `Room`.
    state : int array [N, 13]
        Tokens got before, round the stretch began in, replica, rounds of reading, planned end, round until which it is
        written down, true end, tokens counted for the client; round before which it does not fit, as was found after
        so many releases; whether it is refused, whether its stretch took the cache along, the replica it is bound to.
    queue : int array [2, N]
        Ranks that wait, in order; requests that run.
    mark : int array [17]
        The rules: reserve the told length from the beginning; stop at the first that does not fit; fill only empty
        replicas; the client served least first; admit by price; running requests may be stopped; each is bound to
        the replica with least to do at its arrival; tokens that may move in a round. Then round, arrived, waiting,
        running, stretches written, releases, round until which memory may overflow, failure, tokens that may yet move.
    seen : float array [6 + C]
        Share by which an overrun grows; what a token of a prompt and one of an answer count for a client; share of the
        memory that is let at the least price; least and greatest weight per volume so far; service of each client.
    batch : int array [R, 4]
        Running requests, round in which the last batch began, its bucket, tokens that bound requests hold at their end.
    stretch : int array [S, 4]
        Request, replica, start and tokens of what has run.
    """

    ask: IntArray
    price: FloatArray
    limit: IntArray
    cells: IntArray
    state: IntArray
    queue: IntArray
    mark: IntArray
    seen: FloatArray
    batch: IntArray
    stretch: IntArray


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
        while mark[ARRIVED] < len(ask) and ask[ask[mark[ARRIVED], NTH], ARRIVAL] <= t:
            i = ask[mark[ARRIVED], NTH]
            mark[ARRIVED] += 1
            s.seen[LEAST], s.seen[MOST] = min(s.seen[LEAST], s.price[i, 2]), max(s.seen[MOST], s.price[i, 2])
            if s.mark[FAIR]:
                _lift(s, ask[i, CLIENT])
            if s.mark[BOUND]:
                _bind(s, i)
            _wait(s, i)
        _end_and_grow(s, t)
        if t < mark[RISK]:
            _evict(s, t)
        mark[MOVABLE] = mark[MAY_MOVE]
        soonest = _admit(s, t)
        later = rounds if mark[ARRIVED] == len(ask) else ask[ask[mark[ARRIVED], NTH], ARRIVAL]
        for p in range(mark[RUNNING]):
            later = min(later, state[s.queue[RUN, p], UNTIL], state[s.queue[RUN, p], END])
        mark[NOW] = t + 1 if t + 1 < mark[RISK] else max(min(later, soonest), t + 1)
    return GOES_ON


@njit(cache=True)
def _wait(s: Simulation, i: int) -> None:  # pragma: no cover
    """Put request i among those that wait."""
    rank, at = s.ask[i, RANK], s.mark[WAITING]
    while at > 0 and s.queue[WAIT, at - 1] > rank:
        s.queue[WAIT, at] = s.queue[WAIT, at - 1]
        at -= 1
    s.queue[WAIT, at] = rank
    s.mark[WAITING] += 1


@njit(cache=True)
def _release(s: Simulation, p: int, t: int) -> None:  # pragma: no cover
    """Take the running request in place p off its replica, and write down its stretch where it got something."""
    i, mark = s.queue[RUN, p], s.mark
    state = s.state[i]
    k, r, reads = state[BEGUN], state[REPLICA], state[READS]
    if state[UNTIL] > t:
        _write(s, i, t, state[UNTIL], TAKE)
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
    s.queue[RUN, p] = s.queue[RUN, mark[RUNNING]]


@njit(cache=True)
def _write(s: Simulation, i: int, begin: int, end: int, sign: int) -> None:  # pragma: no cover
    """Write down, or take back, some rounds of the stretch of request i; what moved has read all but nothing."""
    state, moved = s.state[i], s.state[i, MOVED]
    change(s.cells, state[REPLICA], s.limit[CHUNK], state[BEGUN], s.ask[i, PROMPT] + state[GOT] - moved,
           state[READS] - moved, begin, end, _flat(s, i, begin), sign)


@njit(cache=True)
def _flat(s: Simulation, i: int, t: int) -> int:  # pragma: no cover
    """Return what request i reserves in round t of its stretch, 0 where it is written down as what it holds."""
    if s.mark[FLAT] and t < s.state[i, PLANNED]:
        return int(s.ask[i, PROMPT] + max(s.ask[i, TOLD], s.state[i, GOT] + 1))
    return 0


@njit(cache=True)
def _end_and_grow(s: Simulation, t: int) -> None:  # pragma: no cover
    """Count what clients got, take out what ends, write on what outlives its prediction."""
    for p in range(s.mark[RUNNING] - 1, -1, -1):
        i = s.queue[RUN, p]
        state = s.state[i]
        tokens = state[GOT] + max(t - (state[BEGUN] + state[READS] - 1), 0)
        s.seen[SERVED + s.ask[i, CLIENT]] += s.seen[OF_OUTPUT] * (tokens - state[COUNTED])
        state[COUNTED] = tokens
        if state[END] == t:
            _release(s, p, t)
            s.batch[state[HOME], 3] -= s.ask[i, PROMPT] + s.ask[i, TOLD]
        elif state[UNTIL] == t:
            grown = max(1, int(np.ceil(s.seen[GROWTH] * tokens)))
            _write(s, i, t, t + grown, ADD)
            state[UNTIL] += grown
            s.mark[RISK] = max(s.mark[RISK], state[UNTIL])


@njit(cache=True)
def _evict(s: Simulation, t: int) -> None:  # pragma: no cover
    """Stop the requests that began last on replicas whose memory or batch would overflow in round t."""
    for r in range(s.cells.shape[1]):
        while s.cells[USED, r, t] > s.limit[MEMORY + r] or (
                len(s.cells) > 1 and s.cells[BUSY, r, t] > s.limit[BATCH]):
            if not s.mark[MAY_STOP]:
                s.mark[FAILED] = OVERFLOW
                return
            youngest = NOBODY
            for p in range(s.mark[RUNNING]):
                i = s.queue[RUN, p]
                if s.state[i, REPLICA] == r and (youngest < 0 or _later(s, i, s.queue[RUN, youngest])):
                    youngest = p
            i = s.queue[RUN, youngest]
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
        if s.mark[FAIR]:
            p = _of_least_served(s)
        i = s.ask[s.queue[WAIT, p], RANKED]
        state = s.state[i]
        context, left = ask[i, PROMPT] + state[GOT], max(ask[i, TOLD] - state[GOT], 1)
        reads = -(-context // s.limit[CHUNK]) if context > s.limit[CHUNK] else 1
        lasts = reads + left - 1
        if state[GOT] == 0:
            late = ask[i, DUE] >= 0 and t + reads - 1 > ask[i, DUE]
            if late or s.price[i, WEIGHT] * (t + lasts - ask[i, ARRIVAL]) >= s.price[i, REFUSAL]:
                if s.price[i, REFUSAL] == np.inf:
                    mark[FAILED] = LATE
                state[REFUSED] = 1
                s.batch[state[HOME], 3] -= ask[i, PROMPT] + ask[i, TOLD]
                _leave(s, p)
                continue
        state[PLANNED] = t + lasts
        at, on = t + 1, 0
        if state[GOT] == 0 or state[UNTIL] < t:  # who is stopped rests for a round
            at, on = _place(s, i, t, context, reads, lasts)
            if at > t and passed == 0 and mark[MOVABLE] and _make_room(s, i, t, context, reads, lasts):
                at, on = _place(s, i, t, context, reads, lasts)
        if at > t:
            soonest = min(soonest, at)
            if s.mark[STRICT] or s.mark[FAIR]:
                break
            p, passed = p + 1, passed + 1
            continue
        if s.batch[on, 0] == 0:
            s.batch[on, 1], s.batch[on, 2] = t, ask[i, BUCKET]
        s.batch[on, 0] += 1
        state[BEGUN], state[REPLICA], state[READS], state[UNTIL], state[MOVED] = t, on, reads, t + lasts, 0
        _write(s, i, t, t + lasts, ADD)
        state[END] = t + reads - 1 + ask[i, OUTPUT] - state[GOT]
        if state[GOT] == 0 and state[COUNTED] == 0:
            s.seen[SERVED + ask[i, CLIENT]] += s.seen[OF_PROMPT] * ask[i, PROMPT]
        s.queue[RUN, mark[RUNNING]] = i
        mark[RUNNING] += 1
        _leave(s, p)
    return int(soonest)


@njit(cache=True)
def _leave(s: Simulation, p: int) -> None:  # pragma: no cover
    """Take the request in place p from those that wait."""
    s.mark[WAITING] -= 1
    for q in range(p, s.mark[WAITING]):
        s.queue[WAIT, q] = s.queue[WAIT, q + 1]


@njit(cache=True)
def _bind(s: Simulation, i: int) -> None:  # pragma: no cover
    """Bind request i to the replica whose bound requests take least of its memory."""
    home, least = NONE, np.inf
    for r in range(s.cells.shape[1]):
        load = s.batch[r, 3] / s.limit[MEMORY + r]
        if load < least and s.ask[i, PROMPT] + s.ask[i, TOLD] <= s.limit[MEMORY + r]:
            home, least = r, load
    s.state[i, HOME] = home
    s.batch[home, 3] += s.ask[i, PROMPT] + s.ask[i, TOLD]


@njit(cache=True)
def _make_room(s: Simulation, i: int, t: int, context: int, reads: int, lasts: int) -> bool:  # pragma: no cover
    """Move the running request with the smallest cache after which request i fits where it may begin, if any."""
    best, to, least = NOBODY, NONE, s.mark[MOVABLE] + 1
    for p in range(s.mark[RUNNING]):
        j = s.queue[RUN, p]
        r, k = s.state[j, REPLICA], s.state[j, BEGUN]
        tokens = t - (k + s.state[j, READS] - 1)
        cache = s.ask[j, PROMPT] + s.state[j, GOT] + tokens
        if tokens < 1 or cache >= least or (s.mark[BOUND] and s.state[i, HOME] != r):
            continue
        until, flat = s.state[j, UNTIL], _flat(s, j, t)
        for q in range(s.cells.shape[1]):
            if q != r and earliest(s.cells, s.limit, q, t, t, cache - 1, NONE, until - t, flat) == t:
                _write(s, j, t, until, TAKE)
                if earliest(s.cells, s.limit, r, t, t, context, reads, lasts, _flat(s, i, t)) == t:
                    best, to, least = p, q, cache
                _write(s, j, t, until, ADD)
                break
    if best < 0:
        return False
    j = s.queue[RUN, best]
    until, end, load = s.state[j, UNTIL], s.state[j, END], s.ask[j, PROMPT] + s.ask[j, TOLD]
    s.mark[MOVABLE] -= least
    _release(s, best, t)
    state = s.state[j]
    s.batch[state[HOME], 3] -= load
    s.batch[to, 3] += load
    state[BEGUN], state[REPLICA], state[READS], state[UNTIL], state[END] = t, to, 1, until, end
    state[MOVED], state[HOME] = 1, to
    _write(s, j, t, until, ADD)
    s.queue[RUN, s.mark[RUNNING]] = j
    s.mark[RUNNING] += 1
    if s.batch[to, 0] == 0:
        s.batch[to, 1], s.batch[to, 2] = t, s.ask[j, BUCKET]
    s.batch[to, 0] += 1
    return True


@njit(cache=True)
def _lift(s: Simulation, client: int) -> None:  # pragma: no cover
    """Raise the count of a client that has nothing waiting to the least of those that have: idle time is no credit."""
    least = np.inf
    for p in range(s.mark[WAITING]):
        other = s.ask[s.ask[s.queue[WAIT, p], RANKED], CLIENT]
        if other == client:
            return
        least = min(least, s.seen[SERVED + other])
    if least < np.inf:
        s.seen[SERVED + client] = max(s.seen[SERVED + client], least)


@njit(cache=True)
def _of_least_served(s: Simulation) -> int:  # pragma: no cover
    """Return the place of the first waiting request of the client that was served least."""
    best, least = 0, np.inf
    for p in range(s.mark[WAITING]):
        served = s.seen[SERVED + s.ask[s.ask[s.queue[WAIT, p], RANKED], CLIENT]]
        if served < least:
            best, least = p, served
    return best


@njit(cache=True)
def _asked(s: Simulation, full: float) -> float:  # pragma: no cover
    """Return the price of a token and round when so much of the memory is full: from the least to the most seen."""
    rise = max(full - s.seen[CHEAP], 0.0) / max(1.0 - s.seen[CHEAP], 1e-9)
    return float(s.seen[LEAST] * (s.seen[MOST] / s.seen[LEAST]) ** rise)


@njit(cache=True)
def _place(s: Simulation, i: int, t: int, context: int, reads: int, lasts: int) -> tuple[int, int]:  # pragma: no cover
    """Return t and the replica with most memory free on which request i may begin now; else a later round, and any."""
    state, rounds = s.state[i], s.cells.shape[2]
    if state[STAMP] == s.mark[FREED] and state[BLOCKED] > t:
        return state[BLOCKED], 0
    best, on, later = -1, 0, rounds
    for r in range(s.cells.shape[1]):
        if s.mark[BOUND] and state[HOME] != r:
            continue
        free = s.limit[MEMORY + r] - s.cells[USED, r, t]
        if free <= best:
            continue
        if s.mark[STATIC] and s.batch[r, 0] and (s.batch[r, 1] < t or s.batch[r, 2] != s.ask[i, BUCKET]):
            continue
        if s.mark[PRICED] and s.price[i, 2] < _asked(s, 1.0 - free / s.limit[MEMORY + r]):
            later = t + 1
            continue
        k = earliest(s.cells, s.limit, r, t, min(t + AHEAD, rounds - 1), context, reads, lasts, _flat(s, i, t))
        if k == t:
            best, on = free, r
        else:
            later = min(later, k if k > t else t + AHEAD)
    if best >= 0:
        return t, on
    if not s.mark[STATIC] and not s.mark[PRICED]:
        state[STAMP], state[BLOCKED] = s.mark[FREED], later
    return later, 0
