"""Phase-split programs: the published figures, aggregation, and what joined hours gain."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.status import Status
from ecoopt.evaluate.phase_split import evaluate
from ecoopt.formulations.phase_split.projected_model import Projection
from ecoopt.formulations.phase_split.relaxation import models_of
from ecoopt.formulations.phase_split.split_model import split_model
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.instances.phase_split import generate
from ecoopt.instances.phase_split.routing import arrays_of
from ecoopt.registry import method


@pytest.mark.parametrize(("workload", "rate", "relaxed", "best"), [
    ("code", 10.0, 11.95, 13.26), ("code", 70.0, 83.65, 84.66), ("conversation", 10.0, 17.32, 20.23),
    ("conversation", 70.0, 121.22, 124.10)])
def test_the_reference_figures_are_reached(workload, rate, relaxed, best):
    instance = generate(workload=workload, rate_per_s=rate)
    found = method("phase_split", "milp").run(instance)
    assert found.status is Status.OPTIMAL
    assert found.objective / 8 == pytest.approx(best, abs=0.005)
    assert method("phase_split", "lp").run(instance).bound / 8 == pytest.approx(relaxed, abs=0.005)
    prompts, tokens = found.schedule.machines.sum(axis=(0, 2, 3))
    assert prompts > 4 * tokens if workload == "code" else tokens > prompts


def test_classes_that_differ_by_a_factor_are_one():
    instance = generate()
    model = split_model(instance, np.array([0]), coupled=False)
    tokens = next(work for role, work in model.works.items() if role == 1)
    assert len(tokens.takes) == 1
    assert len(model.tables.merged.takes) < len(instance.classes)


@pytest.mark.parametrize("options", [
    {"mode": "mixed", "buckets": 3}, {"mode": "node", "buckets": 3}, {"wait_probability": 0.3, "buckets": 3},
    {"zones": ["GB", "KR"], "hours": 2, "start_min": 20.0, "buckets": 3, "owned": True},
    {"link_gb_per_s": 1.0, "buckets": 3}])
def test_a_schedule_is_a_solution_of_the_model(options):
    instance = generate(machines=["a100", "h100"], rate_per_s=6.0, **options)
    schedule = method("phase_split", "greedy").run(instance).schedule
    units, share = arrays_of(schedule)
    models = models_of(instance)
    for model in models:
        x = model.solution(units[model.periods], share[model.periods])
        assert x is not None
        assert model.model.violation(x) < 2e-6
        count, _ = model.schedule_arrays(x)
        assert np.array_equal(count, units[model.periods])


def test_machines_bought_once_are_fewer_than_the_hours_alone_would_have():
    options = {"hours": 2, "scenarios": 2, "machines": ["a100", "h100"], "buckets": 3, "rate_per_s": 8.0, "seed": 2}
    bought = ecoopt.solve(generate(owned=True, objective="carbon", **options), "milp")
    assert bought.status is Status.OPTIMAL
    apart = ecoopt.solve(generate(objective="carbon", **options), "milp")
    both = ecoopt.evaluate(generate(owned=True, objective="carbon", **options), apart.schedule)
    assert bought.objective <= both.objective + 1e-9


def test_rounding_up_is_mended_where_it_passes_the_inventory():
    instance = generate(rate_per_s=20.0, inventory=3, machines=["a100", "h100", "a100/4"], seed=1)
    found = ecoopt.solve(instance, "round-up")
    if found.schedule is not None:
        assert found.score.feasible
        assert found.bound <= found.objective


def test_it_is_explained_which_classes_are_late_and_which_hours_have_too_little():
    from ecoopt.formulations.phase_split import explain

    assert "no pool serves it in time" in explain(generate(first_token_limit_s=0.05))[0]
    assert "can be served at most" in explain(generate(inventory=1, rate_per_s=50.0))[0]
    assert explain(generate()) == []


@pytest.fixture(scope="module")
def joined():
    return generate(hours=6, zones=["GB", "KR"], machines=["a100", "h100"], buckets=3, rate_per_s=12.0, start_min=30.0,
                    objective="carbon", seed=3)


def test_priced_hours_prove_more_than_the_relaxation_and_no_more_than_the_program(joined):
    best = method("phase_split", "milp").run(joined)
    assert best.status is Status.OPTIMAL
    priced = method("phase_split", "lagrangian").run(joined, budget=Budget(iterations=6), options={"hour_gap": 0.0})
    relaxed = method("phase_split", "lp").run(joined)
    assert relaxed.bound < priced.bound <= best.objective * (1 + 1e-9)
    assert priced.objective >= best.objective * (1 - 1e-9)
    assert evaluate(joined, priced.schedule).feasible


def test_a_row_of_prices_holds_for_units_that_can_do_the_work_and_not_for_those_that_cannot(joined):
    ground, projection = Ground(joined), Projection(joined, np.arange(6), coupled=True)
    units, _ = arrays_of(method("phase_split", "greedy").run(joined).schedule)
    fewer = np.maximum(units - 1, 0)
    assert not ground.can(ground.needs[0], fewer[0])
    assert projection.learn(0, projection.routed(0, projection.tables.capacity(fewer[0])).prices)
    model, columns = projection.model()
    good, bad = (projection.solution(model, columns, each) for each in (units, fewer))
    assert model.violation(good) < 1e-7 < model.violation(bad)
    assert np.array_equal(projection.counts(columns, good), units)
    assert projection.solution(model, columns, units + projection.tables.most) is None


def test_with_little_time_there_is_the_greedy_and_a_bound():
    instance = generate(hours=5, machines=["a100", "h100"], buckets=3, rate_per_s=20.0, objective="carbon",
                        start_min=10.0, seed=1)
    found = ecoopt.solve(instance, "milp", iterations=1)
    assert found.score.feasible
    assert found.bound <= found.objective
    assert found.iterations <= 1
