"""What the columns of a program take, round by round, and the rows that limit it."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.highs import ModelBuilder
from ecoopt.instances.kv_admission import KvAdmissionInstance


@dataclass(frozen=True, eq=False)
class Usage:
    """E cells that columns take, M moves, B beginnings.

    Parameters
    ----------
    column, replica, round : int array [E]
        A unit of the column runs there.
    held, read, token : int array [E]
        Tokens it holds and prefills there, and whether it generates one.
    request : int array [E]
        Whose it is.
    move_column, move_round, moved : int array [M]
        Tokens whose cache a unit of the column moves.
    begin_column, begin_request, begin_round : int array [B]
        Columns with which a request is first begun.
    """

    column: IntArray
    replica: IntArray
    round: IntArray
    held: IntArray
    read: IntArray
    token: IntArray
    request: IntArray
    move_column: IntArray
    move_round: IntArray
    moved: IntArray
    begin_column: IntArray
    begin_request: IntArray
    begin_round: IntArray


def add_limits(
    builder: ModelBuilder, instance: KvAdmissionInstance, usage: Usage, refused: IntArray | None,
) -> IntArray | None:
    """Add the rows ``memory`` (3), ``batch`` (4), ``prefill`` (5), ``migration`` (6) and those of fairness (7), (8).

    Parameters
    ----------
    builder : ModelBuilder
        Has all columns that `usage` names.
    instance : KvAdmissionInstance
        For the limits.
    usage : Usage
        Of those columns.
    refused : int array [N], optional
        Column of each request's refusal.

    Returns
    -------
    int array [C, T] or None
        Columns of what each client has got by the end of each round, where clients are compared.
    """
    rounds = instance.rounds
    cell = usage.replica * rounds + usage.round
    _limit(builder, "memory", cell, usage.column, usage.held, np.repeat(instance.memory_tokens, rounds))
    cells = instance.replicas * rounds
    if instance.batch_cap is not None:
        _limit(builder, "batch", cell, usage.column, np.ones_like(cell), np.full(cells, instance.batch_cap))
    if instance.prefill_tokens is not None:
        some = usage.read > 0
        _limit(builder, "prefill", cell[some], usage.column[some], usage.read[some],
               np.full(cells, instance.prefill_tokens))
    if usage.moved.size:
        _limit(builder, "migration", usage.move_round, usage.move_column, usage.moved,
               np.full(rounds, instance.migration_tokens))
    if instance.fairness is None or instance.clients == 1:
        return None
    return _add_fairness(builder, instance, usage, refused)


def _limit(
    builder: ModelBuilder, name: str, cell: IntArray, column: IntArray, amount: IntArray, limit: IntArray,
) -> None:
    """Add a row for every cell that some column takes."""
    known, place = np.unique(cell, return_inverse=True)
    rows = builder.add_rows(name, len(known), upper=limit[known].astype(np.float64))
    builder.add_terms(rows[place.ravel()], column, amount)


def _add_fairness(
    builder: ModelBuilder, instance: KvAdmissionInstance, usage: Usage, refused: IntArray | None,
) -> IntArray:
    """Add what each client has got by each round, and that no other gets too far ahead of one that waits."""
    rule, rounds, clients = instance.fairness, instance.rounds, instance.clients
    assert rule is not None
    got = builder.add_columns("got", (clients, rounds))
    tally = builder.add_rows("tally", (clients, rounds), lower=0.0, upper=0.0)
    builder.add_terms(tally, got, 1.0)
    builder.add_terms(tally[:, 1:], got[:, :-1], -1.0)
    builder.add_terms(*_service(instance, usage, tally, -1.0))
    most = rule.prompt_weight * instance.prompt_tokens + rule.output_weight * instance.output_tokens
    total = np.bincount(instance.client, most, clients)
    for i in range(instance.requests):
        own, arrival = int(instance.client[i]), int(instance.arrival_round[i])
        later = np.arange(arrival, rounds)
        mine = usage.begin_request == i
        begun, column = usage.begin_round[mine], usage.begin_column[mine]
        for client in np.flatnonzero(total > 0).tolist():
            if client == own or total[client] <= rule.slack_tokens:
                continue
            rows = builder.add_rows(f"fair[{i},{client}]", len(later), upper=rule.slack_tokens)
            for who, sign in ((client, 1.0), (own, -1.0)):
                builder.add_terms(rows, got[who, later], sign)
                if arrival:
                    builder.add_terms(rows, got[who, arrival - 1], -sign)
            at, which = np.nonzero(begun[None, :] <= later[:, None])
            most_lead = float(total[client]) - rule.slack_tokens
            builder.add_terms(rows[at], column[which], -most_lead)
            if refused is not None:
                builder.add_terms(rows, refused[i], -most_lead)
    return got


def _service(
    instance: KvAdmissionInstance, usage: Usage, row: IntArray, sign: float,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return row, column and weighted tokens of all that clients get; rows are given by client and round."""
    rule = instance.fairness
    assert rule is not None
    some, begun = usage.token > 0, usage.begin_request
    rows = np.concatenate([row[instance.client[usage.request[some]], usage.round[some]],
                           row[instance.client[begun], usage.begin_round]])
    amounts = np.concatenate([np.full(int(some.sum()), rule.output_weight),
                              rule.prompt_weight * instance.prompt_tokens[begun]])
    return rows, np.concatenate([usage.column[some], usage.begin_column]), sign * amounts


def fill_got(instance: KvAdmissionInstance, usage: Usage, got: IntArray, x: FloatArray) -> None:
    """Set the columns of what clients have got to what the other columns of a solution give them."""
    cells = np.arange(got.size).reshape(got.shape)
    row, column, amount = _service(instance, usage, cells, 1.0)
    x[got] = np.cumsum(np.bincount(row, amount * x[column], got.size).reshape(got.shape), axis=1)


def energy_price(instance: KvAdmissionInstance, usage: Usage, columns: int) -> FloatArray:
    """Return what the energy of a unit of each column costs, float array [columns]."""
    if instance.energy is None:
        return np.zeros(columns)
    joules = instance.energy.prefill_j * usage.read + instance.energy.decode_j * usage.token
    price = joules * instance.energy.price_per_j[usage.round]
    return np.bincount(usage.column, price, columns).astype(np.float64)
