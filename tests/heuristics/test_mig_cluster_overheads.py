"""Overheads as long as the horizon that placements are judged by: everything still ends."""

import pytest

import ecoopt


@pytest.mark.parametrize("overhead_s", [20.0, 40.0, 60.0, 5000.0])
@pytest.mark.parametrize("method", ["snapshot", "greedy", "snapshot-milp"])
def test_rules_end_however_long_overheads_are(method, overhead_s):
    instance = ecoopt.generate(
        "mig_cluster", gpus=1, jobs=6, mean_gap_s=0.0, pool="5-models", seed=453789, overhead_s=overhead_s)
    found = ecoopt.solve(instance, method)
    assert found.schedule is not None
    assert found.score.feasible
