"""Layer placements where bounds of configurations leave a gap: the search from the first layer on closes it."""

import pytest

import ecoopt
from ecoopt.core.status import Status
from ecoopt.instances.layer_placement import generate, throughput

OPEN = generate(machines=4, layers=16, spread=0.3, seed=6)


def test_a_search_that_leaves_nothing_out_proves_what_the_configuration_program_does_not() -> None:
    found = ecoopt.solve(OPEN, "left-to-right")
    assert found.status is Status.OPTIMAL
    assert found.bound < ecoopt.solve(OPEN, "configuration").bound
    assert found.objective == 11_600  # as the integer program alone proves


def test_a_narrow_search_keeps_what_is_proven_and_its_start() -> None:
    start = ecoopt.solve(OPEN, "beam").schedule
    found = ecoopt.solve(OPEN, "left-to-right", start=start, options={"width": 1, "most_width": 1})
    assert found.objective >= throughput(OPEN, start.first, start.held)
    assert found.bound == ecoopt.solve(OPEN, "configuration").bound


@pytest.mark.parametrize("objective", ["cost", "carbon"])
def test_the_least_weight_is_found_and_more_than_there_is_is_refused(objective: str) -> None:
    asked = generate(machines=4, layers=12, spread=0.3, seed=9, objective=objective)
    best, program = (ecoopt.solve(asked, name) for name in ("left-to-right", "milp"))
    assert best.status is program.status is Status.OPTIMAL
    assert best.objective == pytest.approx(program.objective, rel=1e-9)
    most = int(ecoopt.solve(asked.replace(objective="throughput", demand_tokens_per_s=None), "left-to-right").objective)
    for name in ("left-to-right", "milp"):
        assert ecoopt.solve(asked.replace(demand_tokens_per_s=most), name).status is Status.OPTIMAL
        assert ecoopt.solve(asked.replace(demand_tokens_per_s=most + 1), name).status is Status.INFEASIBLE
