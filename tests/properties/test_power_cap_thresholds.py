"""Laws of thresholds: referee, program, enumeration and searches agree on random tiny rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.status import Status
from ecoopt.evaluate.power_cap_thresholds import evaluate
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.power_cap_thresholds import explain
from ecoopt.formulations.power_cap_thresholds.program import program_of
from ecoopt.instances.power_cap_thresholds.tables import tables_of
from ecoopt.testing.power_cap_thresholds import (
    best_by_enumeration,
    judge_plainly,
    power_cap_thresholds_instances,
    power_cap_thresholds_schedules,
)

HEURISTICS = ("greedy", "local-search", "pso", "uniform", "no-cap")


def run(method, instance, **arguments):
    return ecoopt.families()["power_cap_thresholds"].methods[method].run(instance, **arguments)


@settings(max_examples=5 * settings.default.max_examples)
@given(data=st.data())
def test_the_referee_says_what_a_plain_judge_says(data):
    instance = data.draw(power_cap_thresholds_instances())
    schedule = data.draw(power_cap_thresholds_schedules(instance))
    score = evaluate(instance, schedule)
    value, allowed = judge_plainly(instance, schedule)
    assert score.objective == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert score.feasible == allowed


@settings(max_examples=25 * settings.default.max_examples)
@given(instance=power_cap_thresholds_instances())
def test_enumeration_claims_what_the_referee_finds_and_nothing_greedy_finds_is_less(instance):
    found, greedy = run("enumeration", instance), run("greedy", instance)
    if found.status is Status.INFEASIBLE:
        assert greedy.status is Status.INFEASIBLE
        return
    for outcome in (found, greedy):
        score = evaluate(instance, outcome.schedule)
        assert score.violations == ()
        assert outcome.objective == pytest.approx(score.objective, rel=1e-9, abs=1e-9)
    assert found.status is Status.OPTIMAL
    assert greedy.objective >= found.objective - 1e-9


@settings(max_examples=3 * settings.default.max_examples)
@given(instance=power_cap_thresholds_instances())
def test_the_program_and_the_enumeration_find_the_least_of_all_schedules(instance):
    optimum = best_by_enumeration(instance)
    for method in ("milp", "enumeration"):
        found = run(method, instance)
        if optimum == np.inf:
            assert found.status is Status.INFEASIBLE
        else:
            assert found.objective == pytest.approx(optimum, rel=1e-7, abs=1e-7)
            assert found.status is Status.OPTIMAL
    if optimum < np.inf:
        assert solve_lp(program_of(tables_of(instance)).linear).objective <= optimum + 1e-7 * max(1.0, abs(optimum))


@pytest.mark.parametrize("method", [*HEURISTICS, "milp", "enumeration"])
@given(instance=power_cap_thresholds_instances(), iterations=st.integers(0, 5))
def test_no_method_is_worse_than_its_start_or_claims_what_is_not_so(method, instance, iterations):
    start = run("uniform", instance).schedule
    if start is None:
        return
    found = run(method, instance, start=start, budget=Budget(iterations=iterations))
    score = evaluate(instance, found.schedule)
    assert found.iterations <= iterations
    assert score.violations == ()
    assert found.objective == pytest.approx(score.objective, rel=1e-9, abs=1e-9)
    assert found.objective <= evaluate(instance, start).objective + 1e-9
    assert found.objective >= run("enumeration", instance).objective - 1e-9


@settings(max_examples=3 * settings.default.max_examples)
@given(instance=power_cap_thresholds_instances(), lower=st.sampled_from((0.5, 0.8, 0.95)))
def test_a_lower_limit_never_lowers_the_optimum_and_slower_levels_trip_no_more(instance, lower):
    # Thresholds are shares of the limit: they stay where they are.
    kept = instance.thresholds / lower
    tight = instance.replace(limit_w=instance.limit_w * lower, thresholds=kept) if kept.max() <= 1 else None
    if tight is not None:
        values = [run("enumeration", each).objective for each in (instance, tight)]
        assert values[1] is None or values[1] >= values[0] - 1e-9
    tables = tables_of(instance)
    slower = (tables.choice[:, None, :] <= tables.choice[None, :, :]).all(axis=2)
    for one, other in np.argwhere(slower).tolist():
        assert (tables.trips[:, other] <= tables.trips[:, one]).all()


@settings(max_examples=2 * settings.default.max_examples)
@given(instance=power_cap_thresholds_instances())
def test_what_is_explained_has_no_schedule(instance):
    assert bool(explain(instance)) == (run("enumeration", instance).status is Status.INFEASIBLE)
