"""Laws of KV admission's fast side: policies keep all rules and see no future, placing in order finds the optimum."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.evaluate.kv_admission import evaluate
from ecoopt.heuristics.kv_admission.offline import schedule_of
from ecoopt.heuristics.kv_admission.room import decode, empty_room
from ecoopt.instances.kv_admission import KvAdmissionInstance
from ecoopt.testing.kv_admission import best_by_enumeration, kv_admission_instances

LAWS = settings(max_examples=settings.default.max_examples)
POLICIES = ("fcfs", "static", "orca", "vllm", "random", "sjf", "peak-check", "volume", "price-threshold", "vtc",
            "assigned", "rebalance")
OFFLINE = ("greedy", "local-search", "pso", "lns")


def run(method, instance, **arguments):
    return ecoopt.families()["kv_admission"].methods[method].run(instance, **arguments)


def changed(instance, **fields):
    return KvAdmissionInstance.model_validate(
        {name: getattr(instance, name) for name in type(instance).model_fields} | fields)


def tokens_until(instance, schedule, t):
    """Return the tokens that each request has got before round t."""
    got = np.zeros(instance.requests, dtype=np.int64)
    for i in range(instance.requests):
        for s in range(schedule.offset[i], schedule.offset[i + 1]):
            context = instance.prompt_tokens[i] + got[i]
            reads = 1 if instance.chunk_tokens is None else -(-context // instance.chunk_tokens)
            first = schedule.start_round[s] + reads - 1
            got[i] += min(max(t - first, 0), schedule.tokens[s])
    return got


@LAWS
@given(data=st.data())
def test_policies_keep_every_rule_or_say_why_not(data):
    instance = data.draw(kv_admission_instances())
    instance = changed(instance, predicted_tokens=np.maximum(
        instance.output_tokens + data.draw(st.integers(-2, 2)), 1))
    method = data.draw(st.sampled_from(POLICIES))
    outcome = run(method, instance)
    if outcome.schedule is None:
        assert outcome.details["reason"]
        return
    score = evaluate(instance, outcome.schedule)
    assert score.violations == ()
    assert outcome.objective == pytest.approx(score.objective, rel=1e-9, abs=1e-9)


@LAWS
@given(data=st.data())
def test_a_policy_decides_the_same_whatever_comes_later(data):
    instance = data.draw(kv_admission_instances(requests=6, rounds=12, breaks=True))
    method, now = data.draw(st.sampled_from(POLICIES)), data.draw(st.integers(1, 8))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    instance = changed(instance, rounds=60, energy=None, fairness=None, preemption=True,
                       first_token_round=np.full(instance.requests, -1),
                       memory_tokens=np.maximum(instance.memory_tokens, 14),
                       predicted_tokens=rng.integers(1, 5, instance.requests))
    before = run(method, instance).schedule
    if before is None:
        return
    got = tokens_until(instance, before, now)
    later, open_ = instance.arrival_round >= now, got < instance.output_tokens
    other = changed(
        instance, arrival_round=np.where(later, rng.integers(now, 13, instance.requests), instance.arrival_round),
        prompt_tokens=np.where(later, rng.integers(1, 7, instance.requests), instance.prompt_tokens),
        predicted_tokens=np.where(later, rng.integers(1, 5, instance.requests), instance.predicted_tokens),
        output_tokens=np.where(open_, got + rng.integers(1, 4, instance.requests), instance.output_tokens))
    after = run(method, other).schedule
    if after is not None:
        refused = [np.flatnonzero(np.diff(schedule.offset) == 0) for schedule in (before, after)]
        assert begun(before, now, refused) == begun(after, now, refused)


def begun(schedule, now, refused):
    """Return request, replica and round of all that has begun before now, but of what is refused in the end."""
    request = np.repeat(np.arange(len(schedule.offset) - 1), np.diff(schedule.offset))
    return {(i, r, k) for i, r, k in zip(request.tolist(), schedule.replica.tolist(), schedule.start_round.tolist(),
                                         strict=True) if k < now and not any(i in gone for gone in refused)}


@LAWS
@given(instance=kv_admission_instances(requests=3, breaks=False))
def test_placing_in_the_best_order_is_optimal_and_every_order_is_allowed(instance):
    if instance.fairness is not None or instance.energy is not None:
        instance = changed(instance, fairness=None, energy=None)
    room, best = empty_room(instance), np.inf
    for order in permutations(range(instance.requests)):
        value = decode(room, np.array(order))
        if instance.refusal_price is None and (room.place[:, 0] < 0).any():
            continue
        score = evaluate(instance, schedule_of(instance, room.place))
        assert score.violations == ()
        assert value == pytest.approx(score.objective)
        best = min(best, value)
    optimum = best_by_enumeration(instance)
    if instance.refusal_price is not None:  # whom to refuse, an order cannot say
        assert best >= optimum - 1e-9
    else:
        assert best == pytest.approx(optimum)


@LAWS
@given(data=st.data())
def test_heuristics_lie_above_the_optimum_and_not_above_their_start(data):
    instance = data.draw(kv_admission_instances(requests=3, breaks=False))
    method, first = data.draw(st.sampled_from(OFFLINE)), run("greedy", instance, budget=Budget(iterations=1))
    outcome = run(method, instance, budget=Budget(iterations=12), start=first.schedule)
    if outcome.schedule is None:
        return
    score = evaluate(instance, outcome.schedule)
    assert score.violations == ()
    assert outcome.objective == pytest.approx(score.objective, rel=1e-9, abs=1e-9)
    assert outcome.objective >= best_by_enumeration(instance) - 1e-6
    assert first.objective is None or outcome.objective <= first.objective + 1e-9
