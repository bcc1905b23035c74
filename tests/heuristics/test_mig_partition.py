"""Methods for MIG snapshots of some size: near the optimum, within budgets, the same for the same seed."""

from time import perf_counter
from typing import Any

import pytest

import ecoopt
from ecoopt.core.method import Kind
from ecoopt.core.status import Status, Termination
from ecoopt.instances.mig_partition import MigPartitionInstance, generate
from ecoopt.registry import methods

METHODS = methods("mig_partition")
KINDS: dict[str, dict[str, Any]] = {
    "empty": {}, "residents": {"running": 0.6, "reset_cost": 0.02, "pinned": 0.2},
    "blocks": {"geometry": ("A100-40", "H100-80"), "double_memory": True},
    "choice": {"objective": "weighted_stp", "place_all": False, "jobs_per_gpu": 6.0}}


@pytest.fixture(scope="module", params=KINDS)
def snapshot(request: pytest.FixtureRequest) -> MigPartitionInstance:
    return generate(**({"gpus": 12, "jobs_per_gpu": 3.0, "seed": 3} | KINDS[request.param]))


def optimum(instance: MigPartitionInstance) -> float:
    found = ecoopt.solve(instance, "milp")
    assert found.status is Status.OPTIMAL
    assert found.objective is not None
    return found.objective


@pytest.mark.parametrize("objective", ["stp", "weighted_stp", "mean_slowdown", "max_min", "energy"])
@pytest.mark.parametrize("gpus", [10, 300])
def test_greedy_is_within_three_percent_and_local_search_within_half_a_percent(objective: str, gpus: int) -> None:
    instance = generate(gpus=gpus, jobs_per_gpu=3.5, objective=objective, seed=1)
    best = optimum(instance)
    for name, share in (("greedy", 0.03), ("local-search", 0.005), ("annealing", 0.03), ("pso", 0.03)):
        found = ecoopt.solve(instance, name, iterations=3000)
        assert found.objective is not None, name
        assert found.objective >= best - share * abs(best), name


def test_searches_come_near_the_optimum_where_residents_matter() -> None:
    instance = generate(gpus=40, running=0.7, reset_cost=0.02, seed=2)
    best = optimum(instance)
    for name, share in (("greedy", 0.03), ("local-search", 0.005)):
        found = ecoopt.solve(instance, name)
        assert found.objective is not None, name
        assert found.objective >= best - share * abs(best), name
    bound = ecoopt.solve(instance, "lagrangian").bound
    assert bound is not None
    assert best - 1e-6 <= bound <= best * 1.005


def test_a_thousand_gpus_take_no_longer_than_promised() -> None:
    instance = generate(gpus=1000, jobs_per_gpu=4.0)
    best = optimum(instance)
    began = perf_counter()
    again = ecoopt.solve(instance, "milp")
    assert perf_counter() - began < 2
    assert again.bound == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_counts_are_never_exceeded(snapshot: MigPartitionInstance, name: str) -> None:
    for most in (0, 1, 3):
        found = ecoopt.solve(snapshot, name, iterations=most)
        assert found.iterations <= most
        assert found.notes == ()
    for most in (0, 7):
        found = ecoopt.solve(snapshot, name, evaluations=most, time_limit=2.0)
        assert found.evaluations <= most
        assert found.notes == ()


@pytest.mark.parametrize("name", METHODS)
def test_no_time_at_all_ends_at_once(snapshot: MigPartitionInstance, name: str) -> None:
    found = ecoopt.solve(snapshot, name, time_limit=0.0)
    assert found.termination in (Termination.TIME, Termination.PROOF)
    assert found.notes == ()
    assert found.score is None or found.score.feasible


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.kind is not Kind.EXACT])
def test_the_same_seed_gives_the_same_schedule(snapshot: MigPartitionInstance, name: str) -> None:
    one, two = (ecoopt.solve(snapshot, name, iterations=400, seed=5) for _ in range(2))
    assert (one.objective, one.bound, one.iterations) == (two.objective, two.bound, two.iterations)
    assert (one.schedule is None) == (two.schedule is None)
    if one.schedule is not None and two.schedule is not None:
        assert one.schedule.digest == two.schedule.digest


def test_published_rule_loses_a_few_percent_and_says_by_which_objective_it_cuts() -> None:
    instance = generate(gpus=40, jobs_per_gpu=2.0, old_driver=True, seed=2)
    best = optimum(instance)
    published = ecoopt.solve(instance, "miso")
    by_stp = ecoopt.solve(instance, "miso", options={"objective": "stp", "exactly": False})
    assert published.objective is not None
    assert by_stp.objective is not None
    assert published.objective <= by_stp.objective + 1e-9
    assert 0.85 * best <= published.objective <= 0.99 * best
