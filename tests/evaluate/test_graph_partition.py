"""The referee of a partitioned graph, by a graph small enough for pencil and paper: figures, and every rule."""

import pytest

from ecoopt.core.errors import InputError
from ecoopt.evaluate.graph_partition import evaluate
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule, Memory, Synchronisation

SQUARE = GraphPartitionInstance(
    name="square", load=[1.0, 1.0, 1.0, 1.0], edge_u=[0, 0, 1, 2], edge_v=[1, 3, 2, 3],
    edge_weight=[4.0, 1.0, 2.0, 3.0], concepts=2, link_entity=[0, 1, 2, 3], link_concept=[0, 0, 1, 1],
    link_relation=[0, 0, 1, 1], relations=("genre", "mood"), capacity=[2.0, 2.0], speed=[1.0, 2.0],
    memory=Memory(node_gb=1.0, edge_gb=0.5, device_gb=[6.0, 6.0]), relation_slack=2.0,
    synchronisation=Synchronisation(exchanged_gb=3.0, bandwidth_gb_per_s=6.0))


def score(home, instance=SQUARE, **rows):
    return evaluate(instance, GraphPartitionSchedule(home=home, **rows))


def broken(*args, **kwargs):
    return {violation.what for violation in score(*args, **kwargs).violations}


def test_figures_are_those_of_pencil_and_paper():
    found = score([[0, 0, 1, 1]])
    values = {name: term.value for name, term in found.terms.items()}
    assert found.feasible
    assert found.objective == 7.0
    assert values["cut_weight"] == 3.0
    assert values["semantic_retention"] == 1.0
    assert values["replication_factor"] == (4 + 2 * 2) / (4 + 2)
    assert values["imbalance"] == pytest.approx(2 / (4 / 3) - 1)
    assert values["relation_divergence"] == pytest.approx(2.0)
    assert values["epoch_s"] == pytest.approx(2.0 + 2 * 1 / 2 * 3 / 6)
    assert values["largest_memory_gb"] == 2 + 2 + 0.5 * (2 + 4 / 2)
    assert values["largest_used_gb"] == 2 + 2 + 0.5 * (2 + 1)


def test_copies_keep_edges_and_are_paid_for():
    halo = SQUARE.replace(replication="halo", copy_price=0.5, most_copies=1,
                          memory=Memory(node_gb=1.0, edge_gb=0.5, device_gb=[9.0, 9.0]))
    copied = {"copy_epoch": [0], "copy_entity": [1], "copy_device": [1]}
    assert score([[0, 0, 1, 1]], halo, **copied).objective == 9.0 - 0.5
    assert score([[0, 0, 1, 1]], halo, **copied).feasible
    two = {"copy_epoch": [0, 0], "copy_entity": [1, 0], "copy_device": [1, 1]}
    assert score([[0, 0, 1, 1]], halo, **two).objective == 10.0 - 1.0
    assert broken([[0, 0, 1, 1]], halo, **two) == {"too many copies"}
    forbidden = halo.replace(forbidden_entity=[1], forbidden_device=[1])
    assert broken([[0, 0, 1, 1]], forbidden, **copied) == {"copy is forbidden"}
    assert broken([[0, 0, 1, 1]], **copied) == {"copies are not allowed", "memory is exceeded"}


def test_placed_concepts_keep_the_edges_of_entities_at_home_there():
    placed = SQUARE.replace(replication="selective", link_weight=2.0, concept_price=0.25, everywhere=[1])
    rows = {"place_epoch": [0, 0, 0], "place_concept": [0, 1, 1], "place_device": [1, 0, 1]}
    found = score([[0, 0, 1, 1]], placed, **rows)
    assert found.feasible
    assert found.objective == 7.0 + 2 * 2.0 - 0.25
    assert found.terms["semantic_retention"].value == 0.5
    assert found.terms["epoch_s"].value == pytest.approx(2.0 + 0.5 * 3 / 6)
    assert broken([[0, 0, 1, 1]], placed, place_epoch=[0], place_concept=[1], place_device=[0]) == {
        "concept lacks places"}
    assert broken([[0, 0, 1, 1]], place_epoch=[0], place_concept=[1], place_device=[0]) == {
        "concepts are everywhere and have no places"}


def test_an_edge_counts_once_over_epochs():
    twice = SQUARE.replace(epochs=2)
    assert score([[0, 0, 1, 1], [0, 1, 1, 0]], twice).objective == 10.0
    assert score([[0, 0, 1, 1], [0, 0, 1, 1]], twice).objective == 7.0
    assert score([[0, 0, 1, 1], [0, 1, 1, 0]], twice).terms["kept_weight"].value == 5.0


@pytest.mark.parametrize(("home", "changes", "what"), [
    ([[0, 0, 0, 1]], {}, {"load exceeds capacity", "memory is exceeded"}),
    ([[0, 0, 1, 2]], {}, {"home on a device that does not exist"}),
    ([[0, 0, 1, 1]], {"relation_slack": 0.5}, {"a relation is too frequent"}),
    ([[0, 0, 1, 1]], {"forced_entity": [3], "forced_device": [0]}, {"home is not the forced one"}),
    ([[0, 0, 1, 1]], {"forbidden_entity": [0], "forbidden_device": [0]}, {"home is forbidden"}),
    ([[0, 0, 1]], {}, {"home has another shape than epochs and entities"}),
    ([[0, 0, 1, 1], [0, 0, 1, 1]], {}, {"home has another shape than epochs and entities"}),
])
def test_every_rule_is_seen_when_it_is_broken(home, changes, what):
    assert broken(home, SQUARE.replace(**changes)) == what


def test_rows_that_name_what_does_not_exist_hold_nothing():
    found = score([[0, 0, 1, 1]], SQUARE.replace(replication="halo"), copy_epoch=[5], copy_entity=[1], copy_device=[1])
    assert {violation.what for violation in found.violations} == {"copy names what does not exist"}
    assert found.objective == 7.0


def test_another_family_is_refused():
    with pytest.raises(InputError, match="give a GraphPartitionInstance"):
        evaluate(SQUARE, SQUARE)
