"""Policies of admission, as rules of the simulator, and the schedules that they make."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.kv_admission.room import limits_of
from ecoopt.heuristics.kv_admission.simulator import (
    BLOCKED,
    FAILED,
    FULL,
    LATE,
    NOW,
    OVER,
    OVERFLOW,
    RANKED,
    REFUSED,
    RUN,
    RUNNING,
    SERVED,
    STAMP,
    WAIT,
    WAITING,
    WRITTEN,
    Simulation,
    advance,
)
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule

Lengths: TypeAlias = Literal["true", "predicted"]
EVENTS = 20_000
"""Rounds with events between two questions whether to stop."""

OUTGROWN = 0.25
"""A request that outlives its prediction is given this share of what it has generated more."""

REASONS = {
    OVERFLOW: "memory overflowed where answers were longer than foretold, and no request may be stopped; give "
              "lengths='true', or an instance with pre-emption",
    LATE: "a request could not begin before its deadline, and must not be refused"}


@dataclass(frozen=True)
class Policy:
    """What is asked before a request is admitted, and in which order.

    Parameters
    ----------
    key : float array [N]
        Requests with the least are let in first; ties by arrival.
    told : int array [N]
        Length of the answer that is reckoned with.
    flat : bool
        Whether memory for prompt and told length is reserved from the beginning.
    strict : bool
        Whether one that does not fit holds up those behind it.
    static, bucket : bool, int array [N]
        Whether batches are filled at once and run to their end, and which requests may be in one batch.
    fair : bool
        Whether the client that was served least comes first.
    priced : bool
        Whether a request must be worth, per token and round, the price of memory as full as it is.
    cheap : float
        Share of the memory that has the least price.
    bound : bool
        Whether a request is bound, at its arrival, to the replica with least to do.
    moves : bool
        Whether a running request moves where that makes room for one that waits.
    growth : float
        Share by which a request that outlives what was told is reckoned to go on.
    """

    key: FloatArray
    told: IntArray
    flat: bool = False
    strict: bool = True
    static: bool = False
    bucket: IntArray | None = None
    fair: bool = False
    priced: bool = False
    cheap: float = 0.8
    bound: bool = False
    moves: bool = False
    growth: float = OUTGROWN


def told_lengths(instance: KvAdmissionInstance, lengths: Lengths | None, inflation: float = 1.0) -> IntArray:
    """Return the lengths of answers that a policy is told.

    Parameters
    ----------
    lengths : {"true", "predicted"}, optional
        By default predicted where requests may be stopped, else true: what was too short could not be mended.
    inflation : float
        Factor of predicted lengths.
    """
    if lengths == "true" or (lengths is None and not instance.preemption):
        return instance.output_tokens
    told: IntArray = np.maximum(np.ceil(instance.predicted_tokens * inflation), 1).astype(np.int64)
    return told


def volume_of(instance: KvAdmissionInstance, told: IntArray) -> FloatArray:
    """Return tokens times rounds that each request holds, ``o (s + o / 2)``, over its weight, float array [N]."""
    volume: FloatArray = told * (instance.prompt_tokens + told / 2) / instance.weight
    return volume


def simulate(
    instance: KvAdmissionInstance, policy: Policy, stop: Callable[[], object] = lambda: None,
) -> tuple[KvAdmissionSchedule | None, str]:
    """Return the schedule that a policy makes; None, and why, where it makes none or was told to stop."""
    s = _simulation(instance, policy)
    while True:
        ended = advance(s, EVENTS)
        if ended == OVER:
            break
        if stop() is not None:
            return None, "the budget ended the simulation"
        if ended == FULL:
            s = s._replace(stretch=np.concatenate([s.stretch, np.empty_like(s.stretch)]))
    if s.mark[FAILED]:
        return None, REASONS[int(s.mark[FAILED])]
    undone = np.zeros(instance.requests, dtype=bool)
    undone[s.ask[s.queue[WAIT, :s.mark[WAITING]], RANKED]] = True
    undone[s.queue[RUN, :s.mark[RUNNING]]] = True
    if undone.any() and instance.refusal_price is None:
        return None, f"{int(undone.sum())} requests were not done by the last round"
    stretch = s.stretch[:s.mark[WRITTEN]]
    stretch = stretch[~(undone | (s.state[:, REFUSED] > 0))[stretch[:, 0]]]
    stretch = stretch[np.argsort(stretch[:, 0], kind="stable")]
    count = np.bincount(stretch[:, 0], minlength=instance.requests)
    return KvAdmissionSchedule(offset=np.append(0, np.cumsum(count)), replica=stretch[:, 1],
                               start_round=stretch[:, 2], tokens=stretch[:, 3]), ""


def _simulation(instance: KvAdmissionInstance, policy: Policy) -> Simulation:
    """Return the simulation before its first round."""
    n, shape = instance.requests, (instance.replicas, instance.rounds)
    by_arrival = np.argsort(instance.arrival_round, kind="stable")
    by_rank = by_arrival[np.argsort(policy.key[by_arrival], kind="stable")]
    rank = np.empty(n, dtype=np.int64)
    rank[by_rank] = np.arange(n)
    bucket = np.zeros(n, dtype=np.int64) if policy.bucket is None else policy.bucket
    refusal = np.full(n, np.inf) if instance.refusal_price is None else instance.refusal_price
    capped = instance.batch_cap is not None or instance.prefill_tokens is not None
    fairness = instance.fairness
    counts = (1.0, 2.0) if fairness is None else (fairness.prompt_weight, fairness.output_weight)
    seen = np.zeros(SERVED + instance.clients)
    seen[:SERVED] = policy.growth, *counts, policy.cheap, np.inf, 0.0
    state = np.zeros((n, 13), dtype=np.int64)
    state[:, STAMP], state[:, BLOCKED] = -1, -1
    mark = np.zeros(17, dtype=np.int64)
    mark[:NOW] = (policy.flat, policy.strict, policy.static, policy.fair, policy.priced, instance.preemption,
                  policy.bound, instance.migration_tokens if policy.moves else 0)
    return Simulation(
        ask=np.stack([instance.arrival_round, instance.prompt_tokens, instance.output_tokens, policy.told,
                      instance.first_token_round, instance.client, bucket, rank, by_arrival, by_rank],
                     axis=1).astype(np.int64, order="C"),
        price=np.stack([instance.weight, refusal, 1.0 / volume_of(instance, policy.told)], axis=1),
        limit=limits_of(instance),
        cells=np.zeros((3 if capped else 1, *shape), dtype=np.int64),
        state=state, queue=np.empty((2, n), dtype=np.int64), mark=mark, seen=seen,
        batch=np.zeros((instance.replicas, 4), dtype=np.int64), stretch=np.empty((3 * n, 4), dtype=np.int64))
