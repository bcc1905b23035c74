"""Laws of power caps: referee, models and searches agree on random tiny instances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.status import Status
from ecoopt.evaluate.power_cap import evaluate
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.power_cap.plain_model import plain_model
from ecoopt.formulations.power_cap.strong_model import strong_model
from ecoopt.heuristics.power_cap.plans import Planner
from ecoopt.instances.power_cap.tables import cap_tables
from ecoopt.testing.power_cap import (
    enumerated_optimum,
    power_cap_instances,
    power_cap_schedules,
    score_plainly,
)

QUICK = ("no-cap", "static", "carbon-threshold", "equal-share", "greedy")


def methods():
    return ecoopt.families()["power_cap"].methods


@given(st.data())
def test_the_referee_says_what_plain_python_says(data):
    instance = data.draw(power_cap_instances(mixed=data.draw(st.booleans())))
    schedule = data.draw(power_cap_schedules(instance))
    score = evaluate(instance, schedule)
    value, allowed = score_plainly(instance, schedule)
    assert score.objective == pytest.approx(value, rel=1e-9, abs=1e-6)
    assert score.feasible == allowed
    if allowed:
        assert cap_tables(instance).value(schedule) == pytest.approx(value, rel=1e-9, abs=1e-6)


@given(power_cap_instances())
def test_the_integer_program_finds_the_enumerated_optimum_and_nothing_is_better(instance):
    best = enumerated_optimum(instance)
    outcome = methods()["milp"].run(instance, budget=Budget(seconds=60))
    if best is None:
        assert outcome.status is Status.INFEASIBLE
        return
    assert outcome.objective == pytest.approx(best, rel=1e-6, abs=1e-4)
    assert outcome.bound <= best * (1 + 1e-6) + 1e-4
    score = evaluate(instance, outcome.schedule)
    assert score.violations == ()
    assert score.objective == pytest.approx(outcome.objective, rel=1e-6, abs=1e-4)
    bounds = [solve_lp(model.model).objective for model in (
        plain_model(cap_tables(instance), integer=False), strong_model(cap_tables(instance)))]
    assert bounds[0] <= bounds[1] + 1e-6 * abs(best) + 1e-4
    assert bounds[1] <= best + 1e-6 * abs(best) + 1e-4
    for name in QUICK:
        found = methods()[name].run(instance)
        if found.objective is not None:
            assert found.objective >= best - 1e-6 * abs(best) - 1e-4
            assert evaluate(instance, found.schedule).violations == ()
            assert evaluate(instance, found.schedule).objective == pytest.approx(found.objective, rel=1e-9, abs=1e-6)


@settings(max_examples=15)
@given(power_cap_instances(hours=2), st.floats(0.5, 0.99))
def test_a_lower_power_limit_never_lowers_the_optimum(instance, share):
    if instance.power_limit_w is None:
        instance = instance.replace(power_limit_w=np.full(instance.hours, 3000.0))
    best, lower = (enumerated_optimum(one) for one in (
        instance, instance.replace(power_limit_w=instance.power_limit_w * share)))
    assert lower is None or (best is not None and best <= lower + 1e-6 * abs(lower) + 1e-6)


@settings(max_examples=15)
@given(power_cap_instances(hours=2), st.floats(0.0, 10.0))
def test_a_cooler_hall_never_lowers_the_optimum(instance, cooler_c):
    if instance.hall is None:
        return
    best, lower = (enumerated_optimum(one) for one in (
        instance, instance.replace(hall=instance.hall.replace(most_c=instance.hall.most_c - cooler_c))))
    assert lower is None or (best is not None and best <= lower + 1e-6 * abs(lower) + 1e-6)


@settings(max_examples=15)
@given(power_cap_instances())
def test_mixed_caps_are_never_worse_and_the_schedule_is_what_they_claim(instance):
    best = enumerated_optimum(instance)
    free = instance.replace(mixed=True)
    outcome = methods()["mixed"].run(free)
    if outcome.objective is None:
        assert best is None
        return
    assert outcome.status is Status.OPTIMAL
    assert best is None or outcome.objective <= best + 1e-6 * abs(best) + 1e-4
    score = evaluate(free, outcome.schedule)
    assert score.violations == ()
    assert score.objective == pytest.approx(outcome.objective, rel=1e-6, abs=1e-4)
    assert methods()["mixed"].run(instance).bound == pytest.approx(outcome.bound, rel=1e-9)


@given(st.data())
def test_a_schedule_is_a_solution_of_the_strong_model_with_its_objective(data):
    instance = data.draw(power_cap_instances(hours=5, choices=3**10))
    planner = Planner(instance)
    if not planner.possible:
        return
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    shape = (planner.hours, planner.classes)
    plan = planner.plan(rng.integers(0, planner.tables.highest + 1, shape), rng.random(shape) < 0.3)
    if not planner.feasible(plan):
        return
    schedule = planner.schedule(plan)
    assert evaluate(instance, schedule).violations == ()
    assert evaluate(instance, schedule).objective == pytest.approx(planner.value(plan), rel=1e-9, abs=1e-6)
    for model in (strong_model(planner.tables), plain_model(planner.tables, integer=True)):
        x, linear = model.solution(schedule), model.model
        activity = linear.matrix @ x
        assert (activity <= linear.row_upper + 1e-6 * np.maximum(1, np.abs(linear.row_upper))).all()
        assert (activity >= linear.row_lower - 1e-6 * np.maximum(1, np.abs(linear.row_lower))).all()
        assert (x <= linear.upper + 1e-9).all()
        assert linear.objective(x) == pytest.approx(planner.value(plan), rel=1e-9, abs=1e-6)


@given(st.data())
def test_a_replay_of_a_change_is_a_replay_of_all(data):
    instance = data.draw(power_cap_instances(hours=8, choices=3**16))
    planner = Planner(instance)
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    shape = (planner.hours, planner.classes)
    plan = planner.plan(rng.integers(0, planner.tables.highest + 1, shape), rng.random(shape) < 0.3)
    for _ in range(5):
        k, begin = rng.integers(0, planner.classes), rng.integers(0, planner.hours)
        end = rng.integers(begin, planner.hours) + 1
        move = [k, begin, end, rng.integers(0, planner.tables.highest[k] + 1), rng.integers(0, 4), -1]
        planner.climb(plan, np.array([move], dtype=np.int64), np.full(1, rng.choice([0.0, np.inf])))
        again = planner.plan(plan.cap, plan.hold)
        for one, other in zip(plan, again, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-6)
