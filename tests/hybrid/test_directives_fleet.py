"""A fleet's integer program taken apart: the same optimum as HiGHS at once, figures that the referee confirms."""

import re

import numpy as np
import pytest

import ecoopt
from ecoopt.core.status import Status
from ecoopt.hybrid.directives import exact
from ecoopt.registry import family

ZONES = ["GB", "DE-LU", "US-NY-NYIS", "US-TEX-ERCO"]


def fleet(**options):
    given = {"zones": ZONES, "fleet": True, "hours": 30, "loss": 0.05, "hourly_floor": 0.85, "seed": 3}
    return ecoopt.generate("directives", **given | options)


@pytest.fixture(autouse=True)
def _taken_apart(monkeypatch):
    monkeypatch.setattr(exact, "SMALL", 0)


@pytest.mark.parametrize("options", [
    {"requests_per_hour": 2000.0}, {"daily_loss": 0.1, "ramp": 0.1, "spare": 0.1},
    {"ramp": None, "rtt_limit_ms": 20.0}])
def test_a_fleet_taken_apart_and_whole_prove_the_same(options):
    instance = fleet(**options)
    apart = ecoopt.solve(instance, "milp", gap=5e-3, time_limit=20.0)
    whole = ecoopt.solve(instance, "milp", gap=5e-3, options={"decompose": False}, time_limit=20.0)
    for found in (apart, whole):
        assert found.notes == ()
        assert found.score.feasible
        assert found.score.objective == pytest.approx(found.objective, rel=1e-7)
    assert apart.bound <= whole.objective * (1 + 1e-9)
    assert whole.bound <= apart.objective * (1 + 1e-9)
    assert ecoopt.solve(instance, "lp").bound <= apart.bound * (1 + 1e-9)


def test_one_level_for_each_group_is_kept_and_the_start_is_not_worsened():
    instance = fleet(hours=30, zones=ZONES[:3], integer=True, requests_per_hour=3000.0)
    greedy = ecoopt.solve(instance, "greedy")
    found = ecoopt.solve(instance, "milp", gap=0.08, time_limit=20.0, start=greedy)
    assert found.score.feasible
    assert found.objective <= greedy.objective
    assert found.bound >= ecoopt.solve(instance, "lp").bound * (1 - 1e-9)


def test_a_fleet_that_is_too_small_is_proven_infeasible():
    instance = fleet(hours=30, loss=0.0)
    poor = instance.replace(fleet=instance.fleet.replace(gpus=np.ones(len(ZONES), dtype=np.int64)))
    found = ecoopt.solve(poor, "milp")
    assert found.status is Status.INFEASIBLE
    assert all(ecoopt.solve(poor, name, time_limit=2.0).schedule is None for name in ("greedy", "local-search", "pso"))


def test_what_a_fleet_lacks_is_said_in_words_and_adding_it_makes_the_instance_feasible():
    instance = fleet(hours=6, zones=ZONES[:2], loss=0.0, hourly_floor=1.0, ramp=None)
    most = int(instance.fleet.gpus[0])
    poor = instance.replace(fleet=instance.fleet.replace(gpus=np.array([1, 1])))
    lines = family("directives").explain()(poor)
    assert lines
    assert all(re.match(r"region (GB|DE-LU), hour \d: what must be served takes", line) for line in lines)
    assert family("directives").explain()(instance) == []
    still = instance.replace(fleet=instance.fleet.replace(ramp_gpus=0, initial_gpus=np.array([most, 0])))
    assert family("directives").explain()(still)


def test_the_same_seed_and_iterations_give_the_same_schedule():
    instance = fleet(hours=30)
    first, second = (ecoopt.solve(instance, "milp", seed=5, gap=2e-3, iterations=4) for _ in range(2))
    assert first.schedule == second.schedule
    assert first.iterations <= 4
