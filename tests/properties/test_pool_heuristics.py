"""Pools on random tiny instances: every heuristic is accepted as claimed, and none beats the enumerated optimum."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.status import Status
from ecoopt.instances.pool import PoolInstance
from ecoopt.testing.pool import best_by_enumeration, pool_instances, pool_schedules

OVER_TIME = ("greedy", "local-search", "pso")
ONE_PERIOD = ("forecast", "kairos", "kairos-plus", "random", "hill-climb", "rsm")
EXHAUSTIVE = ("forecast", "random", "hill-climb", "rsm")
SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)


def slack(value: float) -> float:
    return 1e-6 * max(1e-3, abs(value))


@given(instance=pool_instances())
@SLOW
def test_every_schedule_is_accepted_as_claimed_and_none_beats_the_optimum(instance: PoolInstance) -> None:
    optimum = best_by_enumeration(instance)
    single = len(instance.models) == 1 and instance.periods == 1
    for name in OVER_TIME + (ONE_PERIOD if single else ()):
        found = ecoopt.solve(instance, name, iterations=30)
        assert found.status is not Status.ERROR, (name, found.details)
        assert found.notes == (), (name, found.notes)
        if found.score is None:
            continue
        assert found.objective is not None
        assert found.score.feasible, (name, found.score.violations)
        assert abs(found.score.objective - found.objective) <= slack(optimum), name
        assert found.score.objective <= optimum + slack(optimum), name
        if found.bound is not None:
            assert found.bound >= optimum - slack(optimum), name


@given(instance=pool_instances(models=1, periods=1, trials=False))
@SLOW
def test_searches_that_go_on_until_nothing_is_open_find_the_optimum(instance: PoolInstance) -> None:
    optimum = best_by_enumeration(instance)
    for name in EXHAUSTIVE:
        found = ecoopt.solve(instance, name, seed=3)
        if math.isinf(optimum):
            assert found.schedule is None, name
            continue
        assert found.objective == pytest.approx(optimum, abs=slack(optimum)), name
        assert found.status is Status.OPTIMAL, name


@given(instance=pool_instances(), seed=st.integers(0, 3))
@SLOW
def test_a_start_is_never_made_worse_and_evaluations_are_not_exceeded(instance: PoolInstance, seed: int) -> None:
    begin = ecoopt.solve(instance, "greedy")
    if begin.schedule is None:
        return
    assert begin.objective is not None
    single = len(instance.models) == 1 and instance.periods == 1
    for name in OVER_TIME + (ONE_PERIOD if single else ()):
        for most in (0, 7):
            found = ecoopt.solve(instance, name, evaluations=most, start=begin, seed=seed)
            assert found.evaluations <= most, name
            assert found.objective is not None, name
            assert found.objective >= begin.objective - slack(begin.objective), name


@given(instance=pool_instances(), drawn=st.data())
@SLOW
def test_any_schedule_gets_a_score_and_breaks_a_rule_or_is_no_better_than_the_optimum(
        instance: PoolInstance, drawn: st.DataObject) -> None:
    score = ecoopt.evaluate(instance, drawn.draw(pool_schedules(instance)))
    if score.feasible:
        optimum = best_by_enumeration(instance)
        assert score.objective <= optimum + slack(optimum)
