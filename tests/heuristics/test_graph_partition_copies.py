"""Copies, placed concepts and epochs in graphs large enough that homes and copies are tuned to each other."""

import pytest

import ecoopt


@pytest.mark.parametrize("changes", [
    {"replication": "halo", "epochs": 2}, {"replication": "halo", "memory_slack": 0.3, "price": 1.0},
    {"replication": "selective", "memory_slack": 0.2}])
@pytest.mark.parametrize("method", ["multilevel", "local-search", "greedy", "label-propagation", "kernighan-lin"])
def test_schedules_keep_every_rule(changes, method):
    graph = ecoopt.generate("graph_partition", entities=40, devices=3, seed=5, **changes)
    found = ecoopt.solve(graph, method, iterations=3)
    assert found.score.feasible
    assert found.objective <= graph.total_weight
