"""Graph partition, exact side: valid cuts and bounds, starts that are taken, reasons, and budgets that are kept."""

from itertools import product

import numpy as np
import pytest

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.expressions import StoppedError
from ecoopt.formulations.graph_partition import explain
from ecoopt.formulations.graph_partition.one_thread import one_thread
from ecoopt.formulations.graph_partition.pair_cuts import broken_cuts
from ecoopt.formulations.graph_partition.pair_problem import pair_problem
from ecoopt.formulations.graph_partition.partition_model import partition_model
from ecoopt.formulations.graph_partition.relaxation import Relaxation
from ecoopt.formulations.graph_partition.rounding import Rounding
from ecoopt.formulations.graph_partition.size_rows import most_squares, size_rows
from ecoopt.instances.graph_partition import GraphPartitionSchedule, Memory, generate

SMALL = generate(entities=14, devices=3, seed=2)
UNEVEN = generate(entities=9, devices=2, uneven_speed=2.0, forced=1, forbidden=2, seed=3)


def partitions(nodes, parts):
    return (np.array(home) for home in product(range(parts), repeat=nodes))


def test_no_partition_breaks_a_cut():
    rng = np.random.default_rng(1)
    for parts in (2, 3):
        point = rng.uniform(-0.2, 1.2, (7, 7))
        point = (point + point.T) / 2
        np.fill_diagonal(point, 1.0)
        cuts = broken_cuts(point, parts, 500)
        assert len({len(cut.sign) for cut in cuts}) > 2
        for cut in cuts:
            first, second, sign = list(cut.first), list(cut.second), np.array(cut.sign)
            assert sign @ point[first, second] > cut.limit
            for home in partitions(7, parts):
                assert sign @ (home[first] == home[second]) <= cut.limit


@pytest.mark.parametrize("instance", [generate(entities=8, devices=3, edge_load=0.3, seed=1), UNEVEN])
def test_no_partition_in_the_limits_breaks_a_size_row(instance):
    problem = pair_problem(instance)
    rows = size_rows(problem)
    first, second = np.triu_indices(problem.nodes, 1)
    feasible = 0
    for home in partitions(instance.entities, instance.devices):
        loads = np.bincount(home, instance.load, instance.devices)
        off = (home[instance.forced_entity] != instance.forced_device).any() or (
            home[instance.forbidden_entity] == instance.forbidden_device).any()
        if off or (loads > instance.capacity + 1e-9).any():
            continue
        feasible += 1
        of_first = np.concatenate([np.arange(problem.anchors if not instance.forced_entity.size
                                             else instance.devices), home])
        of_node = np.zeros(problem.nodes, np.int64)
        of_node[problem.label] = of_first
        activity = rows.matrix @ (of_node[first] == of_node[second])
        assert (activity <= rows.limit + 1e-9).all()
        assert (np.abs(activity - rows.limit)[rows.equal] <= 1e-9).all()
    assert feasible


def test_filling_the_largest_room_first_gives_the_most_squares():
    rng = np.random.default_rng(0)
    room = np.array([3.0, 5.0, 4.0])
    for _ in range(200):
        loads = rng.uniform(0, room)
        assert (loads ** 2).sum() <= most_squares(room, float(loads.sum())) + 1e-9


@pytest.mark.parametrize("instance", [SMALL, UNEVEN])
def test_a_child_begins_with_its_parents_bound(instance):
    with one_thread():
        _grow_up(Relaxation(pair_problem(instance)))


def _grow_up(relaxation):
    for _ in range(4):
        relaxation.improve(60, lambda: True)
    known = relaxation.problem.decided()
    first, second = (int(node) for node in np.argwhere(np.triu(~known, 1))[-1])
    for follower in (relaxation.problem.merged(first, second), relaxation.problem.separated(first, second)):
        child = relaxation.child(follower, 2e-3)
        child.bound = np.inf
        child.improve(1, lambda: True)
        assert child.bound <= relaxation.bound + 0.05 * abs(relaxation.bound)


@pytest.mark.parametrize("options", [
    {"replication": "halo", "price": 0.5}, {"replication": "selective"}, {"epochs": 2}, {"memory_slack": 0.5},
    {"uneven_speed": 1.5, "forbidden": 1}])
def test_a_schedule_is_a_solution_of_the_program_with_its_value(options):
    instance = generate(entities=7, devices=2, degree=2.0, slack=0.5, seed=4, **options)
    found = ecoopt.solve(instance, "milp")
    assert found.status is Status.OPTIMAL
    model = partition_model(instance)
    x = model.start(found.schedule)
    assert model.linear.violation(x) <= 1e-9
    assert model.linear.objective(x) == pytest.approx(found.objective)
    again = model.start(model.schedule(x))
    assert model.linear.objective(again) == pytest.approx(found.objective)


@pytest.mark.parametrize("method", ["milp", "sdp", "branch-bound", "spectral"])
def test_no_method_is_worse_than_its_start_nor_does_more_than_it_may(method):
    start = ecoopt.solve(SMALL, "branch-bound").schedule
    found = ecoopt.solve(SMALL, method, start=start, iterations=0)
    assert found.iterations == 0
    assert found.schedule == start
    assert found.bound >= found.objective


def test_one_device_keeps_all_and_two_that_cannot_hold_the_graph_keep_nothing():
    alone = generate(entities=20, devices=1)
    for method in ("milp", "branch-bound", "sdp"):
        found = ecoopt.solve(alone, method)
        assert found.status is Status.OPTIMAL
        assert found.objective == alone.total_weight
    tight = SMALL.replace(capacity=[4.0, 4.0, 4.0])
    for method in ("milp", "branch-bound", "sdp"):
        assert ecoopt.solve(tight, method).status is Status.INFEASIBLE


@pytest.mark.parametrize(("changes", "words"), [
    ({"capacity": [4.0, 4.0, 4.0]}, "all entities need 14"),
    ({"forced_entity": [1], "forced_device": [0], "forbidden_entity": [1], "forbidden_device": [0]}, "exclude"),
    ({"load": [9.0] + 13 * [1.0]}, "fits on no device"),
    ({"load": 4 * [3.0] + 10 * [0.0]}, "raise it"),
    ({"memory": Memory(node_gb=1.0, edge_gb=0.0, device_gb=[9.0, 9.0, 9.0])}, "memory: all entities need"),
])
def test_why_there_is_no_schedule_is_told(changes, words):
    lines = explain(SMALL.replace(**changes))
    assert lines
    assert all(words in line for line in lines)


def test_entities_with_the_same_reason_are_told_in_one_line():
    lines = explain(SMALL.replace(capacity=[0.5, 0.5, 0.5]))
    assert lines == ["entities 0, 1, 2, 3, 4 and 9 more fit on no device that they may be on; "
                     "raise capacity or memory there"]


def test_nothing_is_told_of_an_instance_with_schedules():
    assert explain(SMALL) == []


def test_a_graph_too_large_is_said_to_be_so():
    large = generate(entities=5000, devices=8)
    for method in ("milp", "sdp", "branch-bound", "spectral"):
        found = ecoopt.solve(large, method, iterations=1)
        assert found.bound == large.total_weight
        assert "too" in found.details["reason"] or "limit" in found.details["reason"]


@pytest.mark.parametrize("method", ["milp", "sdp", "branch-bound"])
def test_exact_methods_are_no_worse_than_the_search_that_they_begin_with(method):
    instance = generate(entities=20, replication="halo", epochs=2, seed=1)
    search = ecoopt.solve(instance, "multilevel", iterations=1)
    assert ecoopt.solve(instance, method, iterations=1).objective >= search.objective


def test_what_takes_longer_than_the_limit_is_not_begun():
    instance = generate(entities=3000, devices=8)
    found = ecoopt.solve(instance, "spectral", time_limit=0.1)
    assert "more than the limit leaves" in found.details["reason"]
    built = Run(Budget(seconds=0.01))
    with pytest.raises(StoppedError):
        partition_model(instance, run=built)


def test_sdp_is_closer_than_spectral_and_both_hold():
    instance = generate(entities=40, devices=3, seed=6)
    best = ecoopt.solve(instance, "sdp", iterations=6)
    assert best.objective <= best.bound < ecoopt.solve(instance, "spectral").bound
    assert isinstance(best.schedule, GraphPartitionSchedule)


@pytest.mark.parametrize("instance", [SMALL, UNEVEN])
def test_a_partition_in_zeros_and_ones_is_rounded_to_itself(instance):
    rounding, rng = Rounding(instance), np.random.default_rng(3)
    home = ecoopt.solve(instance, "milp").schedule.home[0]
    together = (home[:, None] == home[None, :]).astype(float)
    with_device = None if instance is SMALL else (home[:, None] == np.arange(instance.devices)).astype(float)
    for _ in range(5):
        found = rounding.homes(together, rng, with_device)
        assert ((found[:, None] == found[None, :]) == together).all()
        assert instance is SMALL or (found == home).all()
