"""Graph partition: what an instance refuses, what is read, drawn and derived, and how many devices there should be."""

import json

import networkx
import numpy as np
import pytest

import ecoopt
from ecoopt.core.errors import InputError
from ecoopt.evaluate.graph_partition import evaluate
from ecoopt.instances.graph_partition import (
    GraphPartitionInstance,
    GraphPartitionSchedule,
    Memory,
    adjacency,
    balanced_capacity,
    from_networkx,
    generate,
    least_devices,
    read_edge_list,
    read_reference,
    resources,
    scan_devices,
)


def small(**changes):
    content = {"name": "small", "load": [1.0, 1.0, 2.0], "edge_u": [0, 0, 1], "edge_v": [1, 2, 2],
               "edge_weight": [3.0, 1.0, 2.0], "concepts": 2, "link_entity": [0, 1], "link_concept": [1, 0],
               "link_relation": [0, 1], "relations": ("genre", "mood"), "capacity": [3.0, 2.0], "speed": [2.0, 1.0]}
    return GraphPartitionInstance.from_content(content | changes, "small")


@pytest.mark.parametrize(("changes", "complaint"), [
    ({"edge_v": [1, 2]}, "edge_v has 2 entries"), ({"edge_v": [0, 2, 2]}, "not below edge_v"),
    ({"edge_u": [0, 1, 0], "edge_v": [1, 2, 2]}, "not in order"), ({"edge_v": [1, 2, 7]}, "names 7 of 3 entities"),
    ({"link_concept": [1, 9]}, "names 9 of 2 concepts"), ({"link_relation": [1, 2]}, "names 2 of 2 relations"),
    ({"relations": ("genre", "genre")}, "not distinct"), ({"speed": [1.0]}, "speed has 1 entries"),
    ({"forced_entity": [0], "forced_device": [2]}, "names 2 of 2 devices"),
    ({"forced_entity": [0, 0], "forced_device": [0, 1]}, "forced entities repeat"),
    ({"link_entity": [0, 0], "link_concept": [1, 1]}, "semantic edges repeat"), ({"copy_price": 1.0}, "copy_price"),
    ({"everywhere": [0]}, "everywhere says nothing"), ({"edge_weight": [0.0, 1.0, 1.0]}, "must be > 0"),
    ({"memory": {"node_gb": 1.0, "edge_gb": 0.0, "device_gb": [1.0]}}, "device_gb has 1 entries"),
    ({"entity_names": ("a",)}, "entity_names has 1 entries"), ({"load": [1e13, 1.0, 1.0]}, "keep it within 1e"),
    ({"load": []}, "0 entities"),
])
def test_a_wrong_instance_is_refused_with_the_field(changes, complaint):
    with pytest.raises(InputError, match=complaint):
        small(**changes)


def test_all_problems_are_told_at_once():
    with pytest.raises(InputError) as caught:
        small(edge_v=[1, 2], speed=[1.0], link_concept=[0])
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("columns", [
    {"copy_epoch": [0], "copy_entity": [0]}, {"place_epoch": [0, 0], "place_concept": [1, 1], "place_device": [0, 0]}])
def test_a_schedule_with_uneven_or_repeated_rows_is_refused(columns):
    with pytest.raises(InputError, match=r"differ in length|repeat"):
        GraphPartitionSchedule.from_content({"home": [[0]]} | columns, "schedule")


def test_the_generator_tells_all_wrong_arguments():
    with pytest.raises(InputError) as caught:
        generate(entities=0, devices=0, weights="heavy", replication="some", most_copies=1, slack=-1.0, seed=-1,
                 name="", forced=2, forbidden=1, link_weight=-1.0, communities=0)
    assert len(caught.value.problems) == 10


@pytest.mark.parametrize("options", [
    {}, {"weights": "pareto"}, {"weights": "one", "external": 1.0}, {"entities": 1, "devices": 1}, {"concepts": 0},
    {"inside": 0.0},
    {"replication": "halo", "memory_slack": 0.1, "relation_slack": 0.2, "forced": 2, "forbidden": 3, "epochs": 2},
    {"replication": "selective", "memory_slack": 0.1, "uneven_speed": 3.0, "edge_load": 0.2}])
def test_what_is_drawn_is_an_instance_and_most_weight_lies_within_communities(options):
    instance = generate(seed=3, **options)
    assert instance.digest == generate(seed=3, **options).digest
    if not options:
        assert instance.digest != generate(seed=4).digest
        assert 200 < instance.edges < 6 * 60


def test_an_edge_list_is_read_with_its_links(tmp_path):
    (tmp_path / "e.csv").write_text("# a graph\na,b,2\nb c\nc a 1.5\nb a 1\nc c\n")
    (tmp_path / "l.csv").write_text("a drama genre\nd dark mood\na drama genre\n")
    found = read_edge_list(tmp_path / "e.csv", tmp_path / "l.csv", devices=2, slack=0.5)
    assert found.entity_names == ("a", "b", "c", "d")
    assert list(zip(found.edge_u, found.edge_v, found.edge_weight, strict=True)) == [(0, 1, 3), (0, 2, 1.5), (1, 2, 1)]
    assert (found.links, found.relations, found.capacity.tolist()) == (2, ("genre", "mood"), [3.0, 3.0])


def test_lines_that_are_no_edges_are_told_by_number(tmp_path):
    (tmp_path / "e.csv").write_text("a b 1\na b heavy\na\na b 1 2\n")
    with pytest.raises(InputError) as caught:
        read_edge_list(tmp_path / "e.csv")
    assert {problem.field for problem in caught.value.problems} == {"e.csv:2", "e.csv:3", "e.csv:4"}
    assert str(caught.value).endswith("\nimport edge-list: e.csv:2: 'heavy' is no weight above 0; correct it")


@pytest.mark.parametrize(("edges", "links"), [
    ("u,v,w\n", ""), ("# x\nSource Target\n", "entity,concept,relation\n")])
def test_a_line_that_names_the_columns_is_left_out(tmp_path, edges, links):
    (tmp_path / "e.csv").write_text(edges + "a,b,2\n")
    (tmp_path / "l.csv").write_text(links + "a,drama,genre\n")
    found = read_edge_list(tmp_path / "e.csv", tmp_path / "l.csv", slack=1.0)
    assert (found.entity_names, found.concept_names, found.edges) == (("a", "b"), ("drama",), 1)


@pytest.mark.parametrize(("options", "complaint"), [
    ({"entities": 10, "devices": 20}, r"entities 0, 1, 2, 3, 4 and 5 more fit on no device .*; raise slack, or"),
    ({"entities": 1, "devices": 5}, "entity 0 fits on no device that it may be on; raise slack, or use fewer devices"),
    ({"entities": 7, "devices": 2}, "load: all entities need 7, all devices have room for 6; raise slack"),
    ({"entities": 10, "concepts_each": 9, "relation_slack": 0.0, "devices": 4, "slack": 1.0}, "or relation_slack, or"),
])
def test_a_graph_without_a_schedule_is_not_drawn(options, complaint):
    with pytest.raises(InputError, match=complaint):
        generate(**options)


def test_a_networkx_graph_is_read_by_the_kinds_of_its_nodes():
    graph = networkx.MultiDiGraph(name="titles")
    graph.add_edge("x", "y", w=2)
    graph.add_edge("y", "x", weight=1)
    graph.add_node("drama", kind="concept")
    graph.add_edge("drama", "y", rel="genre")
    graph.add_node("z", load=3)
    found = from_networkx(graph, devices=2, slack=0.2, relation_slack=1.0)
    assert (found.edges, found.edge_weight[0], found.links, found.relations) == (1, 3.0, 1, ("genre",))
    assert found.load.tolist() == [1.0, 1.0, 3.0]
    assert found.capacity.tolist() == [3.0, 3.0]
    graph.add_node("dark", kind="concept")
    graph.add_edge("drama", "dark")
    graph.add_edge("x", "z", w=-1)
    with pytest.raises(InputError) as caught:
        from_networkx(graph)
    assert len(caught.value.problems) == 2


def test_the_adjacency_is_that_of_networkx():
    instance = generate(entities=30, weights="pareto", seed=5)
    graph = networkx.Graph()
    graph.add_weighted_edges_from(zip(instance.edge_u.tolist(), instance.edge_v.tolist(),
                                      instance.edge_weight.tolist(), strict=True))
    rows = adjacency(instance)
    for v in graph:
        row = slice(rows.begin[v], rows.begin[v + 1])
        assert dict(zip(rows.neighbour[row].tolist(), rows.weight[row].tolist(), strict=True)) == {
            u: entry["weight"] for u, entry in graph[v].items()}
        assert (instance.edge_weight[rows.edge[row]] == rows.weight[row]).all()


def test_resources_are_load_memory_and_relations():
    found = resources(small(memory=Memory(node_gb=1.0, edge_gb=0.5, device_gb=[9.0, 9.0]), relation_slack=0.5,
                            forced_entity=[1], forced_device=[0], forbidden_entity=[2], forbidden_device=[1]))
    assert found.names == ("load", "memory", "relation genre", "relation mood")
    assert found.need.tolist() == [[1, 2, 1, 0], [1, 2, 0, 1], [2, 1.5, 0, 0]]
    assert found.copy_need[:, 1].tolist() == [1.5, 1.5, 1.5]
    assert found.room == pytest.approx(np.array([[3, 7, 1, 1], [2, 7, 0.5, 0.5]]))
    assert found.allowed.tolist() == [[True, True], [True, False], [True, False]]
    assert found.copy_allowed.tolist() == [[True, True], [True, True], [True, False]]


def test_more_devices_are_quicker_and_memory_says_how_few_there_may_be():
    instance = generate(memory_slack=0.2, edge_load=0.1)

    def even(sized):
        return GraphPartitionSchedule(home=[np.arange(60) % sized.devices])

    found = scan_devices(instance, (1, 2, 5), 0.3, even)
    assert [entry.devices for entry in found] == [1, 2, 5]
    assert found[0].kept_share == 1.0
    assert found[0].epoch_s > found[1].epoch_s > found[2].epoch_s
    sized = instance.replace(capacity=balanced_capacity(instance.load, instance.speed, 0.3))
    assert found[1].epoch_s == pytest.approx(evaluate(sized, even(sized)).terms["epoch_s"].value)
    assert scan_devices(instance, (2,), 0.3, lambda _: None)[0].kept_share == 0.0
    assert least_devices(instance) == 2
    assert least_devices(generate()) == 1
    with pytest.raises(InputError, match="alone fill"):
        least_devices(instance.replace(memory=Memory(node_gb=1.0, edge_gb=0.0, device_gb=[2.0, 2.0])))


def test_a_large_graph_is_held_and_written(tmp_path):
    instance = generate(entities=20_000, devices=8)
    from ecoopt.documents import read_instance, write_instance

    write_instance(instance, tmp_path / "large.json.zst")
    assert read_instance(tmp_path / "large.json.zst").digest == instance.digest


def test_a_reference_graph_that_is_not_there_or_broken_is_refused(tmp_path):
    one = {"name": "one", "nodes": 2, "parts": 2, "max_part": 1, "edges": [[0, 5, 1]], "concepts_of_node": [[0], [1]]}
    (tmp_path / "r.json").write_text(json.dumps([one, {"name": "two"}]))
    for name, complaint in (("three", "use one of one, two"), ("two", "KeyError"), ("one", "out of range")):
        with pytest.raises(InputError, match=complaint):
            read_reference(tmp_path / "r.json", name=name)
    (tmp_path / "n.json").write_text("{}")
    with pytest.raises(InputError, match="no list"):
        read_reference(tmp_path / "n.json", name="one")


@pytest.mark.parametrize(("name", "cut"), [("graph-24-2", 41.0), ("graph-40-2", 53.0), ("graph-60-2", 82.0)])
def test_the_reference_graphs_are_proven_at_once(shared_data, name, cut):
    path = shared_data.parent / "reference" / "graph_partition.json.gz"
    if not path.is_file():
        pytest.skip(f"reference graphs not found at {path}")
    instance = read_reference(path, name=name)
    found = ecoopt.solve(instance, "branch-bound", iterations=30)
    assert found.status.value == "optimal"
    assert instance.total_weight - found.objective == cut
