"""The fast methods of the graph partition one by one: what each promises beyond what all do."""

import sys
from itertools import pairwise

import numpy as np
import pytest

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Termination
from ecoopt.heuristics.graph_partition import multilevel as multilevel_module
from ecoopt.heuristics.graph_partition.graph import Graph
from ecoopt.heuristics.graph_partition.ground import Ground
from ecoopt.heuristics.graph_partition.halving import halved
from ecoopt.heuristics.graph_partition.heaps import NONE, Heaps, push, take
from ecoopt.heuristics.graph_partition.levels import coarsened, cycle
from ecoopt.heuristics.graph_partition.rounds import assign
from ecoopt.instances.graph_partition import generate, read_reference

CUTS = {"graph-24-2": 41, "graph-40-2": 53, "graph-40-4": 133, "graph-60-2": 82, "graph-60-4": 173}


def solved(instance, method, **arguments):
    return ecoopt.solve(instance, method, **arguments)


@pytest.fixture(scope="module")
def middle():
    return generate(entities=400, devices=4, seed=2)


def test_a_heap_gives_its_largest_first_also_when_others_are_taken_out():
    rng = np.random.default_rng(0)
    heaps = Heaps(np.full(2, NONE), rng.random(60), *(np.empty(60, np.int64) for _ in range(3)))
    for v in range(60):
        push(heaps, v % 2, v)
    for v in range(0, 60, 7):
        take(heaps, v % 2, v)
    taken = []
    while heaps.root[0] >= 0:
        taken.append(int(heaps.root[0]))
        take(heaps, 0, taken[-1])
    assert sorted(taken) == [v for v in range(0, 60, 2) if v % 7]
    assert all(heaps.key[a] >= heaps.key[b] for a, b in pairwise(taken))


def test_clusters_stay_within_barriers_kinds_and_their_share_of_room(middle):
    rng = np.random.default_rng(0)
    graph = Ground(middle).graph()
    graph = graph._replace(kind=rng.integers(0, 2, graph.nodes))
    barrier = rng.integers(0, 2, graph.nodes)
    levels, coarse, coarse_barrier = coarsened(graph, rng, barrier, 60)
    cluster = np.arange(graph.nodes)
    for _, step in levels:
        cluster = step[cluster]
    assert coarse.nodes < graph.nodes / 2
    assert (coarse_barrier[cluster] == barrier).all()
    assert (coarse.kind[cluster] == graph.kind).all()
    assert coarse.need[:, 0].max() <= graph.room[:, 0].min() / 4


def test_a_cycle_from_a_partition_ends_no_worse(middle):
    graph, rng = Ground(middle).graph(), np.random.default_rng(0)
    home = cycle(graph, rng)
    other = cycle(graph, rng)
    for found in (cycle(graph, rng, home), cycle(graph, rng, home, other)):
        assert graph.judged(found) >= graph.judged(home)


def test_halves_keep_the_room_of_their_parts_and_leave_each_its_share(middle):
    graph = Ground(middle.replace(capacity=np.array([40.0, 200.0, 100.0, 80.0]))).graph()
    rooms = []

    def split(two):
        rooms.append(two.room[:, 0])
        home = np.full(two.nodes, -1, np.int64)
        assert assign(two, home, np.arange(two.nodes), 1.0, 1.0, 0.0, 1.5)
        return home

    home = halved(graph, split)
    assert graph.excess(home) == 0
    assert rooms[0].sum() == pytest.approx(400 * np.sqrt(420 / 400))
    assert rooms[0][0] / rooms[0][1] == pytest.approx(240 / 180)


def test_a_large_graph_is_partitioned_through_a_small_one(middle, monkeypatch):
    monkeypatch.setattr(multilevel_module, "SMALL", 330)
    found = solved(middle, "multilevel", iterations=6, seed=1)
    assert found.score.feasible
    assert found.iterations == 6
    assert found.objective >= 0.9 * solved(middle, "kernighan-lin").objective


def test_the_order_of_methods_by_quality_is_that_of_the_field(middle):
    value = {name: solved(middle, name, iterations=12, seed=1).objective
             for name in ("random", "ldg", "fennel", "label-propagation", "kernighan-lin", "greedy", "multilevel")}
    assert value["random"] < min(value["ldg"], value["fennel"], value["label-propagation"])
    assert value["multilevel"] >= max(value.values())
    assert value["multilevel"] >= value["kernighan-lin"] * 1.01


def test_devices_without_slack_are_filled_by_swaps():
    instance = generate(entities=64, devices=4, slack=0.0, seed=3)
    for method in ("greedy", "multilevel", "annealing"):
        found = solved(instance, method, iterations=300, seed=1)
        assert found.score.feasible
        assert (np.bincount(found.schedule.home[0]) == 16).all()


def test_more_epochs_cover_more_and_a_second_random_draw_sees_other_edges():
    instance = generate(entities=60, devices=4, epochs=3, seed=1)
    for method in ("random", "multilevel"):
        figures = solved(instance, method, iterations=60, seed=1).score.terms
        assert figures["coverage"].value > 1.3 * figures["kept_share"].value


@pytest.mark.parametrize(("name", "cut"), CUTS.items())
def test_the_best_known_cuts_are_found_at_once(shared_data, name, cut):
    instance = read_reference(shared_data.parent / "reference" / "graph_partition.json.gz", name=name)
    solved(instance, "local-search", iterations=1)  # compilation
    found = solved(instance, "local-search", seed=0)
    assert found.score.terms["cut_weight"].value <= cut
    assert found.cpu_s < 2
    assert solved(instance, "multilevel", seed=0).score.terms["cut_weight"].value <= cut


def test_metis_is_within_a_few_percent_or_says_what_it_needs(middle):
    found = solved(middle, "metis")
    if "reason" in found.details:
        assert "pip install" in found.details["reason"]
    else:
        assert found.objective <= 1.03 * solved(middle, "multilevel", iterations=12).objective


def test_without_pymetis_metis_names_the_extra(middle, monkeypatch):
    monkeypatch.setitem(sys.modules, "pymetis", None)
    found = solved(middle, "metis")
    assert found.schedule is None
    assert found.details["reason"] == "needs the package pymetis; install it: pip install 'ecoopt[metis]'"


def test_a_graph_too_large_for_kernighan_and_lin_is_not_tried(middle):
    found = solved(middle, "kernighan-lin", options={"most_entities": 399})
    assert found.schedule is None
    assert "more than 399 entities" in found.details["reason"]


def test_what_has_no_room_is_told_as_infeasible():
    instance = generate(entities=12, devices=3).replace(capacity=np.full(3, 3.0))
    for method in ("greedy", "pso"):
        found = solved(instance, method)
        assert found.status.value == "infeasible"
        assert found.termination is Termination.PROOF


def test_a_method_out_of_time_returns_what_it_has():
    instance = generate(entities=3000, devices=4, seed=1)
    for name in ("multilevel", "local-search", "annealing", "label-propagation", "kernighan-lin"):
        method = ecoopt.families()["graph_partition"].methods[name]
        found = method.run(instance, budget=Budget(seconds=0.02))
        assert found.schedule is not None, name


def test_a_graph_knows_its_ends_and_its_excess():
    graph = Graph(np.array([0, 1, 2]), np.array([1, 0]), np.full(2, 2.0), np.ones((2, 1)), np.array([[1.0], [2.0]]),
                  np.ones((2, 2), bool), np.zeros((2, 2)), np.ones(2), np.zeros(2, np.int64))
    assert graph.ends().tolist() == [0, 1]
    assert graph.judged(np.array([1, 1])) == (0.0, 2.0)
    assert graph.judged(np.array([0, 0])) == (-0.5, 2.0)
    assert graph.judged(np.array([0, 1])) == (0.0, 0.0)


def test_a_run_that_is_over_before_it_begins_returns_the_start(middle):
    start = solved(middle, "ldg").schedule
    run = Run(Budget(iterations=0), sense=Sense.MAX)
    found = multilevel_module.multilevel(middle, run, seed=0, start=start)
    assert found.schedule == start
    assert found.iterations == 0
