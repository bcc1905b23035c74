"""Programs of configurations: the worked example, caps by slack, shards, the frontier, chains, and explanations."""

import numpy as np
import pytest

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.llm_config import exact, explain, frontier
from ecoopt.formulations.llm_config.apart import Pieces
from ecoopt.instances.llm_config import LlmConfigSchedule, cap_factors, illustrative_example
from ecoopt.instances.llm_config.illustrative import A100, illustrative_table
from ecoopt.instances.llm_config.terms import terms_of


def used(instance, schedule):
    """Return the replicas of the first period by name."""
    total = schedule.replicas[0].sum(axis=0)
    return {instance.configurations[k].name: int(total[k]) for k in np.flatnonzero(total)}


@pytest.mark.parametrize("method", ["milp", "whole"])
def test_the_example_takes_least_power_as_the_card_says(method):
    instance = illustrative_example()
    found = ecoopt.solve(instance, method)
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(2573, abs=0.5)
    assert used(instance, found.schedule) == {"65B-8xV100-250W": 5, "65B-4xA100-150W": 2}


@pytest.mark.parametrize("method", ["milp", "whole"])
def test_the_greedy_schedule_is_there_when_time_ends_before_the_program_is_built(method, monkeypatch):
    instance = ecoopt.generate("llm_config", periods=3, v100=32, a100=8)
    built = exact.fleet_model

    def late(terms, run):
        assert run.schedule() is not None
        monkeypatch.setattr(run, "stop", lambda: Termination.TIME)
        return built(terms, run=run)

    monkeypatch.setattr(exact, "fleet_model", late)
    found = ecoopt.solve(instance, method)
    assert found.termination is Termination.TIME
    assert found.objective <= ecoopt.solve(instance, "greedy").objective


def test_the_fewest_gpus_are_forty_and_uncapped_they_take_more_power():
    counted, power = illustrative_example(count_gpus=True), illustrative_example()
    assert ecoopt.solve(counted, "milp").objective == pytest.approx(40)
    replicas, made = np.zeros((1, 1, 6), dtype=int), np.zeros((1, 1, 1, 6))
    index = {one.name: k for k, one in enumerate(power.configurations)}
    for names, watts in ((("65B-4xA100-250W", "65B-4xA100-250W"), 3144),
                         (("65B-4xA100-250W", "65B-4xA100-175W"), 2871)):
        replicas[:], made[:] = 0, 0
        replicas[0, 0, index["65B-8xV100-250W"]] = 4
        for name in names:
            replicas[0, 0, index[name]] += 1
        rates = np.array([one.tokens_per_s for one in power.configurations]) * replicas[0, 0]
        made[0, 0, 0] = 800 * rates / rates.sum()
        schedule = LlmConfigSchedule(replicas=replicas, tokens_per_s=made)
        score = ecoopt.evaluate(power, schedule)
        assert score.feasible
        assert score.objective == pytest.approx(watts, abs=0.5)
        assert ecoopt.evaluate(counted, schedule).objective == pytest.approx(40)


@pytest.mark.parametrize("length", [512, 1024])
@pytest.mark.parametrize(("slack", "cap_w"), [(1.05, 250), (1.08, 175), (1.21, 175), (1.22, 150), (1.5, 150)])
def test_a_cap_of_150_watts_is_chosen_exactly_when_slack_allows(length, slack, cap_w):
    table = tuple(one for one in illustrative_table(batches=(64,), lengths=(length,)) if one.gpu == A100
                  and one.model == "LLaMA-65B")
    base_s = next(one.latency_s for one in table if one.cap_w == 250)
    example = illustrative_example(demand_tokens_per_s=190.0)
    asked = example.classes[0].replace(max_latency_s=slack * base_s)
    instance = example.replace(configurations=table, classes=(asked,))
    assert cap_factors(150, length).time < 1.22
    for method in ("milp", "slack-cap", "min-energy"):
        (name,) = used(instance, ecoopt.solve(instance, method).schedule)
        assert name.endswith(f"{cap_w}W"), method


@pytest.mark.parametrize("demand", [50.0, 300.0, 700.0])
def test_more_shards_are_never_chosen_for_energy_alone(demand):
    instance = illustrative_example(demand_tokens_per_s=demand, v100=512, a100=0)
    for method in ("milp", "min-energy"):
        assert set(used(instance, ecoopt.solve(instance, method).schedule)) == {"65B-8xV100-250W"}


def test_the_frontier_falls_with_latency_and_every_point_is_proven():
    points = frontier(illustrative_example())
    assert [round(point.carbon_g) for point in points] == [2573, 2873, 3073, 3399]
    assert all(point.carbon_g == pytest.approx(point.bound_g) for point in points)
    latencies = [point.latency_s for point in points]
    assert latencies == sorted(latencies, reverse=True)
    assert len(frontier(illustrative_example(demand_tokens_per_s=1e6))) == 0


def test_with_starts_the_frontier_is_proven_too():
    instance = ecoopt.generate("llm_config", zones=["GB"], periods=2, classes=1, v100=16, a100=8, seed=2)
    points = frontier(instance)
    assert points[0].carbon_g == pytest.approx(ecoopt.solve(instance, "milp").objective)
    assert all(point.carbon_g == pytest.approx(point.bound_g, rel=1e-6) for point in points)


def test_a_core_proves_no_more_than_its_width_and_all_of_it_when_it_is_wide():
    instance = ecoopt.generate("llm_config", zones=["GB"], periods=1, start_j_per_gpu=0.0, seed=3)
    model = exact.begin(terms_of(instance), Run(), None)
    pieces = Pieces(model, 0)
    relaxed, best = pieces.relaxed(0), ecoopt.solve(instance, "whole").objective
    for width in (0.0, 1.0, 5.0, 50.0):
        found, bound = pieces.solve(0, relaxed, Run(Budget(seconds=60)), gap=0.0, seconds=60.0, width=width)
        assert relaxed.bound <= bound <= best * (1 + 1e-7)
        if found.objective is not None and found.objective <= relaxed.bound + width:
            assert bound == pytest.approx(best)


def test_a_chain_proves_more_than_the_relaxation():
    instance = ecoopt.generate("llm_config", zones=["GB"], periods=4, classes=2, v100=32, a100=8, seed=4)
    found, relaxed = ecoopt.solve(instance, "milp"), ecoopt.solve(instance, "lp")
    whole = ecoopt.solve(instance, "milp", options={"decompose": False})
    assert found.objective == pytest.approx(whole.objective, rel=1e-6)
    assert relaxed.bound < found.bound <= found.objective * (1 + 1e-9)


def test_it_is_said_why_there_is_no_schedule():
    example = illustrative_example()
    asked = example.classes[0]
    late = example.replace(classes=(asked.replace(max_latency_s=1.0),))
    assert explain(late) == [
        "class all: no configuration that keeps the other wishes keeps its max_latency_s; change it"]
    many = explain(illustrative_example(demand_tokens_per_s=2000.0))
    assert len(many) == 1
    assert many[0].startswith("period 0, class all: ")
    nowhere = explain(illustrative_example(v100=0, a100=0))
    assert nowhere == ["class all: no site has the GPUs and the power for a replica that would do; add some"]
    assert explain(example) == []
    for instance in (late, illustrative_example(v100=0, a100=0)):
        assert ecoopt.solve(instance, "milp").status is Status.INFEASIBLE
    idle = illustrative_example(demand_tokens_per_s=0.0, v100=0, a100=0)
    assert ecoopt.solve(idle, "milp").objective == 0.0
    assert ecoopt.solve(idle, "greedy").objective == 0.0


def test_a_program_that_would_be_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(exact, "MOST_COLUMNS", 3)
    with pytest.raises(InputError, match="its program would have 12 columns"):
        ecoopt.solve(illustrative_example(), "whole")
