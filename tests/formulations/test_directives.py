"""Programs of generation directives against the exact algorithms: hours by themselves, horizons, evaluations."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.core.status import Status
from ecoopt.formulations.directives.exact import program
from ecoopt.formulations.highs import ModelBuilder, solve_lp
from ecoopt.instances.directives.beliefs import cheapest_evaluations
from ecoopt.instances.directives.costs import costs_of
from ecoopt.instances.directives.mixes import cheapest_mix


def test_ten_thousand_hourly_programs_in_one_are_the_closed_form():
    rng = np.random.default_rng(0)
    hours, levels = 10_000, 3
    # Three digits give ties, and levels that are dominated.
    cost, quality = rng.uniform(0.001, 1.0, (hours, levels)).round(3), rng.uniform(0, 1, (hours, levels)).round(3)
    floor = quality.min(axis=1) + rng.random(hours) * np.ptp(quality, axis=1)
    share = cheapest_mix(cost, quality, floor)
    builder = ModelBuilder()
    x = builder.add_columns("x", (hours, levels), cost=cost, upper=1.0)
    whole = builder.add_rows("whole", hours, lower=1.0, upper=1.0)
    builder.add_terms(whole[:, None], x, 1.0)
    good = builder.add_rows("good", hours, lower=floor)
    builder.add_terms(good[:, None], x, quality)
    found = solve_lp(builder.model())
    own, solver = (cost * share).sum(axis=1), (cost * found.x[x]).sum(axis=1)
    assert ((share > 0).sum(axis=1) <= 2).all()
    assert ((share * quality).sum(axis=1) >= floor - 1e-12).all()
    assert np.abs(own - solver).max() <= 1e-9


@pytest.mark.parametrize("options", [
    {"hours": 8760, "loss": 0.04}, {"hours": 1000, "loss": 0.02, "daily_loss": 0.06, "hourly_floor": 0.8},
    {"hours": 500, "class_aware": True, "tolerance": 0.1, "loss": 0.03}])
def test_sorted_edges_solve_the_linear_program(options):
    instance = ecoopt.generate("directives", seed=5, **options)
    own, solver = (ecoopt.solve(instance, name) for name in ("horizon", "lp"))
    assert own.status is solver.status is Status.OPTIMAL
    assert own.objective == pytest.approx(solver.objective, rel=1e-9)
    parted = ((own.schedule.share > 0) & (own.schedule.share < 1)).any(axis=(3, 4)).sum()
    if "tolerance" not in options and "hourly_floor" not in options:
        assert parted <= 1


def test_the_cheapest_path_is_what_the_program_of_evaluations_finds():
    instance = ecoopt.generate("directives", hours=60, evaluator=True, tolerance=0.3, loss=None, seed=3)
    instance = instance.replace(evaluator=instance.evaluator.replace(most_gap_h=20))
    own = ecoopt.solve(instance, "horizon")
    relaxed = solve_lp(program(costs_of(instance)).linear)
    assert own.status is Status.OPTIMAL
    # The relaxation is a path's, and so has whole evaluations: it proves the same.
    assert relaxed.objective == pytest.approx(own.objective, rel=1e-9)
    sprout = ecoopt.solve(instance, "sprout")
    assert own.objective < sprout.objective


def test_prices_of_windows_leave_little_open_beside_an_evaluator():
    instance = ecoopt.generate("directives", hours=72, evaluator=True, tolerance=0.4, loss=0.02, seed=1)
    instance = instance.replace(evaluator=instance.evaluator.replace(most_gap_h=24))
    own, exact = (ecoopt.solve(instance, name, time_limit=20) for name in ("horizon", "milp"))
    assert own.gap <= 0.01
    assert exact.objective <= own.objective * (1 + 1e-9)
    assert exact.bound >= own.bound * (1 - 1e-9)


def test_one_level_an_hour_costs_no_more_than_an_hour():
    split = ecoopt.generate("directives", hours=400, loss=0.05, seed=2)
    whole = split.replace(integer=True)
    bound, own, exact = (ecoopt.solve(one, name) for one, name in (
        (split, "horizon"), (whole, "horizon"), (whole, "milp")))
    dearest = float((split.requests[0] * costs_of(split).home_g[0, :, 0].max(axis=1)).max())
    assert bound.objective <= exact.objective <= own.objective <= bound.objective + dearest
    assert own.bound == pytest.approx(bound.objective, rel=1e-12)
    assert exact.status is Status.OPTIMAL


def test_evaluations_far_apart_cost_less_and_the_path_keeps_its_gaps():
    instance = ecoopt.generate("directives", hours=200, evaluator=True, loss=None, seed=6)
    hours, _ = cheapest_evaluations(costs_of(instance), np.zeros(200))
    # With no rule there is nothing to know: as few as may be, where the grid is clean.
    assert len(hours) == 3
    assert hours[0] == 0
    assert (np.diff(hours) <= 72).all()
    assert 200 - hours[-1] <= 72


def test_a_program_closes_what_prices_leave_open_and_its_solutions_are_schedules():
    instance = ecoopt.generate("directives", hours=30, evaluator=True, integer=True, tolerance=0.3, loss=0.03, seed=2)
    instance = instance.replace(evaluator=instance.evaluator.replace(most_gap_h=12))
    own, exact = (ecoopt.solve(instance, name) for name in ("horizon", "milp"))
    assert 0 < own.gap < 0.002
    assert exact.status is Status.OPTIMAL
    model = program(costs_of(instance))
    x = model.solution(exact.schedule)
    assert model.linear.objective(x) == pytest.approx(exact.objective, rel=1e-12)
    assert model.schedule(x) == exact.schedule


def test_a_program_that_is_too_large_is_not_built():
    instance = ecoopt.generate("directives", hours=5000, evaluator=True, tolerance=0.1, loss=None, seed=1)
    with pytest.raises(InputError, match="1080000 columns"):
        program(costs_of(instance))
    split = instance.replace(integer=True, windows=({"start_h": 0, "end_h": 5000, "loss": 0.05},))
    found = ecoopt.solve(split, "milp", iterations=2)
    assert found.notes == ()
    assert found.bound is not None


def test_an_instance_is_always_feasible_and_says_so():
    instance = ecoopt.generate("directives", hours=5, seed=1)
    assert "always feasible" in ecoopt.registry.family("directives").explain()(instance)
