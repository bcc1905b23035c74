"""Spot fleets: the published example, baselines in order, thousands of intervals, and what policies can and cannot."""

from time import process_time

import numpy as np
import pytest

import ecoopt
from ecoopt.core.status import Status
from ecoopt.instances.llm.distserve import distserve_profile
from ecoopt.instances.spot_parallel import SpotParallelInstance, generate
from ecoopt.instances.spot_parallel.changes import Changes
from ecoopt.instances.spot_parallel.configurations import configurations

GPUS = (24, 20, 20, 16, 12, 12, 16, 24, 28, 28, 20, 16)
LOAD_RPS = (2.2, 2.2, 2.6, 2.6, 2.2, 1.8, 1.8, 2.2, 2.6, 3.0, 2.6, 2.2)


@pytest.fixture(scope="module")
def example():
    profile = distserve_profile("opt-66b")
    return SpotParallelInstance(
        name="example", parent=np.arange(12) - 1, probability=np.ones(12), spot_gpus=np.array(GPUS),
        load_rps=np.array(LOAD_RPS), **configurations(profile, most_gpus=28, off=False),
        spot_usd_per_gpu_h=np.full(12, 0.3), on_demand_usd_per_gpu_h=np.full(12, 0.3), delay_usd_per_request_h=1.0,
        unserved_usd_per_request=200 / 3600, resize_usd=4.0, reshape_usd=12.0, weights_gb=profile.weights_gb,
        gpu_memory_gb=80.0)


def test_the_examples_optimum_is_156_5_and_myopic_choice_costs_186_9(example):
    found = ecoopt.solve(example, "dp")
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(156.48, abs=0.005)
    used = {(int(example.data[c]), int(example.pipeline[c]), int(example.tensor[c])) for c in found.schedule.config}
    assert used == {(1, 1, 8), (2, 1, 8)}
    assert ecoopt.solve(example, "myopic").objective == pytest.approx(186.95, abs=0.005)
    assert ecoopt.solve(example, "flow").objective == pytest.approx(found.objective, rel=1e-9)


def test_one_shape_is_no_better_than_all_and_one_configuration_no_better_than_one_shape(example):
    found = {name: ecoopt.solve(example, name).objective for name in ("dp", "rerouting", "fixed")}
    assert found["dp"] <= found["rerouting"] <= found["fixed"]


def test_thousands_of_intervals_and_sixty_configurations_take_well_under_a_second():
    instance = generate(intervals=4000, machines=6, most_on_demand=4, seed=1)
    began = process_time()
    found = ecoopt.solve(instance, "dp")
    assert process_time() - began < 3.0  # about 0.5 on a machine of its own
    assert found.status is Status.OPTIMAL


def test_a_longer_look_helps_a_rolling_policy_where_changes_are_dear():
    instance = generate(seed=1)
    one, other = (ecoopt.solve(instance, "rolling", horizon=horizon).objective for horizon in (1, 8))
    assert ecoopt.solve(instance, "dp").objective < other < one


def test_a_policy_cut_short_says_where(example):
    found = ecoopt.solve(example, "hysteresis", iterations=3)
    assert found.schedule is None
    assert "cut short at node 3" in found.details["reason"]


@pytest.mark.parametrize("named", [False, True])
def test_what_changes_move_is_worked_out_until_told_to_stop_and_later_to_the_end(named):
    instance = generate(intervals=2, machines=2, bandwidth_gb_per_s=4.0, named=named)
    changes, reasons = Changes(instance), iter([None, None, "time"])
    assert not changes.ready(lambda: next(reasons))
    assert changes.ready(lambda: None)
    assert (changes.least[1] == Changes(instance).least[1]).all()


def test_on_demand_only_says_when_there_are_too_few(example):
    found = ecoopt.solve(example, "on-demand-only")
    assert "not enough on-demand" in found.details["reason"]


def test_a_budget_is_kept_where_it_binds_and_proven_best():
    instance = generate(intervals=24, rent_budget=0.7, seed=2)
    found, free = ecoopt.solve(instance, "milp"), ecoopt.solve(instance.replace(budget_usd=None), "milp")
    assert found.status is Status.OPTIMAL
    assert found.score.terms["rent_usd"].value <= instance.budget_usd * (1 + 1e-9)
    assert free.score.terms["rent_usd"].value > instance.budget_usd
    assert found.objective > free.objective
    for method in ("dp", "greedy", "lagrangian"):
        other = ecoopt.solve(instance, method)
        assert other.score.feasible
        assert found.objective * (1 - 1e-9) <= other.objective <= 1.05 * found.objective


def test_who_knows_the_course_of_events_pays_no_more_than_who_knows_the_tree():
    instance = generate(intervals=8, stages=2, machines=3, seed=4)
    leaves = np.setdiff1d(np.arange(instance.nodes), instance.parent)
    known = 0.0
    for leaf in leaves.tolist():
        course = [leaf]
        while (parent := int(instance.parent[course[0]])) >= 0:
            course.insert(0, parent)
        alone = instance.replace(parent=np.arange(8) - 1, probability=np.ones(8), **{
            name: getattr(instance, name)[course] for name in (
                "spot_gpus", "load_rps", "spot_usd_per_gpu_h", "on_demand_usd_per_gpu_h")})
        known += instance.probability[leaf] * ecoopt.solve(alone, "dp").objective
    tree = ecoopt.solve(instance, "dp").objective
    assert known <= tree + 1e-9
    assert tree <= ecoopt.solve(instance, "rolling").objective + 1e-9
