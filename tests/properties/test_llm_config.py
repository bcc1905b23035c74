"""Configurations on random tiny instances: enumeration, programs, bounds, heuristics and referee agree."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.llm_config import explain, frontier
from ecoopt.heuristics.llm_config.plan import Ground
from ecoopt.instances.llm_config import LlmConfigInstance
from ecoopt.instances.llm_config.terms import terms_of
from ecoopt.registry import methods
from ecoopt.testing.llm_config import (
    best_by_enumeration,
    frontier_by_enumeration,
    llm_config_instances,
    llm_config_schedules,
)

SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
FAST = [name for name in methods("llm_config") if name not in ("milp", "whole", "lp")]


def slack(value: float) -> float:
    return 1e-6 * max(1.0, abs(value))


@given(instance=llm_config_instances(), method=st.sampled_from(["milp", "whole"]))
@SLOW
def test_a_program_finds_what_enumeration_finds_and_the_relaxation_no_more(
        instance: LlmConfigInstance, method: str) -> None:
    optimum = best_by_enumeration(instance)
    found, relaxed = ecoopt.solve(instance, method), ecoopt.solve(instance, "lp")
    assert found.notes == ()
    if math.isinf(optimum):
        assert found.status is Status.INFEASIBLE
        assert explain(instance)
        return
    assert found.status is Status.OPTIMAL
    assert found.score is not None
    assert found.score.feasible, found.score.violations
    assert abs(found.score.objective - optimum) <= slack(optimum)
    assert relaxed.bound is not None
    assert relaxed.bound <= optimum + slack(optimum)
    assert not explain(instance)


@given(instance=llm_config_instances())
@SLOW
def test_every_schedule_is_accepted_as_claimed_and_none_beats_the_optimum(instance: LlmConfigInstance) -> None:
    optimum = best_by_enumeration(instance)
    for name in FAST:
        found = ecoopt.solve(instance, name, iterations=30)
        assert found.notes == (), name
        if found.score is None:
            assert found.schedule is None
            continue
        assert found.score.feasible, (name, found.score.violations)
        assert found.objective is not None
        assert abs(found.score.objective - found.objective) <= slack(optimum), name
        assert found.score.objective >= optimum - slack(optimum), name


@given(instance=llm_config_instances(), name=st.sampled_from([*FAST, "milp"]))
@SLOW
def test_a_start_is_never_made_worse(instance: LlmConfigInstance, name: str) -> None:
    begin = ecoopt.solve(instance, "min-hardware")
    if begin.objective is None:
        return
    found = ecoopt.solve(instance, name, iterations=3, start=begin)
    assert found.objective is not None
    assert found.objective <= begin.objective + slack(begin.objective)


@given(instance=llm_config_instances(starts=False, sites=1, periods=1))
@SLOW
def test_the_frontier_is_that_of_enumeration(instance: LlmConfigInstance) -> None:
    points = [(point.latency_s, point.carbon_g) for point in frontier(instance)]
    assert points == [(limit_s, pytest.approx(grams, rel=1e-6, abs=1e-6))
                      for limit_s, grams in frontier_by_enumeration(instance)]


@given(instance=llm_config_instances(), data=st.data())
@SLOW
def test_the_referee_and_the_tables_agree_on_any_schedule(instance: LlmConfigInstance, data: st.DataObject) -> None:
    schedule = data.draw(llm_config_schedules(instance))
    score, value = ecoopt.evaluate(instance, schedule), terms_of(instance).value(schedule)
    assert abs(score.objective - value) <= slack(value)


@given(instance=llm_config_instances(), seed=st.integers(0, 1000))
@SLOW
def test_kernel_and_closed_form_route_alike(instance: LlmConfigInstance, seed: int) -> None:
    ground = Ground.of(instance, Run())
    count = np.random.default_rng(seed).integers(0, 3, ground.items)
    for t in range(ground.periods):
        value, grams = ground.value(t, count), ground.terms.period_g(t, count)
        assert np.isinf(value) if grams is None else abs(value - grams) <= slack(value)
        flow = ground.terms.routed(t, count)
        assert (flow is None) == (grams is None)
        if flow is not None:
            np.testing.assert_allclose(flow.sum(axis=1), ground.terms.demand[:, t], atol=1e-6)
            assert (flow.sum(axis=0) <= count * ground.rate + 1e-6).all()


@given(instance=llm_config_instances(periods=3), name=st.sampled_from(["follow", "slack-cap"]))
@SLOW
def test_an_online_rule_does_not_see_what_comes(instance: LlmConfigInstance, name: str) -> None:
    short = instance.replace(classes=tuple(one.replace(demand_per_s=one.demand_per_s[:-1]) for one in instance.classes)
                             ) if instance.periods > 1 else instance
    whole, part = ecoopt.solve(instance, name), ecoopt.solve(short, name)
    if whole.schedule is not None and part.schedule is not None:
        np.testing.assert_array_equal(whole.schedule.replicas[:short.periods], part.schedule.replicas)
    assert part.schedule is not None or whole.schedule is None
