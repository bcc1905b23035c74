"""A schedule's worth in plain Python, round by round, and the best schedule of a tiny instance by trying all."""

from collections.abc import Iterator
from math import inf
from typing import NamedTuple

from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule

Stretch = tuple[int, int, int]
"""Replica, first round, tokens."""


class Step(NamedTuple):
    """What a request does in one round."""

    replica: int
    round: int
    held: int
    read: int
    token: bool
    moved: int


class Way(NamedTuple):
    """One way to serve a request."""

    stretches: tuple[Stretch, ...]
    steps: tuple[Step, ...]
    cost: float


def walk(instance: KvAdmissionInstance, i: int, stretches: tuple[Stretch, ...]) -> list[Step]:
    """Return what request i does in each round that it runs in."""
    steps: list[Step] = []
    tokens = 0
    for number, (replica, start, wanted) in enumerate(stretches):
        context, t = int(instance.prompt_tokens[i]) + tokens, start
        moves = (number > 0 and instance.migration_tokens > 0 and steps[-1].round == start - 1
                 and stretches[number - 1][0] != replica)
        unread = 0 if moves else context
        chunk = context if instance.chunk_tokens is None else instance.chunk_tokens
        got = 0
        while got < wanted:
            read = min(unread, chunk)
            unread -= read
            token = unread == 0
            got += token
            steps.append(Step(replica, t, context - unread + got, read, token, context if moves and t == start else 0))
            t += 1
        tokens += wanted
    return steps


def judge_plainly(instance: KvAdmissionInstance, schedule: KvAdmissionSchedule) -> tuple[float, bool]:
    """Return the objective of a schedule on replicas there are, and whether it breaks no rule, round by round."""
    every, total, allowed = [], 0.0, True
    for i in range(instance.requests):
        own = slice(int(schedule.offset[i]), int(schedule.offset[i + 1]))
        stretches = tuple(zip(schedule.replica[own].tolist(), schedule.start_round[own].tolist(),
                              schedule.tokens[own].tolist(), strict=True))
        steps = walk(instance, i, stretches)
        every.append(steps)
        if not steps:
            allowed &= instance.refusal_price is not None
            total += 0.0 if instance.refusal_price is None else float(instance.refusal_price[i])
            continue
        allowed &= _keeps(instance, i, stretches, steps)
        total += _cost(instance, i, steps)
    return total, bool(allowed and _fit(instance, every) and _fair(instance, every))


def best_by_enumeration(instance: KvAdmissionInstance) -> float:
    """Return the least objective of all schedules, infinite where there is none; exponential in the requests."""
    ways = [sorted(_ways(instance, i), key=lambda way: way.cost) for i in range(instance.requests)]
    least = [min((way.cost for way in own), default=inf) for own in ways]
    chosen: list[list[Step]] = []
    best = inf

    def search(i: int, cost: float) -> None:
        nonlocal best
        if cost + sum(least[i:]) >= best:
            return
        if i == instance.requests:
            if _fair(instance, chosen):
                best = cost
            return
        for way in ways[i]:
            chosen.append(list(way.steps))
            if _fit(instance, chosen):
                search(i + 1, cost + way.cost)
            chosen.pop()

    search(0, 0.0)
    return best


def _ways(instance: KvAdmissionInstance, i: int) -> Iterator[Way]:
    """Yield every way to serve a request alone, and its refusal."""
    if instance.refusal_price is not None:
        yield Way((), (), float(instance.refusal_price[i]))
    for stretches in _stretches(instance, i, (), int(instance.arrival_round[i]), int(instance.output_tokens[i])):
        steps = walk(instance, i, stretches)
        if _keeps(instance, i, stretches, steps):
            yield Way(stretches, tuple(steps), _cost(instance, i, steps))


def _stretches(
    instance: KvAdmissionInstance, i: int, before: tuple[Stretch, ...], t: int, left: int,
) -> Iterator[tuple[Stretch, ...]]:
    """Yield every list of stretches that goes on from round t with so many tokens left."""
    if left == 0:
        yield before
        return
    for start in range(t, instance.rounds):
        for replica in range(instance.replicas):
            for tokens in range(1, left + 1) if instance.may_break else (left,):
                longer = (*before, (replica, start, tokens))
                end = walk(instance, i, longer)[-1].round + 1
                if end <= instance.rounds:
                    yield from _stretches(instance, i, longer, end, left - tokens)


def _keeps(instance: KvAdmissionInstance, i: int, stretches: tuple[Stretch, ...], steps: list[Step]) -> bool:
    """Return whether a request keeps its own rules."""
    rounds = [step.round for step in steps]
    tokens = [step.round for step in steps if step.token]
    due, again = int(instance.first_token_round[i]), False
    at = 0
    for number, (_, _, wanted) in enumerate(stretches):
        if number and not steps[at].moved:
            again = True
            if steps[at].round == steps[at - 1].round + 1:
                return False
        got = 0
        while got < wanted:
            got += steps[at].token
            at += 1
    return (rounds[0] >= instance.arrival_round[i] and rounds == sorted(set(rounds)) and rounds[-1] < instance.rounds
            and len(tokens) == instance.output_tokens[i] and (due < 0 or tokens[0] <= due)
            and (instance.preemption or not again))


def _cost(instance: KvAdmissionInstance, i: int, steps: list[Step]) -> float:
    """Return the price of a request's latency and energy."""
    total = float(instance.weight[i]) * (steps[-1].round + 1 - int(instance.arrival_round[i]))
    if instance.energy is not None:
        for step in steps:
            joules = instance.energy.prefill_j * step.read + instance.energy.decode_j * step.token
            total += joules * float(instance.energy.price_per_j[min(step.round, instance.rounds - 1)])
    return total


def _fit(instance: KvAdmissionInstance, every: list[list[Step]]) -> bool:
    """Return whether replicas keep memory, batch and prefill, and moves their limit, in all rounds of the horizon."""
    held: dict[tuple[int, int], int] = {}
    running: dict[tuple[int, int], int] = {}
    read: dict[tuple[int, int], int] = {}
    moved: dict[int, int] = {}
    for step in (step for steps in every for step in steps if step.round < instance.rounds):
        place = step.replica, step.round
        held[place] = held.get(place, 0) + step.held
        running[place] = running.get(place, 0) + 1
        read[place] = read.get(place, 0) + step.read
        moved[step.round] = moved.get(step.round, 0) + step.moved
    return (all(amount <= instance.memory_tokens[replica] for (replica, _), amount in held.items())
            and (instance.batch_cap is None or max(running.values(), default=0) <= instance.batch_cap)
            and (instance.prefill_tokens is None or max(read.values(), default=0) <= instance.prefill_tokens)
            and max(moved.values(), default=0) <= instance.migration_tokens)


def _fair(instance: KvAdmissionInstance, every: list[list[Step]]) -> bool:
    """Return whether no client gets too far ahead of one that waits."""
    rule = instance.fairness
    if rule is None:
        return True
    got = [[0.0] * instance.rounds for _ in range(instance.clients)]
    for i, steps in enumerate(every):
        for number, step in enumerate(steps):
            if step.round < instance.rounds:
                got[instance.client[i]][step.round] += rule.output_weight * step.token + (
                    rule.prompt_weight * int(instance.prompt_tokens[i]) if number == 0 else 0.0)
    for i, steps in enumerate(every):
        own = got[instance.client[i]]
        for other in got if steps else []:
            lead = 0.0
            for t in range(int(instance.arrival_round[i]), min(steps[0].round, instance.rounds)):
                lead += other[t] - own[t]
                if lead > rule.slack_tokens + 1e-9 * max(rule.slack_tokens, 1.0):
                    return False
    return True
