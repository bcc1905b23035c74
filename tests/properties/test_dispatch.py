"""Laws of dispatch: referee, simulators and searches agree on random tiny instances, and nobody sees the future."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.evaluate.dispatch import evaluate
from ecoopt.heuristics.dispatch.lines import lines_of, schedule_from
from ecoopt.heuristics.dispatch.matching import assign
from ecoopt.testing.dispatch import best_by_enumeration, dispatch_instances, dispatch_schedules, judge_plainly

ONLINE = ("fcfs", "drs", "clockwork", "kairos", "replan")
OFFLINE = ("greedy", "local-search", "pso")


def run(method, instance, **arguments):
    return ecoopt.families()["dispatch"].methods[method].run(instance, **arguments)


@given(st.data())
def test_the_referee_says_what_a_plain_judge_says(data):
    instance = data.draw(dispatch_instances())
    schedule = data.draw(dispatch_schedules(instance))
    score = evaluate(instance, schedule)
    value, allowed = judge_plainly(instance, schedule)
    assert score.objective == value
    assert score.feasible == allowed


@pytest.mark.parametrize("method", [*ONLINE, *OFFLINE])
@given(instance=dispatch_instances(), seed=st.integers(0, 3))
def test_a_method_claims_what_the_referee_finds_and_no_more_than_the_optimum(method, instance, seed):
    outcome = run(method, instance, seed=seed, budget=Budget(iterations=4))
    score = evaluate(instance, outcome.schedule)
    assert score.violations == ()
    assert outcome.objective == score.objective
    assert outcome.objective <= best_by_enumeration(instance) + 1e-9


@settings(max_examples=3 * settings.default.max_examples)
@given(instance=dispatch_instances())
def test_local_search_finds_the_optimum_of_tiny_instances(instance):
    found = run("local-search", instance, budget=Budget(iterations=8), options={"trials": 200})
    assert found.objective == best_by_enumeration(instance)


@given(st.data())
def test_lines_keep_what_is_on_time_and_begin_no_later(data):
    instance = data.draw(dispatch_instances())
    schedule = run("greedy", instance).schedule
    lines = lines_of(instance, schedule)
    score = evaluate(instance, schedule_from(lines.on, lines.start))
    assert score.feasible
    assert score.objective == evaluate(instance, schedule).objective
    kept = lines.on >= 0
    assert (lines.start[kept] <= schedule.start_tick[kept]).all()


@pytest.mark.parametrize("method", [*ONLINE, *OFFLINE])
@given(instance=dispatch_instances())
def test_no_method_is_worse_than_its_start(method, instance):
    start = run("local-search", instance, budget=Budget(iterations=4)).schedule
    found = run(method, instance, start=start, budget=Budget(iterations=1))
    assert found.objective >= evaluate(instance, start).objective


@pytest.mark.parametrize("method", ONLINE)
@settings(max_examples=3 * settings.default.max_examples)
@given(one=dispatch_instances(machines=2, queries=8), other=dispatch_instances(machines=2, queries=8), data=st.data())
def test_an_online_method_decides_alike_until_something_different_is_seen(method, one, other, data):
    kept = data.draw(st.integers(1, one.queries))
    later = np.flatnonzero(other.arrival_tick >= one.arrival_tick[kept - 1])
    columns = {name: np.concatenate([getattr(one, name)[:kept], getattr(other, name)[later]])
               for name in ("arrival_tick", "batch")}
    service = other.service_tick[later][:, [0] * len(one.types)]
    changed = one.replace(**columns, weight=None, service_tick=np.concatenate([one.service_tick[:kept], service]))
    same_past = one.replace(weight=None)
    seen = min((instance.arrival_tick[kept] for instance in (same_past, changed) if instance.queries > kept),
               default=np.inf)
    _decisions_agree(method, same_past, changed, seen)


@pytest.mark.parametrize("method", ONLINE)
@settings(max_examples=3 * settings.default.max_examples)
@given(instance=dispatch_instances(machines=2, queries=8), data=st.data())
def test_an_online_method_learns_a_latency_at_completion(method, instance, data):
    q = data.draw(st.integers(0, instance.queries - 1))
    service = instance.service_tick.copy()
    service[q] += data.draw(st.integers(1, 9))
    longer = instance.replace(service_tick=service)
    schedule = run(method, instance).schedule
    m = schedule.machine[q]
    seen = np.inf if m < 0 else schedule.start_tick[q] + instance.service_tick[q, instance.machine_type[m]]
    _decisions_agree(method, instance, longer, seen)


def _decisions_agree(method, one, other, seen):
    """Fail unless the same queries begin at the same time on the same machine before a moment."""
    decisions = []
    for instance in (one, other):
        schedule = run(method, instance).schedule
        begun = np.flatnonzero((schedule.machine >= 0) & (schedule.start_tick < seen))
        decisions.append([(q, schedule.machine[q], schedule.start_tick[q]) for q in begun])
    assert decisions[0] == decisions[1]


@settings(max_examples=5 * settings.default.max_examples)
@given(rows=st.integers(1, 9), columns=st.integers(1, 9), most=st.sampled_from((1, 4, 1000)), seed=st.integers(0, 999))
def test_the_matching_costs_what_scipys_costs(rows, columns, most, seed):
    cost = np.random.default_rng(seed).integers(0, most + 1, (rows, columns)) * 0.37
    column_of = assign(cost)
    matched = np.flatnonzero(column_of >= 0)
    assert len(matched) == len(set(column_of[matched])) == min(rows, columns)
    assert cost[matched, column_of[matched]].sum() == pytest.approx(cost[linear_sum_assignment(cost)].sum(), abs=1e-9)
