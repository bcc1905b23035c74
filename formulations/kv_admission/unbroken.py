"""The program of starts: how many requests of each kind begin in each round, where none is ever broken off."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.highs import LinearModel, ModelBuilder
from ecoopt.formulations.kv_admission.kinds import Kinds
from ecoopt.formulations.kv_admission.usage import Usage, add_limits, energy_price, fill_got
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule
from ecoopt.instances.kv_admission.stretches import prefill_rounds, start_windows


@dataclass(frozen=True, eq=False)
class Starts:
    """The columns there may be. S columns.

    Parameters
    ----------
    kinds : Kinds
        Of the instance.
    kind, replica, round : int array [S]
        A request of the kind begins there and then; by kind, replica and round.
    """

    kinds: Kinds
    kind: IntArray
    replica: IntArray
    round: IntArray

    def kept(self, mask: NDArray[np.bool_]) -> "Starts":
        """Return some of the columns."""
        return Starts(self.kinds, self.kind[mask], self.replica[mask], self.round[mask])

    def find(self, schedule: KvAdmissionSchedule) -> IntArray:
        """Return the column of each request's start, -1 where it is refused or not among the columns, int array [N]."""
        instance = self.kinds.instance
        found = np.full(instance.requests, -1, dtype=np.int64)
        served = np.diff(schedule.offset) > 0
        at = schedule.offset[:-1][served]
        key = self._key(self.kinds.of[served], schedule.replica[at], schedule.start_round[at])
        known = self._key(self.kind, self.replica, self.round)
        place = np.minimum(np.searchsorted(known, key), max(len(known) - 1, 0))
        found[served] = np.where(known[place] == key, place, -1) if len(known) else -1
        return found

    def _key(self, kind: IntArray, replica: IntArray, start: IntArray) -> IntArray:
        instance = self.kinds.instance
        key: IntArray = (kind * instance.replicas + replica) * np.int64(instance.rounds) + start
        return key


def starts_of(kinds: Kinds) -> Starts:
    """Return every start at which a request keeps arrival, deadline, horizon and fits into the replica alone."""
    instance, one = kinds.instance, kinds.one
    first, last = start_windows(instance)
    width = np.maximum(last[one] - first[one] + 1, 0)
    fits = (instance.prompt_tokens + instance.output_tokens)[one][:, None] <= instance.memory_tokens[None, :]
    kind, replica = np.nonzero(fits & (width > 0)[:, None])
    length = width[kind]
    row = np.repeat(np.arange(len(kind)), length)
    start = first[one[kind[row]]] + np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    return Starts(kinds, kind[row], replica[row], start)


def count_starts(instance: KvAdmissionInstance) -> int:
    """Return how many columns ``starts_of`` would give at most."""
    first, last = start_windows(instance)
    return int(np.maximum(last - first + 1, 0).sum()) * instance.replicas


@dataclass(frozen=True, eq=False)
class StartProgram:
    """The program and what its columns mean: first the starts, then refusals by kind where there are any."""

    starts: Starts
    linear: LinearModel
    usage: Usage
    got: IntArray | None

    def schedule(self, x: FloatArray) -> KvAdmissionSchedule:
        """Return the schedule of a solution: of each kind, who comes first begins first."""
        starts, kinds = self.starts, self.starts.kinds
        units = np.rint(x[:len(starts.kind)]).astype(np.int64)
        kind, replica, start = (np.repeat(part, units) for part in (starts.kind, starts.replica, starts.round))
        order = np.lexsort((start, kind))
        kind, replica, start = kind[order], replica[order], start[order]
        rank = np.arange(len(kind)) - np.searchsorted(kind, kind)
        request = kinds.member[kinds.first[kind] + rank]
        begin, where = np.full(len(kinds.of), -1, dtype=np.int64), np.zeros(len(kinds.of), dtype=np.int64)
        begin[request], where[request] = start, replica
        return KvAdmissionSchedule.unbroken(begin, where, kinds.instance.output_tokens)

    def solution(self, schedule: KvAdmissionSchedule) -> FloatArray | None:
        """Return the solution of a schedule, None where the program lacks one of its columns."""
        starts, kinds = self.starts, self.starts.kinds
        column, served = starts.find(schedule), np.diff(schedule.offset) > 0
        if (np.diff(schedule.offset) > 1).any() or (column[served] < 0).any():
            return None
        x = np.zeros(self.linear.columns)
        np.add.at(x, column[served], 1.0)
        refused = np.bincount(kinds.of[~served], minlength=kinds.count)
        if kinds.instance.refusal_price is not None:
            x[len(starts.kind):len(starts.kind) + kinds.count] = refused
        elif refused.any():
            return None
        if self.got is not None:
            fill_got(kinds.instance, self.usage, self.got, x)
        return x


def start_program(starts: Starts) -> StartProgram:
    """Return the program over some starts. Equation numbers are those of the family's page.

    Variables: ``start`` and ``refused``, whole. Rows: ``served`` (1), ``arrived`` (2), and the limits (3) to (8).
    """
    kinds, instance = starts.kinds, starts.kinds.instance
    usage, size = _usage(starts), kinds.size.astype(np.float64)
    one = kinds.one
    reads = prefill_rounds(instance, instance.prompt_tokens)
    lasts = (reads + instance.output_tokens - 1)[one]
    arrival = np.add.reduceat(instance.arrival_round[kinds.member].astype(np.float64), kinds.first[:-1]) / size
    waits = starts.round + lasts[starts.kind] - arrival[starts.kind]
    builder = ModelBuilder()
    cost = instance.weight[one][starts.kind] * waits + energy_price(instance, usage, len(starts.kind))
    column = builder.add_columns("start", len(starts.kind), cost=cost, upper=size[starts.kind], integer=True)
    served = builder.add_rows("served", kinds.count, lower=size, upper=size)
    builder.add_terms(served[starts.kind], column, 1.0)
    refused = None
    if instance.refusal_price is not None:
        refused = builder.add_columns("refused", kinds.count, cost=instance.refusal_price[one], upper=size,
                                      integer=True)
        builder.add_terms(served, refused, 1.0)
    _add_arrivals(builder, starts, column)
    got = add_limits(builder, instance, usage, None if refused is None else refused[kinds.of])
    return StartProgram(starts, builder.model(), usage, got)


def _add_arrivals(builder: ModelBuilder, starts: Starts, column: IntArray) -> None:
    """Before each arrival no more requests of its kind have begun than have arrived."""
    kinds = starts.kinds
    arrival = kinds.instance.arrival_round
    bounds = np.searchsorted(starts.kind, np.arange(kinds.count + 1))
    for kind in np.flatnonzero(kinds.size > 1).tolist():
        times = arrival[kinds.member[kinds.first[kind]:kinds.first[kind + 1]]]
        mine = column[bounds[kind]:bounds[kind + 1]]
        for when in np.unique(times)[1:].tolist():
            row = builder.add_rows(f"arrived[{kind},{when}]", 1, upper=float((times < when).sum()))
            builder.add_terms(row, mine[starts.round[bounds[kind]:bounds[kind + 1]] < when], 1.0)


def _usage(starts: Starts) -> Usage:
    """Return what each start takes."""
    instance, one = starts.kinds.instance, starts.kinds.one[starts.kind]
    prompt, output = instance.prompt_tokens[one], instance.output_tokens[one]
    reads = prefill_rounds(instance, prompt)
    lasts = reads + output - 1
    column = np.repeat(np.arange(len(one)), lasts)
    later = np.arange(len(column)) - np.repeat(np.cumsum(lasts) - lasts, lasts)
    chunk = prompt if instance.chunk_tokens is None else np.full_like(prompt, instance.chunk_tokens)
    tokens = np.maximum(later - reads[column] + 2, 0)
    read = np.clip(prompt[column] - later * chunk[column], 0, chunk[column])
    held = np.minimum((later + 1) * chunk[column], prompt[column]) + tokens
    none = np.zeros(0, dtype=np.int64)
    return Usage(
        column=column, replica=starts.replica[column], round=starts.round[column] + later, held=held, read=read,
        token=(tokens > 0).astype(np.int64), request=one[column], move_column=none, move_round=none, moved=none,
        begin_column=np.arange(len(one)), begin_request=one, begin_round=starts.round)
