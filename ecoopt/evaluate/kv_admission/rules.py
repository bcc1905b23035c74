"""The rules of KV admission, and in people's terms who breaks them, where and by how much."""

from collections.abc import Callable

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.kv_admission.replay import Replay
from ecoopt.evaluate.violations import broken
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule

UNKNOWN_REPLICA = "a stretch is on an unknown replica"
TOO_EARLY = "a request runs before it arrives"
OUT_OF_ORDER = "a stretch begins before the one before it ends"
NO_BREAK = "a request that is stopped goes on at once and takes no cache along"
BROKEN_OFF = "a request is broken off that must not be"
TOO_FEW = "a request gets fewer tokens than its answer has"
TOO_MANY = "a request gets more tokens than its answer has"
REFUSED = "a request is refused that must be served"
TOO_LATE = "a request is not done by the last round"
FIRST_TOKEN = "a request's first token comes after its deadline"
MEMORY = "requests hold more tokens than a replica's memory"
BATCH = "more requests run than a batch takes"
PREFILL = "a replica prefills more tokens than a round allows"
MIGRATION = "more tokens move than a round allows"
UNFAIR = "a request waits while another client gets further ahead than the slack"

ROUNDING = 1e-9
"""Share of the slack by which a client's lead may exceed it, as rounding."""


def violations(instance: KvAdmissionInstance, schedule: KvAdmissionSchedule, told: Replay) -> list[Violation]:
    """Return every broken rule: of stretches, of requests, of replicas, of clients."""
    return [*_stretches(instance, schedule, told), *_requests(instance, schedule, told),
            *_replicas(instance, told), *_clients(instance, told)]


def _stretches(instance: KvAdmissionInstance, schedule: KvAdmissionSchedule, told: Replay) -> list[Violation]:
    """Every stretch is on a replica, after its request's arrival and after the stretch before it."""
    over = np.zeros(len(told.request), dtype=np.int64)
    over[1:] = np.where(np.diff(told.request) == 0, told.until[:-1] - schedule.start_round[1:], 0)
    at_once = np.zeros(len(over), dtype=np.bool_)
    at_once[1:] = (np.diff(told.request) == 0) & (schedule.start_round[1:] == told.until[:-1])
    may_not = told.again & (not instance.preemption)

    def place(s: int) -> str:
        return f"request {told.request[s]}, replica {schedule.replica[s]}, from round {schedule.start_round[s]}"

    return [*broken(UNKNOWN_REPLICA, "replicas", schedule.replica - (len(instance.memory_tokens) - 1.0), place),
            *broken(TOO_EARLY, "rounds", instance.arrival_round[told.request] - schedule.start_round, place),
            *broken(OUT_OF_ORDER, "rounds", over, place),
            *broken(NO_BREAK, "rounds", (at_once & told.again).astype(np.float64), place),
            *broken(BROKEN_OFF, "times", may_not.astype(np.float64), place)]


def _requests(instance: KvAdmissionInstance, schedule: KvAdmissionSchedule, told: Replay) -> list[Violation]:
    """Every request gets its answer in time, unless it may be refused."""
    given = np.bincount(told.request, weights=schedule.tokens, minlength=len(told.served))
    missing = np.where(told.served, instance.output_tokens - given, 0.0)
    due = instance.first_token_round
    late = np.where(told.served & (due >= 0), told.first_token - due, 0)
    refused = ~told.served & (instance.refusal_price is None)

    def place(i: int) -> str:
        return f"request {i}"

    return [*broken(TOO_FEW, "tokens", missing, place), *broken(TOO_MANY, "tokens", -missing, place),
            *broken(REFUSED, "requests", refused.astype(np.float64), place),
            *broken(TOO_LATE, "rounds", np.where(told.served, told.done - instance.rounds, 0), place),
            *broken(FIRST_TOKEN, "rounds", late, place)]


def _replicas(instance: KvAdmissionInstance, told: Replay) -> list[Violation]:
    """In every round a replica keeps its memory, batch and prefill, and all together what may move."""
    rounds = instance.rounds

    def place(cell: int) -> str:
        return f"replica {cell // rounds}, round {cell % rounds}"

    found = broken(MEMORY, "tokens", (told.held - instance.memory_tokens[:, None]).ravel(), place)
    if instance.batch_cap is not None:
        found += broken(BATCH, "requests", (told.running - instance.batch_cap).ravel(), place)
    if instance.prefill_tokens is not None:
        found += broken(PREFILL, "tokens", (told.read - instance.prefill_tokens).ravel(), place)
    return [*found, *broken(MIGRATION, "tokens", told.moved - instance.migration_tokens, lambda t: f"round {t}")]


def _clients(instance: KvAdmissionInstance, told: Replay) -> list[Violation]:
    """While a request waits, no client gets further ahead of its own than the slack, counted from its arrival."""
    if instance.fairness is None:
        return []
    slack = instance.fairness.slack_tokens
    by, names = np.zeros(len(told.served)), {}
    for i in np.flatnonzero(told.served & (told.first_round > instance.arrival_round)).tolist():
        arrival, own = int(instance.arrival_round[i]), int(instance.client[i])
        window = told.served_tokens[:, arrival:int(told.first_round[i])]
        if not window.size:
            continue
        before = told.served_tokens[:, arrival - 1:arrival] if arrival else np.zeros((len(window), 1))
        lead: FloatArray = (window - before) - (window[own] - before[own])
        worst = int(np.argmax(lead))
        client, later = divmod(worst, lead.shape[1])
        by[i] = max(float(lead[client, later]) - slack, 0.0)
        names[i] = f"request {i} of client {own}, client {client} in round {arrival + later}"
    by[by <= ROUNDING * max(slack, 1.0)] = 0.0
    name: Callable[[int], str] = names.__getitem__
    return broken(UNFAIR, "weighted tokens", by, name)
