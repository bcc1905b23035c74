"""Pricing: prices on memory, batch and prefill round by round take the requests apart; each then runs when cheapest.

What a start costs at prices is a difference of running sums over rounds, so that all starts of a kind take a few array
operations, however long its answers are.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.formulations.dual import DualResult, Priced, maximise_by_bundle, maximise_by_volume
from ecoopt.formulations.kv_admission.kinds import Kinds
from ecoopt.instances.kv_admission.stretches import placeless, prefill_rounds, start_windows

BUNDLE_PRICES = 20_000
"""Most prices whose cuts a bundle holds; beyond, solutions are averaged."""
MOST_PRICE = 1e3
"""Highest price of a token and round, as a multiple of the largest weight times the horizon."""
AIM = 0.002
"""Share of the bound that the first step from good prices aims at."""
_ROUNDING = 8 * float(np.finfo(np.float64).eps)


class Sums(NamedTuple):
    """Running sums of a replica's prices over rounds, float arrays [T + 1].

    Parameters
    ----------
    held, ramp : float array
        Of the price of a token held, and of it times the round.
    busy : float array
        Of the price of a request that runs.
    read, token : float array
        Of the price of a token read, and of one generated, energy included.
    """

    held: FloatArray
    ramp: FloatArray
    busy: FloatArray
    read: FloatArray
    token: FloatArray


@dataclass(frozen=True, eq=False)
class Pricing:
    """The priced subproblem of an instance in which every request can be served or refused.

    Where requests may be broken off, each may stop and go on in any round, and need not read again: that is less than
    any schedule costs.

    Parameters
    ----------
    kinds : Kinds
        Of the instance.
    """

    kinds: Kinds

    @cached_property
    def possible(self) -> bool:
        """Whether every request can be served alone, or refused."""
        instance = self.kinds.instance
        return instance.refusal_price is not None or not placeless(instance).any()

    @cached_property
    def cells(self) -> tuple[int, int]:
        """Replicas and rounds."""
        return self.kinds.instance.replicas, self.kinds.instance.rounds

    @cached_property
    def limits(self) -> FloatArray:
        """What each price is paid for: memory, then batch and prefill where they have limits, float array [K]."""
        instance = self.kinds.instance
        limits = [np.repeat(instance.memory_tokens, instance.rounds)]
        limits += [np.full(instance.replicas * instance.rounds, cap)
                   for cap in (instance.batch_cap, instance.prefill_tokens) if cap is not None]
        return np.concatenate(limits).astype(np.float64)

    def sums(self, prices: FloatArray) -> list[Sums]:
        """Return the running sums of every replica."""
        instance, (replicas, rounds) = self.kinds.instance, self.cells
        parts = list(prices.reshape(-1, replicas, rounds))
        held = parts.pop(0)
        busy = parts.pop(0) if instance.batch_cap is not None else np.zeros((replicas, rounds))
        read = parts.pop(0) if instance.prefill_tokens is not None else np.zeros((replicas, rounds))
        token = np.zeros(rounds)
        if instance.energy is not None:
            read = read + instance.energy.prefill_j * instance.energy.price_per_j
            token = instance.energy.decode_j * instance.energy.price_per_j
        running = np.zeros((5, replicas, rounds + 1))
        for row, part in enumerate((held, held * np.arange(rounds), busy, read, np.broadcast_to(token, held.shape))):
            np.cumsum(part, axis=1, out=running[row, :, 1:])
        return [Sums(*running[:, r]) for r in range(replicas)]

    def start_costs(self, kind: int, sums: Sums, first: int, last: int, tokens: int | None = None) -> FloatArray:
        """Return what a request of a kind costs when it begins in each round from `first` to `last`, latency left out.

        Parameters
        ----------
        kind, first, last : int
            The kind, and the rounds.
        sums : Sums
            Of the replica.
        tokens : int, optional
            How many tokens are generated; by default all of the answer.
        """
        instance, i = self.kinds.instance, self.kinds.one[kind]
        prompt, output = int(instance.prompt_tokens[i]), int(instance.output_tokens[i]) if tokens is None else tokens
        reads = int(prefill_rounds(instance, instance.prompt_tokens[i:i + 1])[0])
        chunk = prompt if instance.chunk_tokens is None else instance.chunk_tokens
        k = np.arange(first, last + 1)
        begin, decode, end = (slice(first + by, last + 1 + by) for by in (0, reads - 1, reads + output - 1))
        lift = prompt + 1 - (k + reads - 1)
        cost: FloatArray = sums.ramp[end] - sums.ramp[decode] + lift * (sums.held[end] - sums.held[decode])
        cost += sums.busy[end] - sums.busy[begin] + sums.token[end] - sums.token[decode]
        after = slice(decode.start + 1, decode.stop + 1)
        cost += (prompt - (reads - 1) * chunk) * (sums.read[after] - sums.read[decode])
        if reads > 1:
            cost += chunk * (sums.ramp[decode] - sums.ramp[begin] + (1 - k) * (sums.held[decode] - sums.held[begin])
                             + sums.read[decode] - sums.read[begin])
        return cost

    def answer(self, prices: FloatArray) -> Priced:
        """Return bound and subgradient at prices, and when each request begins, 1 + T where it is refused."""
        instance, rounds = self.kinds.instance, self.kinds.instance.rounds
        sums, wanted = self.sums(prices), _Wanted(self)
        total, size = 0.0, 0.0
        for kind in range(self.kinds.count):
            members = self.kinds.member[self.kinds.first[kind]:self.kinds.first[kind + 1]]
            value = wanted.broken(kind, members, sums) if instance.may_break else wanted.whole(kind, members, sums)
            total += float(value.sum())
            size += float(np.abs(value).sum())
        paid = float(prices @ self.limits)
        most = max(float(one.held[-1]) for one in sums) * rounds * instance.requests
        slack = _ROUNDING * ((size + paid) * (rounds + 16) + most)
        return Priced(total - paid - slack, wanted.amounts() - self.limits, wanted.begins)


    def within(self, prices: FloatArray, gap: float) -> tuple[IntArray, IntArray, IntArray]:
        """Return kind, replica and round of the starts whose reduced cost at prices is at most a gap.

        A schedule costs at least the bound of the prices and the reduced costs of all its starts.
        """
        instance, sums, window = self.kinds.instance, self.sums(prices), start_windows(self.kinds.instance)
        found: list[tuple[IntArray, IntArray, IntArray]] = []
        for kind, i in enumerate(self.kinds.one.tolist()):
            first, last = int(window[0][i]), int(window[1][i])
            peak = instance.prompt_tokens[i] + instance.output_tokens[i]
            homes = np.flatnonzero(instance.memory_tokens >= peak)
            if last < first or not homes.size:
                continue
            latency = instance.weight[i] * np.arange(first, last + 1)
            cost = np.array([self.start_costs(kind, sums[r], first, last) + latency for r in homes.tolist()])
            least = _least_from(cost.min(axis=0))[0]
            come = instance.arrival_round[self.kinds.member[self.kinds.first[kind]:self.kinds.first[kind + 1]]]
            latest = come[np.searchsorted(come, np.arange(first, last + 1), side="right") - 1] - first
            home, start = np.nonzero(cost - least[latest] <= gap)
            found.append((np.full(len(home), kind), homes[home], first + start))
        none = np.zeros(0, dtype=np.int64)
        kinds, replicas, rounds = (np.concatenate(parts) for parts in zip((none,) * 3, *found, strict=True))
        return kinds, replicas, rounds


class _Wanted:
    """What the requests want at prices: the cells that they take, and when they begin."""

    def __init__(self, pricing: Pricing) -> None:
        self.pricing, self.instance = pricing, pricing.kinds.instance
        self.begins = np.full(self.instance.requests, 1.0 + self.instance.rounds)
        self.window = start_windows(self.instance)
        self.cell: list[IntArray] = []
        self.held: list[IntArray] = []
        self.read: list[IntArray] = []

    def whole(self, kind: int, members: IntArray, sums: list[Sums]) -> FloatArray:
        """Return what requests of a kind that run without a break cost at least, and note what they take."""
        instance, i = self.instance, members[0]
        first, last = int(self.window[0][i]), int(self.window[1][i])
        homes = np.flatnonzero(instance.memory_tokens >= instance.prompt_tokens[i] + instance.output_tokens[i])
        reads = prefill_rounds(instance, instance.prompt_tokens[i:i + 1])
        lasts = int(reads[0] + instance.output_tokens[i]) - 1
        value = np.full(len(members), np.inf)
        start, home = np.zeros(len(members), dtype=np.int64), np.zeros(len(members), dtype=np.int64)
        latency = instance.weight[i] * (np.arange(first, last + 1) + lasts)
        for r in homes.tolist() if last >= first else []:
            cost = self.pricing.start_costs(kind, sums[r], first, last) + latency
            least, at = _least_from(cost)
            come = np.minimum(instance.arrival_round[members] - first, len(cost) - 1)
            better = least[come] < value
            value[better] = least[come[better]]
            start[better], home[better] = first + at[come[better]], r
        value -= instance.weight[i] * instance.arrival_round[members]
        served = self._served(members, value)
        self.begins[members[served]] = start[served]
        later = np.arange(lasts)
        place = (home[served] * instance.rounds + start[served])[:, None] + later
        self._take(place, *self._run(int(instance.prompt_tokens[i]), int(reads[0]), lasts))
        return value

    def broken(self, kind: int, members: IntArray, sums: list[Sums]) -> FloatArray:
        """Return what requests of a kind cost at least when stops are free, and note what they take."""
        instance, i = self.instance, members[0]
        prompt, output = int(instance.prompt_tokens[i]), int(instance.output_tokens[i])
        reads = int(prefill_rounds(instance, instance.prompt_tokens[i:i + 1])[0])
        homes = np.flatnonzero(instance.memory_tokens >= prompt + output)
        first, last = int(self.window[0][i]), int(self.window[1][i])
        if last < first or not homes.size:
            return self._refused(members)
        end = instance.rounds
        held, busy, token = (np.array([np.diff(part) for part in parts]) for parts in zip(*(
            (sums[r].held, sums[r].busy, sums[r].token) for r in homes.tolist()), strict=True))
        best = instance.weight[i] * np.arange(1.0, end + 1)
        chosen, place = [], []
        for h in range(output, 1, -1):
            cost = held * (prompt + h) + busy + token
            home = np.argmin(cost, axis=0)
            least, at = _least_from(cost[home, np.arange(end)] + best)
            chosen.append(at)
            place.append(homes[home])
            best = np.append(least[1:], np.inf)
        costs = np.array([self.pricing.start_costs(kind, sums[r], first, last, 1) for r in homes.tolist()])
        home = np.argmin(costs, axis=0)
        window = np.arange(first, last + 1)
        least, at = _least_from(costs[home, window - first] + best[window + reads - 1])
        come = np.minimum(instance.arrival_round[members] - first, len(least) - 1)
        value: FloatArray = least[come] - instance.weight[i] * instance.arrival_round[members]
        served = self._served(members, value)
        start = first + at[come[served]]
        self.begins[members[served]] = start
        later = np.arange(reads)
        where = (homes[home[start - first]] * instance.rounds + start)[:, None] + later
        self._take(where, *self._run(prompt, reads, reads))
        t = start + reads - 1
        for h, at, homes_at in zip(range(2, output + 1), reversed(chosen), reversed(place), strict=True):
            t = at[t + 1]
            self._take((homes_at[t] * instance.rounds + t)[:, None], np.array([prompt + h]), np.zeros(1, np.int64))
        return value

    def amounts(self) -> FloatArray:
        """Return what is taken of all that has a price, float array [K]."""
        replicas, rounds = self.pricing.cells
        cell = np.concatenate(self.cell) if self.cell else np.zeros(0, np.int64)
        count = replicas * rounds
        found = [np.bincount(cell, np.concatenate(self.held) if self.cell else None, count)]
        if self.instance.batch_cap is not None:
            found.append(np.bincount(cell, minlength=count))
        if self.instance.prefill_tokens is not None:
            found.append(np.bincount(cell, np.concatenate(self.read) if self.cell else None, count))
        return np.concatenate(found).astype(np.float64)

    def _served(self, members: IntArray, value: FloatArray) -> IntArray:
        """Put the price of a refusal where it is less, and return which of the members are served."""
        if self.instance.refusal_price is None:
            return np.flatnonzero(np.isfinite(value))
        refusal = self.instance.refusal_price[members]
        served = np.flatnonzero(value < refusal)
        np.minimum(value, refusal, out=value)
        return served

    def _refused(self, members: IntArray) -> FloatArray:
        """Return the prices of requests that have no place, infinite where they must be served."""
        value = np.full(len(members), np.inf)
        self._served(members, value)
        return value

    def _run(self, prompt: int, reads: int, lasts: int) -> tuple[IntArray, IntArray]:
        """Return what a run holds and reads in each of its first rounds."""
        chunk = prompt if self.instance.chunk_tokens is None else self.instance.chunk_tokens
        later = np.arange(lasts)
        held = np.minimum((later + 1) * chunk, prompt) + np.maximum(later - reads + 2, 0)
        return held, np.clip(prompt - later * chunk, 0, chunk)

    def _take(self, place: IntArray, held: IntArray, read: IntArray) -> None:
        """Note the cells of some requests, int array [requests, rounds], and what each holds and reads there."""
        self.cell.append(place.ravel())
        self.held.append(np.broadcast_to(held, place.shape).ravel())
        self.read.append(np.broadcast_to(read, place.shape).ravel())


def _least_from(cost: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the least of all that come at each place or later, and where it is."""
    least = np.minimum.accumulate(cost[::-1])[::-1]
    place = np.where(cost == least, np.arange(len(cost)), len(cost))
    return least, np.minimum.accumulate(place[::-1])[::-1]


def best_prices(pricing: Pricing, run: Run, start: FloatArray | None = None, tolerance: float = 1e-5) -> DualResult:
    """Return the best prices found within a run, which is told the bounds; an iteration is a subproblem.

    Parameters
    ----------
    pricing : Pricing
        The subproblem.
    run : Run
        Its budget.
    start : float array [K], optional
        First prices; zero by default.
    tolerance : float
        Of the bound, as a share.
    """
    count = len(pricing.limits)
    first = np.zeros(count) if start is None else start
    instance = pricing.kinds.instance
    # Without a limit prices rise for ever where requests do not fit together.
    most = MOST_PRICE * float(instance.weight.max()) * instance.rounds
    step = None
    if start is not None:
        answer = pricing.answer(first)
        slope = np.where((first <= 0.0) & (answer.subgradient < 0.0), 0.0, answer.subgradient)
        step = AIM * max(abs(answer.value), 1.0) / max(float(slope @ slope), 1e-12)
    ascend = maximise_by_bundle if count <= BUNDLE_PRICES else maximise_by_volume
    return ascend(pricing.answer, first, run, upper=most, tolerance=tolerance, first_step=step)
