"""Laws of the graph partition's fast side: honest, never worse than a start, blind to the future."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ecoopt
from ecoopt.core.budget import Budget
from ecoopt.core.status import Status
from ecoopt.evaluate.graph_partition import evaluate
from ecoopt.heuristics.graph_partition import METHODS
from ecoopt.heuristics.graph_partition.graph import contracted
from ecoopt.heuristics.graph_partition.ground import Ground
from ecoopt.heuristics.graph_partition.refinement import refine
from ecoopt.instances.graph_partition import GraphPartitionInstance
from ecoopt.testing.graph_partition import enumerate_optimum, graph_partition_instances

NAMES = [*(method.name for method in METHODS), "lns"]


def run(instance, method, start=None, iterations=3, seed=0):
    return ecoopt.families()["graph_partition"].methods[method].run(
        instance, budget=Budget(iterations=iterations), start=start, seed=seed)


@settings(max_examples=2 * settings.default.max_examples)
@given(graph_partition_instances(), st.sampled_from(NAMES), st.integers(0, 3))
def test_a_method_keeps_all_limits_scores_as_the_referee_does_and_is_no_better_than_the_optimum(instance, name, seed):
    best = enumerate_optimum(instance)
    found = run(instance, name, seed=seed)
    assert found.status is not Status.INFEASIBLE or best is None
    if found.schedule is not None:
        score = evaluate(instance, found.schedule)
        assert score.violations == ()
        assert found.objective == pytest.approx(score.objective, rel=1e-9, abs=1e-9)
        assert found.objective <= best[0] + 1e-9 * max(abs(best[0]), 1.0)
    else:
        assert found.status is Status.INFEASIBLE or found.details["reason"]


@given(graph_partition_instances(), st.sampled_from(NAMES))
def test_a_method_started_from_the_optimum_keeps_it(instance, name):
    if (best := enumerate_optimum(instance)) is not None:
        found = run(instance, name, start=best[1])
        assert found.objective == pytest.approx(best[0], rel=1e-9, abs=1e-9)
        assert evaluate(instance, found.schedule).violations == ()


@given(graph_partition_instances(entities=8, epochs=1, replication="full"), st.integers(0, 3))
def test_refinement_worsens_neither_limits_nor_weight(instance, seed):
    ground = Ground(instance)
    if ground.impossible:
        return
    graph, rng = ground.graph(), np.random.default_rng(seed)
    home = np.array([rng.choice(np.flatnonzero(row)) for row in graph.allowed])
    before = graph.judged(home)
    left = refine(graph, home, rng.permutation(graph.nodes), int(rng.integers(1, 10)), 3)
    after = graph.judged(home)
    assert left == pytest.approx(-after[0], abs=1e-9)
    assert graph.allowed[np.arange(graph.nodes), home].all()
    assert after[0] >= before[0] - 1e-9
    assert after[0] > before[0] + 1e-9 or after[1] >= before[1] - 1e-9


@given(graph_partition_instances(entities=8, epochs=1, replication="full"), st.integers(0, 3))
def test_a_partition_of_clusters_is_worth_as_much_in_the_graph_of_entities(instance, seed):
    rng = np.random.default_rng(seed)
    graph = Ground(instance).graph()
    graph = graph._replace(bias=rng.integers(0, 3, graph.bias.shape).astype(float))
    label = graph.kind * 10 + rng.integers(0, 3, graph.nodes)
    coarse, cluster, first = contracted(graph, label)
    home = rng.integers(0, graph.parts, coarse.nodes)
    within = graph.weight[cluster[graph.ends()] == cluster[graph.neighbour]].sum() / 2
    assert coarse.value(home) + within == pytest.approx(graph.value(home[cluster]), abs=1e-9)
    assert coarse.excess(home) == pytest.approx(graph.excess(home[cluster]), abs=1e-9)
    assert (coarse.allowed[cluster] == graph.allowed).all()
    assert (cluster[first] == np.arange(coarse.nodes)).all()


@given(graph_partition_instances(entities=8, epochs=1, replication="full"), st.sampled_from(["ldg", "fennel"]),
       st.data())
def test_policies_cannot_read_the_future(instance, name, data):
    n = instance.entities
    now = data.draw(st.integers(0, n))
    lift = data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(lift)
    past = instance.edge_v < now
    u, v = np.triu_indices(n, 1)
    later = (v >= now) & (rng.random(len(u)) < 0.5)
    edge_u, edge_v = (np.append(a[past], b[later]) for a, b in ((instance.edge_u, u), (instance.edge_v, v)))
    weight = np.append(instance.edge_weight[past], rng.integers(1, 9, later.sum()).astype(float))
    order = np.lexsort((edge_v, edge_u))
    loads = np.where(np.arange(n) < now, instance.load, rng.permutation(instance.load) / 2)
    room = instance.capacity + instance.load.sum()
    here = _freed(instance, instance.load, instance.edge_u, instance.edge_v, instance.edge_weight, room)
    there = _freed(instance, loads, edge_u[order], edge_v[order], weight[order], room)
    one, other = run(here, name).schedule, run(there, name).schedule
    assert (one.home[0, :now] == other.home[0, :now]).all()


def _freed(instance, load, edge_u, edge_v, weight, room):
    """Return an instance with other entities and edges and the same room, without further limits."""
    return GraphPartitionInstance(name="stream", load=load, edge_u=edge_u, edge_v=edge_v, edge_weight=weight,
                                  capacity=room, speed=instance.speed)
