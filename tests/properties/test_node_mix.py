"""Laws of node mixes: referee, programs, bounds and searches agree with plain enumeration on random tiny instances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.status import Status
from ecoopt.evaluate.node_mix import evaluate
from ecoopt.formulations.node_mix import explain
from ecoopt.instances.node_mix import NodeMixSchedule, generate, keeps_rules, mix_kg
from ecoopt.testing.node_mix import best_by_referee, node_mix_instances

METHODS = ecoopt.families()["node_mix"].methods
OTHERS = ("greedy", "local-search", "pso", "first-come", "threshold", "rationed", "smallest", "largest",
          "least-embodied", "least-energy")
ONLINE = ("first-come", "threshold", "rationed")


@given(node_mix_instances())
def test_the_integer_program_and_enumeration_find_the_referees_optimum(instance):
    best = best_by_referee(instance)
    for name in ("milp", "enumeration"):
        outcome = METHODS[name].run(instance)
        if best is None:
            assert outcome.schedule is None
        else:
            score = evaluate(instance, outcome.schedule)
            assert score.feasible
            assert (outcome.objective, score.objective) == pytest.approx((best, best), rel=1e-9)
    assert METHODS["milp"].run(instance).status is (Status.INFEASIBLE if best is None else Status.OPTIMAL)
    assert bool(explain(instance)) == (best is None)
    for name in ("lp", "dp"):
        outcome = METHODS[name].run(instance)
        if best is None:
            assert outcome.schedule is None
        elif outcome.bound is not None:
            assert outcome.bound <= best * (1 + 1e-9) + 1e-9
        if best is not None and name == "dp" and instance.choice.all() and not instance.floors:
            assert outcome.objective == pytest.approx(best, rel=1e-9)


@given(node_mix_instances(), st.integers(0, 5))
def test_no_other_method_breaks_a_rule_or_beats_the_optimum(instance, seed):
    best = best_by_referee(instance)
    for name in OTHERS:
        outcome = METHODS[name].run(instance, seed=seed, budget=Budget(iterations=30))
        if outcome.schedule is not None:
            score = evaluate(instance, outcome.schedule)
            assert score.feasible, (name, score.violations)
            assert score.objective == pytest.approx(outcome.objective, rel=1e-9)
            assert score.objective >= best * (1 - 1e-9)


@given(node_mix_instances(), st.data())
def test_the_referee_and_the_tables_agree_on_every_schedule(instance, data):
    count = np.array([data.draw(st.integers(0, 3)) for _ in instance.options])
    score = evaluate(instance, NodeMixSchedule(count=count))
    assert score.objective == pytest.approx(mix_kg(instance, count), rel=1e-9, abs=1e-9)
    assert score.feasible == keeps_rules(instance, count)


@settings(max_examples=settings.default.max_examples // 1)
@given(node_mix_instances(), st.floats(1.0, 3.0))
def test_more_room_never_emits_more(instance, factor):
    wider = instance.replace(ceiling=instance.ceiling * factor, most=instance.most + 1)
    narrow, wide = (METHODS["milp"].run(entry) for entry in (instance, wider))
    if narrow.objective is not None:
        assert wide.objective <= narrow.objective * (1 + 1e-9)


@pytest.mark.parametrize("method", ONLINE)
@settings(max_examples=settings.default.max_examples // 2)
@given(seed=st.integers(0, 50), cut=st.integers(1, 5))
def test_what_comes_later_changes_no_decision_made_before(method, seed, cut):
    instance = generate(workloads=6, seed=seed, spread=1.5, second_budget=0.6)
    first = int(instance.first[cut])
    rng = np.random.default_rng(seed)
    kwh = instance.energy_kwh.copy()
    kwh[first:] *= rng.uniform(0.2, 5, len(kwh) - first)
    one, other = (METHODS[method].run(entry).schedule.count for entry in (instance, instance.replace(energy_kwh=kwh)))
    assert one[:first].tolist() == other[:first].tolist()
