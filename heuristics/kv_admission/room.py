"""Room: what replicas hold, run and read round by round, and where a request fits; the ground of decoder and simulator.

A stretch that begins in round k with a context of c tokens reads for q rounds. In its round r, from 0, it holds
``(r + 1) chunk`` while it reads and ``c + r - q + 2`` from its last round of reading on. In a given round a later start
holds less, so that a search for the earliest start looks at the memory of a round once.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule
from ecoopt.instances.kv_admission.stretches import prefill_rounds, start_windows, whole_rounds

REFUSED: Any = np.int64(-1)
"""Start of a request that does not run."""

ADD: Any = np.int64(1)
TAKE: Any = np.int64(-1)
NONE: Any = np.int64(0)
"""Signs, and nothing; plain numbers have types of their own, for which functions are compiled once more."""

FREE = 2**60
"""A cap where there is none."""

ARRIVAL, LATEST, PROMPT, READS, LASTS = range(5)
WEIGHT, REFUSAL = range(2)
BATCH, PREFILL, CHUNK, MEMORY = range(4)
USED, BUSY, READING = range(3)


class Room(NamedTuple):
    """N requests, R replicas, T rounds. Few arrays, as each has its price in every call of a compiled function.

    Parameters
    ----------
    request : int array [N, 5]
        First and last round to begin in, tokens of the prompt, rounds that reading and an unbroken run take.
    price : float array [N, 2]
        Of a round of latency and of a refusal; where there must be none, more than any run costs.
    limit : int array [3 + R]
        Requests that run and tokens read in a round, tokens of a chunk (`FREE` where there is no cap); each memory.
    paid : float array [2, T + 1]
        Price of a token read and of one generated in each round, summed up; no columns without energy.
    cells : int array [1 or 3, R, T]
        Tokens held; where there are caps, requests that run and tokens read too.
    place : int array [N, 2]
        The round in which each request begins an unbroken run, or `REFUSED`; its replica.
    """

    request: IntArray
    price: FloatArray
    limit: IntArray
    paid: FloatArray
    cells: IntArray
    place: IntArray


def empty_room(instance: KvAdmissionInstance) -> Room:
    """Return a room in which nothing runs yet."""
    first, latest = start_windows(instance)
    capped = instance.batch_cap is not None or instance.prefill_tokens is not None
    paid = np.zeros((2, 0))
    if instance.energy is not None:
        summed = np.append(0.0, np.cumsum(instance.energy.price_per_j))
        paid = np.array([instance.energy.prefill_j * summed, instance.energy.decode_j * summed])
    refusal = instance.refusal_price
    if refusal is None:
        most = instance.weight * instance.rounds
        if instance.energy is not None:
            most = most + instance.energy.price_per_j.max() * (
                instance.energy.prefill_j * instance.prompt_tokens + instance.energy.decode_j * instance.output_tokens)
        refusal = 2.0 * most + 1.0
    place = np.zeros((instance.requests, 2), dtype=np.int64)
    place[:, 0] = REFUSED
    return Room(
        request=np.stack([first, latest, instance.prompt_tokens, prefill_rounds(instance, instance.prompt_tokens),
                          whole_rounds(instance)], axis=1).astype(np.int64, order="C"),
        price=np.stack([instance.weight, refusal], axis=1),
        limit=limits_of(instance), paid=paid,
        cells=np.zeros((3 if capped else 1, instance.replicas, instance.rounds), dtype=np.int64), place=place)


def limits_of(instance: KvAdmissionInstance) -> IntArray:
    """Return caps and memories as in `Room`, int array [3 + R]."""
    caps = (instance.batch_cap, instance.prefill_tokens, instance.chunk_tokens)
    return np.append(np.array([FREE if cap is None else cap for cap in caps], dtype=np.int64), instance.memory_tokens)


def unbroken(schedule: KvAdmissionSchedule) -> IntArray | None:
    """Return start and replica of each request, int array [N, 2]; None where one runs with breaks."""
    count = np.diff(schedule.offset)
    if count.max(initial=0) > 1:
        return None
    place = np.zeros((len(count), 2), dtype=np.int64)
    place[:, 0] = REFUSED
    place[count == 1] = np.stack([schedule.start_round, schedule.replica], axis=1)
    return place


@njit(cache=True)
def change(
    cells: IntArray, r: int, chunk: int, k: int, context: int, reads: int, begin: int, end: int, flat: int, sign: int,
) -> None:  # pragma: no cover
    """Add (`ADD`) or take away (`TAKE`) the rounds from `begin` until `end` of a stretch that began in round k.

    Parameters
    ----------
    flat : int
        Tokens that it reserves throughout; 0 where it holds what it has.
    """
    used, base = cells[USED, r], context - k - reads + 2
    end = min(end, len(used))
    if flat:
        for t in range(begin, end):
            used[t] += sign * flat
    else:
        for t in range(begin, min(k + reads - 1, end)):
            used[t] += sign * (t - k + 1) * chunk
        for t in range(max(begin, k + reads - 1), end):
            used[t] += sign * (base + t)
    if len(cells) > 1:
        for t in range(begin, end):
            cells[BUSY, r, t] += sign
        for t in range(begin, min(end, k + reads)):
            cells[READING, r, t] += sign * min(chunk, context - (t - k) * chunk)


@njit(cache=True)
def earliest(
    cells: IntArray, limit: IntArray, r: int, k: int, latest: int, context: int, reads: int, lasts: int, flat: int,
) -> int:  # pragma: no cover
    """Return the first round from k to `latest` in which a stretch fits on a replica, -1 where there is none."""
    used, memory, chunk, capped = cells[USED, r], limit[MEMORY + r], limit[CHUNK], len(cells) > 1
    rounds, t = len(used), k
    while k <= latest:
        end, base = min(k + lasts, rounds), context - k - reads + 2
        plain = not capped and reads == 1 and not flat
        while plain and t < end:
            over = used[t] + base + t - memory
            if over <= 0:
                t += 1
                continue
            shift = max(min(over, t - k), 1)
            k += shift
            if k > latest:
                return -1
            end, base, t = min(k + lasts, rounds), base - shift, max(t, k)
        while t < end:
            shift = 0
            over = used[t] - memory + (flat if flat else base + t if t - k >= reads - 1 else (t - k + 1) * chunk)
            if over > 0:  # a start later by one holds one less in a round, while it is not in its reading
                shift = t - k + 1 if flat else max(min(over, t - k - reads + 1), 1)
            if capped and cells[BUSY, r, t] >= limit[BATCH]:
                shift = t - k + 1
            if shift:
                k += shift
                if k > latest:
                    return -1
                end, base, t = min(k + lasts, rounds), base - shift, max(t, k)
            else:
                t += 1
        fits = True
        if capped:
            for s in range(k, min(k + reads, rounds)):
                fits &= cells[READING, r, s] + min(chunk, context - (s - k) * chunk) <= limit[PREFILL]
        if fits:
            return k
        k += 1
    return -1


@njit(cache=True)
def price_at(room: Room, i: int, k: int) -> float:  # pragma: no cover
    """Return the price of request i run without a break from round k, or refused."""
    if k < 0:
        return float(room.price[i, REFUSAL])
    ends = k + room.request[i, LASTS]
    price = room.price[i, WEIGHT] * (ends - room.request[i, ARRIVAL])
    if room.paid.shape[1]:
        reads, chunk = room.request[i, READS], room.limit[CHUNK]
        first = k + reads - 1
        if reads > 1:
            price += chunk * (room.paid[0, first] - room.paid[0, k])
        rest = room.request[i, PROMPT] - (reads - 1) * chunk
        price += rest * (room.paid[0, first + 1] - room.paid[0, first]) + room.paid[1, ends] - room.paid[1, first]
    return float(price)


@njit(cache=True)
def put(room: Room, i: int, first: int) -> float:  # pragma: no cover
    """Run request i, without a break, where and when from round `first` on it is cheapest, or refuse it."""
    request, cells, limit = room.request[i], room.cells, room.limit
    priced = room.paid.shape[1] > 0
    best, at, on = float(room.price[i, REFUSAL]), REFUSED, NONE
    for r in range(cells.shape[1]):
        k = max(request[ARRIVAL], first) - 1
        while True:
            k = earliest(cells, limit, r, k + 1, request[LATEST], request[PROMPT], request[READS], request[LASTS],
                         NONE)
            price = room.price[i, WEIGHT] * (k + request[LASTS] - request[ARRIVAL])
            if k < 0 or price >= best:
                break
            if priced:
                price = price_at(room, i, k)
            if price < best:
                best, at, on = price, k, r
            if not priced:
                break
    room.place[i, 0], room.place[i, 1] = at, on
    if at >= 0:
        change(cells, on, limit[CHUNK], at, request[PROMPT], request[READS], at, at + request[LASTS], NONE, ADD)
    return best


@njit(cache=True)
def toggle(room: Room, i: int, sign: int) -> None:  # pragma: no cover
    """Take request i out of the cells (`TAKE`), or put it in where its place is (`ADD`)."""
    k, request = room.place[i, 0], room.request[i]
    if k >= 0:
        change(room.cells, room.place[i, 1], room.limit[CHUNK], k, request[PROMPT], request[READS], k,
               k + request[LASTS], NONE, sign)


@njit(cache=True)
def _clear(cells: IntArray) -> None:  # pragma: no cover
    """Fill with zeros; an assignment to a slice takes numba a second more to compile."""
    for p in range(cells.shape[0]):
        for r in range(cells.shape[1]):
            for t in range(cells.shape[2]):
                cells[p, r, t] = 0


@njit(cache=True)
def decode(room: Room, order: IntArray) -> float:  # pragma: no cover
    """Empty the room, put every request in an order (serial schedule generation) and return the price of all."""
    _clear(room.cells)
    total = 0.0
    for i in order:
        total += put(room, i, NONE)
    return total


@njit(cache=True)
def fill(room: Room) -> float:  # pragma: no cover
    """Make the cells from the places, and return the price of all."""
    _clear(room.cells)
    total = 0.0
    for i in range(len(room.place)):
        toggle(room, i, ADD)
        total += price_at(room, i, room.place[i, 0])
    return total
