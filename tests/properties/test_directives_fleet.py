"""Fleets of generation directives on random tiny instances: enumeration, programs, heuristics and referee agree."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.directives.fleet_model import fleet_model
from ecoopt.formulations.directives.stretches import Stretches
from ecoopt.formulations.highs import solve_lp
from ecoopt.instances.directives.costs import costs_of
from ecoopt.registry import methods
from ecoopt.testing.directives import directives_instances, plain_fleet_optimum

TOLERANCE, MOST_GPUS = 1e-6, 2
HALF = settings(max_examples=settings().max_examples // 2)


def fleets(**sizes):
    drawn = directives_instances(hours=2, regions=2, levels=2, fleet=True, **sizes)
    return drawn.map(lambda one: one.replace(fleet=one.fleet.replace(gpus=np.minimum(one.fleet.gpus, MOST_GPUS))))


@HALF
@given(instance=fleets())
def test_milp_finds_the_enumerated_optimum_and_no_method_beats_it(instance):
    optimum = plain_fleet_optimum(instance)
    slack = TOLERANCE * max(optimum, 1e-3) if math.isfinite(optimum) else 0.0
    for name in methods("directives"):
        found = ecoopt.solve(instance, name, seed=1, time_limit=5.0)
        assert found.notes == (), name
        if math.isinf(optimum):
            assert found.schedule is None, name
            continue
        if found.schedule is not None:
            assert found.score.feasible, name
            assert found.objective >= optimum - slack, name
        if found.bound is not None:
            assert found.bound <= optimum + slack, name
        if name == "milp":
            assert found.objective == pytest.approx(optimum, rel=TOLERANCE, abs=1e-9)
            assert found.status is Status.OPTIMAL
    if math.isinf(optimum):
        assert ecoopt.solve(instance, "milp").status is Status.INFEASIBLE


@given(instance=fleets(), length_h=st.integers(1, 2))
def test_stretches_at_the_prices_of_the_relaxation_prove_a_bound_that_is_no_worse(instance, length_h):
    model = fleet_model(costs_of(instance))
    relaxed, whole = solve_lp(model.linear), ecoopt.solve(instance, "milp")
    if whole.schedule is None:
        return
    priced = Stretches(model.linear, model.column_hour, length_h).priced(relaxed.row_dual, Run(), slack=0.0, seed=0)
    slack = TOLERANCE * max(whole.objective, 1e-3)
    assert priced.bound >= relaxed.objective - slack
    assert priced.bound <= whole.objective + slack
    # Any prices give a bound.
    wild = Stretches(model.linear, model.column_hour, length_h).priced(
        np.resize([1.0, -2.0, 0.5], model.linear.rows), Run(), slack=0.0, seed=0)
    assert wild.bound <= whole.objective + slack


@HALF
@given(instance=fleets(), name=st.sampled_from(("greedy", "local-search", "pso", "milp", "horizon")))
def test_a_start_is_never_made_worse(instance, name):
    begin = ecoopt.solve(instance, "milp")
    if begin.schedule is not None:
        found = ecoopt.solve(instance, name, iterations=2, start=begin)
        assert found.notes == ()
        assert found.objective <= begin.objective * (1 + TOLERANCE) + 1e-9
