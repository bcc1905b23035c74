"""Generation directives on random tiny instances: plain optimum, exact algorithms, programs and referee agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import ecoopt
from ecoopt.evaluate.directives import evaluate
from ecoopt.instances.directives.costs import costs_of
from ecoopt.instances.directives.mixes import cheapest_mix
from ecoopt.instances.directives.staffing import fewest_gpus
from ecoopt.registry import methods
from ecoopt.testing.directives import directives_instances, directives_schedules, plain_optimum, plain_score

TOLERANCE = 1e-6
HEURISTICS = ("greedy", "local-search", "pso", "base", "co2opt", "model-opt", "static", "oracle", "sprout", "rolling")


def near(value):
    return pytest.approx(value, rel=TOLERANCE, abs=1e-9)


@given(st.data())
def test_the_referee_says_what_plain_loops_say(data):
    instance = data.draw(directives_instances(regions=2, fleet=None))
    schedule = data.draw(directives_schedules(instance))
    score = evaluate(instance, schedule)
    value, allowed = plain_score(instance, schedule)
    assert score.objective == pytest.approx(value, rel=1e-9, abs=1e-12)
    assert score.feasible == allowed
    assert costs_of(instance).value(schedule) == pytest.approx(value, rel=1e-9, abs=1e-9) or not allowed


@given(instance=directives_instances())
def test_programs_and_exact_algorithms_find_the_plain_optimum(instance):
    optimum = plain_optimum(instance)
    found = {name: ecoopt.solve(instance, name) for name in ("milp", "horizon", "lp")}
    for name, each in found.items():
        assert each.notes == (), name
        assert each.bound <= optimum + TOLERANCE * max(optimum, 1e-3), name
    assert found["milp"].objective == near(optimum)
    assert found["milp"].bound == near(optimum)
    assert found["horizon"].bound >= found["lp"].bound - TOLERANCE * max(optimum, 1e-3)
    if not instance.integer and (instance.evaluator is None or not instance.windows):
        assert found["horizon"].objective == near(optimum)
        assert found["horizon"].bound == near(optimum)
        if instance.evaluator is None:
            assert found["lp"].objective == near(optimum)


@given(instance=directives_instances())
def test_every_schedule_is_accepted_as_claimed_and_none_beats_the_optimum(instance):
    optimum = plain_optimum(instance)
    for name in HEURISTICS:
        found = ecoopt.solve(instance, name, seed=1)
        assert found.notes == (), name
        if found.schedule is not None:
            assert found.score.feasible, name
            assert found.score.objective >= optimum - TOLERANCE * max(optimum, 1e-3), name


@given(instance=directives_instances())
def test_a_start_is_never_made_worse(instance):
    begin = ecoopt.solve(instance, "base")
    for name in methods("directives"):
        found = ecoopt.solve(instance, name, iterations=2, start=begin)
        assert found.notes == (), name
        assert found.objective <= begin.objective + TOLERANCE * begin.objective, name


@settings(max_examples=3 * settings.default.max_examples)
@given(st.integers(0, 2**32 - 1))
def test_the_closed_form_is_the_linear_program(seed):
    rng = np.random.default_rng(seed)
    levels = int(rng.integers(1, 6))
    cost, quality = rng.choice([0.0, 1.0, rng.random(), rng.random()], (2, levels))
    floor = float(rng.uniform(quality.min(), quality.max()))
    share = cheapest_mix(cost, quality, floor)
    found = linprog(cost, A_ub=-quality[None], b_ub=[-floor], A_eq=np.ones((1, levels)), b_eq=[1.0], bounds=(0, 1))
    assert share.sum() == pytest.approx(1.0, abs=1e-12)
    assert share @ quality >= floor - 1e-12
    assert (share > 0).sum() <= 2
    assert share @ cost == pytest.approx(found.fun, abs=1e-9)


@given(instance=directives_instances(regions=2, fleet=True), seed=st.integers(0, 99))
def test_the_fewest_gpus_are_enough_and_no_plan_has_fewer_in_any_hour(instance, seed):
    rng = np.random.default_rng(seed)
    busy_s = 3600.0 * rng.choice([0.0, 0.5, 1.0, 2.5], instance.requests.shape)
    gpus = fewest_gpus(instance, busy_s)
    if gpus is None:
        return
    assert kept(instance, busy_s, gpus)
    # The fewest everywhere at once: no plan that keeps the rules has fewer in any hour.
    for _ in range(20):
        other = rng.integers(0, instance.fleet.gpus.max() + 1, gpus.shape)
        if kept(instance, busy_s, other):
            assert (other >= gpus).all()


def kept(instance, busy_s, gpus):
    fleet = instance.fleet
    before = gpus[:, :1] if fleet.initial_gpus is None else fleet.initial_gpus[:, None]
    switched = np.abs(np.diff(gpus, axis=1, prepend=before))
    return ((gpus <= fleet.gpus[:, None]).all() and (busy_s <= 3600 * fleet.utilisation * gpus + 1e-6).all()
            and (fleet.ramp_gpus is None or (switched <= fleet.ramp_gpus).all()))
