"""Laws of power caps: referee, models and searches agree on random tiny instances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.evaluate.power_cap import evaluate
from ecoopt.formulations.highs import solve_lp, solve_model
from ecoopt.formulations.power_cap import explain
from ecoopt.formulations.power_cap.plain_model import plain_model
from ecoopt.formulations.power_cap.prices import RowPrices
from ecoopt.formulations.power_cap.strong_model import strong_model
from ecoopt.heuristics.power_cap.plans import Planner
from ecoopt.instances.power_cap import PowerCapSchedule
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


@settings(max_examples=20)
@given(power_cap_instances())
def test_what_is_explained_has_no_schedule(instance):
    assert bool(explain(instance)) == (enumerated_optimum(instance) is None)


@given(power_cap_instances(hours=6, choices=3**12), st.floats(0.3, 1.0))
def test_greedy_and_swarm_are_never_worse_than_one_cap_for_all_time(instance, share):
    static = [methods()["no-cap"].run(instance), methods()["static"].run(instance, options={"share": share})]
    for name, options in (("greedy", {}), ("pso", {"patience": 1})):
        found = methods()[name].run(instance, options=options).objective
        for other in static:
            assert other.objective is None or found <= other.objective * (1 + 1e-12) + 1e-9


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
    planner = Planner(cap_tables(instance))
    if not planner.possible:
        return
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    shape = (planner.hours, planner.classes)
    held = rng.random(shape) * (rng.random(shape) < 0.3)
    plan = planner.plan(rng.integers(0, planner.tables.highest + 1, shape), held)
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
    planner = Planner(cap_tables(instance))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    shape = (planner.hours, planner.classes)
    held = rng.random(shape) * (rng.random(shape) < 0.3)
    plan = planner.plan(rng.integers(0, planner.tables.highest + 1, shape), held)
    for _ in range(5):
        k, begin = rng.integers(0, planner.classes), rng.integers(0, planner.hours)
        end = rng.integers(begin, planner.hours) + 1
        one = [k, begin, end, rng.integers(0, planner.tables.highest[k] + 1), -1]
        two = [rng.integers(-1, planner.classes), begin, begin + 1, 0, begin]
        planner.climb(plan, np.array([[one, two]], dtype=np.int64), rng.choice([-1.0, 0.0, 0.4, 1.0], (1, 2)),
                      np.full(1, rng.choice([0.0, np.inf])))
        again = planner.plan(plan.cap, plan.hold)
        for one, other in zip(plan, again, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-6)


@settings(max_examples=20)
@given(st.data())
def test_no_schedule_is_better_than_a_bound_by_prices_nor_than_the_cheapest_through_its_transitions(data):
    instance = data.draw(power_cap_instances())
    best = enumerated_optimum(instance)
    if best is None:
        return
    tables = cap_tables(instance)
    rows = RowPrices(tables)
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    prices = rng.uniform(0, 0.2, rows.count) * (rng.random(rows.count) < 0.5)
    program = rows.program(prices)
    slack = 1e-9 * abs(best) + 1e-6
    assert rows.value(prices, program) <= best + slack
    crossing, first = program.through()
    np.testing.assert_allclose(first.min(axis=1), program.values, rtol=1e-9, atol=1e-6)
    for t in range(instance.hours - 1):
        np.testing.assert_allclose(crossing[:, t].min(axis=(1, 2)), program.values, rtol=1e-9, atol=1e-6)
    answer = rows.answer(prices, program)
    paths = answer.payload
    cost = tables.value(PowerCapSchedule.at(paths.cap.T, paths.work.T, tables.shape[2]))
    # The paths cost what the program says: their own objective and what they pay for rows.
    assert cost + float(prices @ answer.subgradient) == pytest.approx(answer.value, rel=1e-9, abs=1e-5)
    moves, starts = rows.ruled_out(prices, program, best)
    kept = solve_model(strong_model(tables, moves=~moves, first=~starts).model, Run())
    assert kept.objective == pytest.approx(best, rel=1e-6, abs=1e-4)


@settings(max_examples=10)
@given(st.data())
def test_without_shared_limits_the_program_of_a_class_finds_the_optimum(data):
    instance = data.draw(power_cap_instances(classes=1))
    entry = instance.classes[0]
    free = instance.replace(
        power_limit_w=None, hall=None, pools=tuple(pool.replace(gpus=10**6) for pool in instance.pools),
        classes=(entry.replace(quota_gpus=1e6, most_backlog_gpu_h=None),))
    outcome = methods()["lagrangian"].run(free, options={"rounds": 1})
    assert outcome.bound == pytest.approx(enumerated_optimum(free), rel=1e-9, abs=1e-5)


@pytest.mark.parametrize("method", ["threshold", "rolling"])
@settings(max_examples=10)
@given(data=st.data())
def test_an_online_method_decides_the_same_whatever_comes_later(method, data):
    instance = data.draw(power_cap_instances(hours=6, choices=3**12))
    now = data.draw(st.integers(1, instance.hours))
    later = slice(now, None)
    price = instance.carbon.intensity_g_per_kwh.copy()
    price[later] = price[later][::-1] * 2 + 1
    classes = []
    for entry in instance.classes:
        submitted = entry.submitted_gpu_h.copy()
        submitted[later] += 1.5
        classes.append(entry.replace(submitted_gpu_h=submitted))
    other = instance.replace(carbon=instance.carbon.replace(intensity_g_per_kwh=price), classes=tuple(classes))
    options = {"rounds": 2} if method == "rolling" else None
    one, two = (methods()[method].run(each, options=options).schedule for each in (instance, other))
    if one is None or two is None:
        return
    assert (one.share[:, :now] == two.share[:, :now]).all()
    assert (one.work_gpu_h[:, :now] == two.work_gpu_h[:, :now]).all()


@settings(max_examples=8)
@given(power_cap_instances())
def test_searches_claim_what_the_referee_finds_and_beat_no_bound(instance):
    best = enumerated_optimum(instance)
    for name, options in (("local-search", {"rounds": 5}), ("pso", {"patience": 3, "swarm_size": 4}),
                          ("lagrangian", {"rounds": 5, "evaluations": 20}), ("rolling", {"rounds": 2}),
                          ("lns", {"patience": 2})):
        outcome = methods()[name].run(instance, options=options)
        if outcome.bound is not None and best is not None:
            assert outcome.bound <= best + 1e-6 * abs(best) + 1e-4
        if outcome.objective is not None:
            score = evaluate(instance, outcome.schedule)
            assert score.violations == ()
            assert score.objective == pytest.approx(outcome.objective, rel=1e-7, abs=1e-5)
            assert outcome.objective >= best - 1e-6 * abs(best) - 1e-4
