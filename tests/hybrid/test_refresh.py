"""Hardware refresh by integer programs: bounds of prices, rounding, windows, and what is said to be lacking."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.run import Run
from ecoopt.formulations.refresh.fleet_model import fleet_model
from ecoopt.formulations.refresh.priced import PricedFleet
from ecoopt.formulations.refresh.relaxation import relaxed
from ecoopt.hybrid.refresh import windows
from ecoopt.hybrid.refresh.rounding import rounded
from ecoopt.instances.refresh import generate
from ecoopt.instances.refresh.tables import tables_of
from ecoopt.registry import family


@pytest.mark.parametrize("options", [{}, {"budget": 0.02}, {"idle_w": 0.0, "horizon_end": "credit"},
                                     {"second_life": 0.8, "homes": "moving", "purchases": None}])
def test_the_prices_of_the_relaxation_prove_its_value_and_rounding_comes_near_it(options):
    tables = tables_of(generate(sites=2, periods=8, gpus=2000, release_every=3, generations=4, seed=3, **options))
    model, run = fleet_model(tables), Run()
    found = relaxed(model, run, seed=0)
    assert run.bound == pytest.approx(found.objective, rel=1e-7)
    assert run.bound <= found.objective * (1 + 1e-9)
    plan = rounded(tables, *model.counts(found.x), run)
    assert plan.value() == pytest.approx(run.objective)
    assert run.gap < 0.01
    assert model.linear.violation(model.solution(plan.schedule())) < 1e-6


def test_any_prices_are_a_bound():
    tables = tables_of(generate(sites=2, periods=6, gpus=30, budget=0.05, seed=2))
    optimum = ecoopt.solve(tables.instance, "milp").objective
    priced, rng = PricedFleet(tables), np.random.default_rng(0)
    for _ in range(20):
        prices = np.minimum(rng.exponential(1000.0, priced.size), priced.upper)
        assert priced.ask(prices).value <= optimum


def test_the_slope_of_the_dual_function_is_one():
    tables = tables_of(generate(sites=2, periods=6, gpus=30, budget=0.05, second_life=0.5, seed=2))
    priced, rng = PricedFleet(tables), np.random.default_rng(1)
    for _ in range(20):
        one, other = (np.minimum(rng.exponential(1000.0, priced.size), priced.upper) for _ in range(2))
        here, there = priced.ask(one), priced.ask(other)
        assert there.value <= here.value + float(here.subgradient @ (other - one)) + 1e-6 * abs(here.value)


def test_windows_are_searched_where_the_program_is_large(monkeypatch):
    instance = generate(sites=2, periods=6, gpus=40, seed=5)
    monkeypatch.setattr("ecoopt.hybrid.refresh.exact.SMALL", 0)
    monkeypatch.setattr(windows, "SETTINGS", windows.LnsSettings(columns=60, fewest=20, most=200, patience=2))
    found = ecoopt.solve(instance, "milp", iterations=60)
    assert found.notes == ()
    assert found.gap < 1e-3


def test_what_is_lacking_is_said():
    instance = generate(sites=2, periods=4, gpus=30, growth=3.0, purchases=0.0, seed=1)
    assert ecoopt.solve(instance, "milp").status == "infeasible"
    lines = family("refresh").explain()(instance)
    assert lines
    assert all("raise most_purchases" in line for line in lines)
    poor = generate(sites=2, periods=4, gpus=30, growth=3.0, purchases=None, budget=0.0, seed=1)
    assert any("money lacks" in line or "work lacks" in line for line in family("refresh").explain()(poor))
