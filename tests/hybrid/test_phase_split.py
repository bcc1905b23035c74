"""Phase-split programs: the published figures, aggregation, and what joined hours gain."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.status import Status
from ecoopt.formulations.phase_split.relaxation import models_of
from ecoopt.formulations.phase_split.split_model import split_model
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
