"""Time to solve a year of directives by sorted edges, next to HiGHS; to choose evaluations; a fleet's proven gap."""

from collections.abc import Callable
from typing import Any

import pytest

import ecoopt
from ecoopt.core.run import Run
from ecoopt.formulations.directives.level_model import level_model
from ecoopt.formulations.highs import solve_lp
from ecoopt.instances.directives.budget import cheapest_plan
from ecoopt.instances.directives.costs import costs_of

YEAR_H = 8760


@pytest.mark.ceiling(ms=50)
@pytest.mark.ratio(at_least=10)
def bench_horizon(race: Callable[..., list[Any]]) -> None:
    """From the costs of a year to its cheapest shares; HiGHS has its arrays built beforehand."""
    costs = costs_of(ecoopt.generate("directives", hours=YEAR_H, loss=0.04, seed=1))
    model = level_model(costs)
    ours, theirs = race(lambda: cheapest_plan(costs, costs.home_g, costs.floor), {
        "HiGHS": lambda: solve_lp(model.linear, Run())}, rounds=5)
    value = float((costs.count[..., None] * costs.home_g * ours.share).sum())
    assert value == pytest.approx(theirs.objective, rel=1e-9)


@pytest.mark.ceiling(ms=5000)
def bench_evaluations(race: Callable[..., list[Any]]) -> None:
    """A year's evaluations and shares together, proven."""
    instance = ecoopt.generate("directives", hours=YEAR_H, evaluator=True, tolerance=0.1, loss=None, seed=1)
    (done,) = race(lambda: ecoopt.solve(instance, "horizon"), rounds=3)
    assert done.status == "optimal"
