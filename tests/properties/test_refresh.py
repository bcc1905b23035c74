"""Hardware refresh on random tiny instances: enumeration, integer program, bounds, heuristics and referee agree."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.status import Status
from ecoopt.evaluate.refresh import evaluate
from ecoopt.instances.refresh.tables import tables_of
from ecoopt.testing.refresh import plain_optimum, plain_score, refresh_instances, refresh_schedules

TOLERANCE = 1e-6
HEURISTICS = ("never", "newest", "fixed-years", "break-even", "rolling", "shortest-path", "greedy", "local-search",
              "pso", "lns")


def near(value):
    return pytest.approx(value, rel=TOLERANCE, abs=1e-3)


@given(st.data())
def test_the_referee_says_what_plain_loops_say(data):
    instance = data.draw(refresh_instances())
    schedule = data.draw(refresh_schedules(instance))
    score = evaluate(instance, schedule)
    value, allowed = plain_score(instance, schedule)
    assert score.feasible == allowed
    if allowed:
        assert score.objective == near(value)
        assert tables_of(instance).value(schedule) == near(value)


@given(instance=refresh_instances())
def test_the_integer_program_finds_the_enumerated_optimum_and_no_bound_is_above(instance):
    optimum = plain_optimum(instance)
    found = {name: ecoopt.solve(instance, name, iterations=most) for name, most in (
        ("milp", None), ("lp", None), ("lagrangian", 50))}
    for name, each in found.items():
        assert each.notes == (), name
        assert each.bound is None or each.bound <= optimum + TOLERANCE * max(abs(optimum), 1e3), name
    if math.isinf(optimum):
        assert found["milp"].status is Status.INFEASIBLE
        assert ecoopt.registry.family("refresh").explain()(instance)
        return
    assert found["milp"].objective == near(optimum)
    assert found["milp"].bound == near(optimum)
    assert found["lagrangian"].bound <= found["lp"].bound + TOLERANCE * max(abs(optimum), 1e3)


@given(instance=refresh_instances())
def test_every_schedule_is_accepted_as_claimed_and_none_beats_the_optimum(instance):
    optimum = plain_optimum(instance)
    for name in HEURISTICS:
        found = ecoopt.solve(instance, name, seed=1, iterations=3)
        assert found.notes == (), name
        if found.schedule is not None:
            assert found.score.feasible, name
            assert found.score.objective >= optimum - TOLERANCE * max(abs(optimum), 1e3), name


@settings(max_examples=settings.default.max_examples // 2)
@given(instance=refresh_instances())
def test_a_start_is_never_made_worse(instance):
    begin = ecoopt.solve(instance, "newest")
    if begin.schedule is None:
        return
    for name in ecoopt.registry.methods("refresh"):
        found = ecoopt.solve(instance, name, iterations=2, start=begin)
        assert found.notes == (), name
        assert found.objective <= begin.objective + TOLERANCE * max(abs(begin.objective), 1e3), name
