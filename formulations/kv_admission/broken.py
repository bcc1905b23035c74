"""The program of flows: each request is a path of waiting, reading, generating, stopping and moving, round by round."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.highs import LinearModel, ModelBuilder
from ecoopt.formulations.kv_admission.usage import Usage, add_limits, energy_price, fill_got
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule
from ecoopt.instances.kv_admission.stretches import prefill_rounds

WAIT, READ, TOKEN, STOP, MOVE, END, REFUSE = range(7)


@dataclass(frozen=True, eq=False)
class Arcs:
    """The arcs there may be. A arcs.

    A node is a request with some tokens of its answer at the beginning of a round: waiting, or with its cache on a
    replica. Nodes are numbered by request, place (0 waits, r + 1 on replica r), tokens and round.

    Parameters
    ----------
    request, kind, tokens, round, replica, source : int array [A]
        Whose it is, what it does, how many tokens there are before it, when it begins, on which replica it runs, and
        from which one it moves.
    lasts : int array [A]
        Rounds it takes.
    """

    request: IntArray
    kind: IntArray
    tokens: IntArray
    round: IntArray
    replica: IntArray
    source: IntArray
    lasts: IntArray


def arcs_of(instance: KvAdmissionInstance) -> Arcs:
    """Return every arc that keeps arrival, deadline and horizon."""
    parts = [_arcs_of_one(instance, i) for i in range(instance.requests)]
    return Arcs(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _arcs_of_one(instance: KvAdmissionInstance, i: int) -> tuple[IntArray, ...]:
    """Return the arcs of a request as columns."""
    arrival, prompt, output, due = (int(column[i]) for column in (
        instance.arrival_round, instance.prompt_tokens, instance.output_tokens, instance.first_token_round))
    reads = prefill_rounds(instance, prompt + np.arange(output)).tolist()
    homes = [r for r, memory in enumerate(instance.memory_tokens.tolist()) if memory >= prompt + output]
    moving = instance.migration_tokens > 0
    found = []
    for h in range(output):
        left = output - h
        first = arrival if h == 0 else arrival + reads[0] + h - 1
        for t in range(first, instance.rounds - left + 1):
            if t < instance.rounds - left:
                found.append((i, WAIT, h, t, 0, 0, 1))
            if (h == 0 or instance.preemption) and t + reads[h] + left - 1 <= instance.rounds and (
                    h > 0 or due < 0 or t + reads[h] - 1 <= due):
                found += [(i, READ, h, t, r, 0, reads[h]) for r in homes]
            if h == 0:
                continue
            found += [(i, TOKEN, h, t, r, 0, 1) for r in homes]
            if instance.preemption and t < instance.rounds - left:
                found += [(i, STOP, h, t, r, 0, 1) for r in homes]
            if moving:
                found += [(i, MOVE, h, t, r, q, 1) for r in homes for q in homes if q != r]
    for t in range(arrival + reads[0] + output - 1, instance.rounds + 1):
        found += [(i, END, output, t, r, 0, 0) for r in homes]
    if instance.refusal_price is not None:
        found.append((i, REFUSE, 0, arrival, 0, 0, 0))
    return tuple(np.array(found, dtype=np.int64).reshape(-1, 7).T)


@dataclass(frozen=True, eq=False)
class FlowProgram:
    """The program and what its columns mean: the arcs, in order."""

    instance: KvAdmissionInstance
    arcs: Arcs
    linear: LinearModel
    usage: Usage
    got: IntArray | None

    def schedule(self, x: FloatArray) -> KvAdmissionSchedule:
        """Return the schedule of a solution."""
        arcs = self.arcs
        taken = np.flatnonzero((x[:len(arcs.kind)] > 0.5) & np.isin(arcs.kind, (READ, TOKEN, MOVE)))
        taken = taken[np.lexsort((arcs.tokens[taken], arcs.request[taken]))]
        opens = arcs.kind[taken] != TOKEN
        begin = np.flatnonzero(opens)
        tokens = np.diff(np.append(begin, len(taken)))
        request = arcs.request[taken[begin]]
        offset = np.searchsorted(request, np.arange(self.instance.requests + 1))
        return KvAdmissionSchedule(offset=offset, replica=arcs.replica[taken[begin]],
                                   start_round=arcs.round[taken[begin]], tokens=tokens)

    def solution(self, schedule: KvAdmissionSchedule) -> FloatArray | None:
        """Return the solution of a schedule, None where the program lacks one of its arcs."""
        keys = {key: column for column, key in enumerate(zip(*(
            part.tolist() for part in (self.arcs.request, self.arcs.kind, self.arcs.tokens, self.arcs.round,
                                       self.arcs.replica, self.arcs.source)), strict=True))}
        x = np.zeros(self.linear.columns)
        for i in range(self.instance.requests):
            path = _path(self.instance, schedule, i)
            if path is None or any(key not in keys for key in path):
                return None
            x[[keys[key] for key in path]] = 1.0
        if self.got is not None:
            fill_got(self.instance, self.usage, self.got, x)
        return x


def _path(instance: KvAdmissionInstance, schedule: KvAdmissionSchedule, i: int) -> list[tuple[int, ...]] | None:
    """Return the arcs of a request in a schedule, None where it is stopped and goes on at once."""
    arrival, prompt = int(instance.arrival_round[i]), int(instance.prompt_tokens[i])
    moving = instance.migration_tokens > 0
    found: list[tuple[int, ...]] = []
    h, t, here = 0, arrival, -1
    for s in range(int(schedule.offset[i]), int(schedule.offset[i + 1])):
        start, replica = int(schedule.start_round[s]), int(schedule.replica[s])
        if here >= 0 and start == t and moving and replica != here:
            found.append((i, MOVE, h, t, replica, here))
            t += 1
        else:
            if here >= 0:
                found.append((i, STOP, h, t, here, 0))
                t += 1
            if start < t:
                return None
            found += [(i, WAIT, h, k, 0, 0) for k in range(t, start)]
            found.append((i, READ, h, start, replica, 0))
            t = start + int(prefill_rounds(instance, np.array([prompt + h]))[0])
        h += 1
        for _ in range(int(schedule.tokens[s]) - 1):
            found.append((i, TOKEN, h, t, replica, 0))
            h, t = h + 1, t + 1
        here = replica
    return [*found, (i, REFUSE, 0, arrival, 0, 0) if here < 0 else (i, END, h, t, here, 0)]


def flow_program(instance: KvAdmissionInstance) -> FlowProgram:
    """Return the program over all arcs. Equation numbers are those of the family's page.

    Variables: ``arc``, binary. Rows: ``flow`` (9), and the limits (3) to (8).
    """
    arcs = arcs_of(instance)
    usage = _usage(instance, arcs)
    builder = ModelBuilder()
    cost = energy_price(instance, usage, len(arcs.kind))
    waits = instance.weight[arcs.request] * (arcs.round - instance.arrival_round[arcs.request])
    cost += np.where(arcs.kind == END, waits, 0.0)
    refuse = arcs.kind == REFUSE
    if instance.refusal_price is not None:
        cost[refuse] = instance.refusal_price[arcs.request[refuse]]
    column = builder.add_columns("arc", len(arcs.kind), cost=cost, upper=1.0, integer=True)
    tail, head = _ends(instance, arcs)
    source = _node(instance, np.arange(instance.requests), 0, 0, instance.arrival_round)
    known, place = np.unique(np.concatenate([source, tail, head[head >= 0]]), return_inverse=True)
    balance = np.zeros(len(known))
    balance[place[:instance.requests]] = 1.0
    flow = builder.add_rows("flow", len(known), lower=balance, upper=balance)
    place = place[instance.requests:]
    builder.add_terms(flow[place[:len(tail)]], column, 1.0)
    builder.add_terms(flow[place[len(tail):]], column[head >= 0], -1.0)
    refused = column[refuse] if refuse.any() else None
    got = add_limits(builder, instance, usage, refused)
    return FlowProgram(instance, arcs, builder.model(), usage, got)


def _node(
    instance: KvAdmissionInstance, request: IntArray, place: IntArray | int, tokens: IntArray | int, t: IntArray,
) -> IntArray:
    """Return the numbers of nodes."""
    most = int(instance.output_tokens.max()) + 1
    number: IntArray = ((request * (instance.replicas + 1) + place) * most + tokens) * (instance.rounds + 1) + t
    return number


def _ends(instance: KvAdmissionInstance, arcs: Arcs) -> tuple[IntArray, IntArray]:
    """Return the node each arc leaves and the one it enters, -1 where its request is done."""
    kind, here = arcs.kind, arcs.replica + 1
    tail_place = np.select([np.isin(kind, (WAIT, READ, REFUSE)), kind == MOVE], [0, arcs.source + 1], here)
    head_place = np.where(np.isin(kind, (WAIT, STOP)), 0, here)
    gains = np.isin(kind, (READ, TOKEN, MOVE)).astype(np.int64)
    head = _node(instance, arcs.request, head_place, arcs.tokens + gains, arcs.round + arcs.lasts)
    tail = _node(instance, arcs.request, tail_place, arcs.tokens, arcs.round)
    return tail, np.where(np.isin(kind, (END, REFUSE)), -1, head)


def _usage(instance: KvAdmissionInstance, arcs: Arcs) -> Usage:
    """Return what each arc takes."""
    runs = np.isin(arcs.kind, (READ, TOKEN, MOVE))
    cells = np.where(runs, arcs.lasts, 0)
    column = np.repeat(np.arange(len(arcs.kind)), cells)
    later = np.arange(len(column)) - np.repeat(np.cumsum(cells) - cells, cells)
    request = arcs.request[column]
    context = instance.prompt_tokens[request] + arcs.tokens[column]
    reading = arcs.kind[column] == READ
    chunk = context if instance.chunk_tokens is None else np.full_like(context, instance.chunk_tokens)
    token = (later == cells[column] - 1).astype(np.int64)
    move = np.flatnonzero(arcs.kind == MOVE)
    begin = np.flatnonzero((arcs.kind == READ) & (arcs.tokens == 0))
    return Usage(
        column=column, replica=arcs.replica[column], round=arcs.round[column] + later,
        held=np.where(reading, np.minimum((later + 1) * chunk, context), context) + token,
        read=np.where(reading, np.clip(context - later * chunk, 0, chunk), 0), token=token, request=request,
        move_column=move, move_round=arcs.round[move],
        moved=instance.prompt_tokens[arcs.request[move]] + arcs.tokens[move], begin_column=begin,
        begin_request=arcs.request[begin], begin_round=arcs.round[begin])
