"""What a schedule does, stretch by stretch: tokens read, held and moved in each round, and when requests are done."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule

MOST_HELD = 2**40
"""More tokens than any memory holds; sums of what a wild schedule holds stay exact."""


@dataclass(frozen=True)
class Replay:
    """N requests, S stretches, R replicas, T rounds, C clients.

    Parameters
    ----------
    request : int array [S]
        Whose each stretch is.
    until : int array [S]
        The round after the last of each stretch.
    again : bool array [S]
        Whether it begins by reading what was read before.
    moves : bool array [S]
        Whether it takes its cache along from another replica.
    served : bool array [N]
        Whether the request has a stretch.
    first_round, first_token, done : int array [N]
        The round a request begins in, that of its first token, the one after its last; 0 where it is refused.
    broken_off : int array [N]
        How often it is stopped and goes on later.
    held, running, read : int array [R, T]
        Tokens in memory, requests and tokens prefilled.
    moved : int array [T]
        Tokens whose cache moves.
    served_tokens : float array [C, T]
        Weighted tokens that each client has got by the end of each round; empty without a rule of fairness.
    energy_price : float array [S]
        What the energy of each stretch costs.
    read_again : int
        Tokens prefilled more than once.
    """

    request: IntArray
    until: IntArray
    again: NDArray[np.bool_]
    moves: NDArray[np.bool_]
    served: NDArray[np.bool_]
    first_round: IntArray
    first_token: IntArray
    done: IntArray
    broken_off: IntArray
    held: IntArray
    running: IntArray
    read: IntArray
    moved: IntArray
    served_tokens: FloatArray
    energy_price: FloatArray
    read_again: int


def replay(instance: KvAdmissionInstance, schedule: KvAdmissionSchedule) -> Replay:
    """Return what the schedule does."""
    requests, rounds, replicas = len(instance.arrival_round), instance.rounds, len(instance.memory_tokens)
    count = np.diff(schedule.offset)
    request = np.repeat(np.arange(requests), count)
    start, tokens = schedule.start_round, schedule.tokens
    first = np.zeros(len(start), dtype=bool)
    first[schedule.offset[:-1][count > 0]] = True
    total = np.cumsum(tokens) - tokens
    before = total - total[schedule.offset[request]]
    context = np.minimum(instance.prompt_tokens[request] + before, MOST_HELD)
    previous = np.where(first, 0, np.arange(len(start)) - 1)
    chunk = context if instance.chunk_tokens is None else np.full_like(context, instance.chunk_tokens)
    reads = -(-context // chunk)
    until = np.zeros(len(start), dtype=np.int64)
    moves = np.zeros(len(start), dtype=bool)
    other = ~first & (schedule.replica != schedule.replica[previous]) & (instance.migration_tokens > 0)
    for s in range(len(start)):  # Whether a stretch moves depends on the end of the one before.
        moves[s] = other[s] and start[s] == until[s - 1]
        until[s] = start[s] + (tokens[s] if moves[s] else reads[s] + tokens[s] - 1)
    decode = until - tokens
    served = count > 0
    opening, closing = schedule.offset[:-1][served], schedule.offset[1:][served] - 1
    first_round, first_token, done = (np.zeros(requests, dtype=np.int64) for _ in range(3))
    first_round[served], first_token[served], done[served] = start[opening], decode[opening], until[closing]
    held, running, read = (np.zeros((replicas, rounds), dtype=np.int64) for _ in range(3))
    sums = _Sums(replicas, rounds, np.minimum(schedule.replica, replicas - 1))
    held += sums.ramp(start, decode, chunk, chunk) + sums.ramp(decode, until, context + 1, np.ones_like(context))
    running += sums.ramp(start, until, np.ones_like(context), np.zeros_like(context))
    chunked = np.where(moves, 0, chunk)
    rest = np.where(moves, 0, context - (reads - 1) * chunk)
    none = np.zeros_like(context)
    read += sums.ramp(start, decode, chunked, none) + sums.ramp(decode, np.minimum(decode + 1, until), rest, none)
    moved = np.zeros(rounds, dtype=np.int64)
    inside = moves & (start < rounds)
    np.add.at(moved, start[inside], context[inside])
    again = ~first & ~moves
    return Replay(
        request=request, until=until, again=again, moves=moves, served=served, first_round=first_round,
        first_token=first_token, done=done, broken_off=np.bincount(request[again], minlength=requests), held=held,
        running=running, read=read, moved=moved,
        served_tokens=_service(instance, request, first, start, decode, until),
        energy_price=_energy(instance, start, decode, until, chunked, rest), read_again=int(context[again].sum()))


class _Sums:
    """Sums over stretches that run on some replicas, by differences; what lies beyond the last round falls away."""

    def __init__(self, replicas: int, rounds: int, replica: IntArray) -> None:
        self.shape, self.rounds, self.replica = (replicas, rounds + 1), rounds, replica

    def ramp(self, begin: IntArray, end: IntArray, level: IntArray, slope: IntArray) -> IntArray:
        """Return the sum of ``level + slope * (t - begin)`` over rounds t from begin until end, int array [R, T]."""
        base, rise = np.zeros(self.shape, dtype=np.int64), np.zeros(self.shape, dtype=np.int64)
        low, high = np.minimum(begin, self.rounds), np.minimum(end, self.rounds)
        inside = low < high
        at = self.replica[inside]
        level_at_0 = (level - slope * low)[inside]
        for sign, edge in ((1, low[inside]), (-1, high[inside])):
            np.add.at(base, (at, edge), sign * level_at_0)
            np.add.at(rise, (at, edge), sign * slope[inside])
        whole: IntArray = np.cumsum(base, axis=1) + np.cumsum(rise, axis=1) * np.arange(self.rounds + 1)
        return whole[:, :-1]


def _service(
    instance: KvAdmissionInstance, request: IntArray, first: NDArray[np.bool_], start: IntArray, decode: IntArray,
    until: IntArray,
) -> FloatArray:
    """Return the weighted tokens of each client by the end of each round, float array [C, T]."""
    if instance.fairness is None:
        return np.zeros((0, instance.rounds))
    rounds, client = instance.rounds, instance.client[request]
    clients = int(instance.client.max()) + 1
    prompt, output = instance.fairness.prompt_weight, instance.fairness.output_weight
    got, rate = np.zeros((clients, rounds + 1)), np.zeros((clients, rounds + 1))
    np.add.at(got, (client[first], np.minimum(start[first], rounds)), prompt * instance.prompt_tokens[request[first]])
    np.add.at(rate, (client, np.minimum(decode, rounds)), output)
    np.add.at(rate, (client, np.minimum(until, rounds)), -output)
    total: FloatArray = np.cumsum(got + np.cumsum(rate, axis=1), axis=1)
    return total[:, :-1]


def _energy(
    instance: KvAdmissionInstance, start: IntArray, decode: IntArray, until: IntArray, chunk: IntArray, rest: IntArray,
) -> FloatArray:
    """Return what the energy of each stretch costs; rounds after the last have the last one's price."""
    if instance.energy is None:
        return np.zeros(len(start))
    energy = instance.energy
    sums = np.append(0.0, np.cumsum(energy.price_per_j))

    def price_until(t: IntArray) -> FloatArray:
        beyond = np.maximum(t - instance.rounds, 0) * energy.price_per_j[-1]
        found: FloatArray = sums[np.minimum(t, instance.rounds)] + beyond
        return found

    last = price_until(decode + 1) - price_until(decode)
    reading = chunk * (price_until(decode) - price_until(start)) + rest * last
    price: FloatArray = energy.prefill_j * reading + energy.decode_j * (price_until(until) - price_until(decode))
    return price
