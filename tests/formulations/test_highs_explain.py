"""Explanations: what must give is named, is enough, and is the least."""

import numpy as np
import pyomo.environ as pyo
import pytest

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import LinearModel, explain, solve_model


def crowded() -> pyo.ConcreteModel:
    """Three jobs of 4 GB on machines of 5 and 3 GB, at least one on the second."""
    model = pyo.ConcreteModel()
    model.on = pyo.Var(range(3), ["m", "n"], domain=pyo.Binary)
    model.once = pyo.Constraint(range(3), rule=lambda m, j: m.on[j, "m"] + m.on[j, "n"] == 1)
    room = {"m": 8.0, "n": 3.0}
    model.memory = pyo.Constraint(["m", "n"], rule=lambda m, k: sum(4.0 * m.on[j, k] for j in range(3)) <= room[k])
    model.cost = pyo.Objective(expr=sum(model.on.values()))
    return model


def test_the_constraint_that_must_give_is_named_with_its_amount():
    found = explain(crowded(), may_give=lambda name: name.startswith("memory"))
    assert (found.feasible, found.least) == (False, True)
    assert [(relief.constraint, relief.by) for relief in found.reliefs] == [("memory[n]", pytest.approx(1.0))]
    assert found.sentences() == ["memory[n] must give by 1: it allows at most 3, 4 is needed"]


def test_by_default_the_cheapest_relief_in_shares_of_the_limit_is_taken():
    found = explain(crowded(), weights=np.array([0.01, 1.0, 1.0, 1.0, 1.0]))
    assert [relief.constraint for relief in found.reliefs] == ["once[0]"]
    assert found.reliefs[0].side == "at least"


def test_nothing_gives_in_a_feasible_model():
    model = crowded()
    model.memory["n"].deactivate()
    found = explain(model)
    assert (found.feasible, found.reliefs) == (True, ())


def test_bounds_give_only_when_constraints_cannot_help():
    model = LinearModel([0.0, 0.0], [2.0, 0.0], [1.0, 9.0], [[1.0, 1.0]], [-np.inf], [5.0])
    found = explain(model)
    assert [(relief.constraint, relief.is_bound) for relief in found.reliefs] == [("x[0]", True)]
    assert found.reliefs[0].by == pytest.approx(1.0)
    assert found.sentences()[0].startswith("the bound of x[0] must give by 1")


@pytest.mark.parametrize("seed", range(8))
def test_after_giving_what_is_said_the_model_is_feasible(seed):
    rng = np.random.default_rng(seed)
    n, m = 6, 8
    matrix, low = rng.integers(-4, 5, (m, n)).astype(float), rng.integers(0, 12, m).astype(float)
    model = LinearModel(np.zeros(n), np.zeros(n), np.full(n, 3.0), matrix, low, low + 1.0, integer=np.arange(n) < 3)
    found = explain(model)
    lower, upper = low.copy(), low + 1.0
    for relief in found.reliefs:
        row = int(relief.constraint[4:-1])
        (lower if relief.side == "at least" else upper)[row] = relief.needed
    mended = model.replaced(row_lower=lower - 1e-6, row_upper=upper + 1e-6)
    assert solve_model(model, Run()).status is (Status.OPTIMAL if found.feasible else Status.INFEASIBLE)
    assert solve_model(mended, Run()).status is Status.OPTIMAL


def test_limits_that_cross_within_one_constraint_are_explained():
    model = LinearModel([0.0], [0.0], [9.0], [[1.0]], [6.0], [4.0])
    found = explain(model)
    assert sum(relief.by for relief in found.reliefs) == pytest.approx(2.0)
    assert {relief.constraint for relief in found.reliefs} == {"row[0]"}


def test_when_what_may_give_is_not_enough_that_is_said():
    model = LinearModel([0.0], [0.0], [9.0], [[1.0], [1.0]], [6.0, 0.0], [4.0, 1.0])
    found = explain(model, may_give=lambda name: name == "row[1]")
    assert (found.feasible, found.reliefs) == (False, ())


def test_without_time_nothing_is_claimed():
    found = explain(crowded(), Run(Budget(seconds=0.0)))
    assert (found.feasible, found.reliefs, found.least) == (None, (), False)


def test_weights_must_be_one_positive_number_per_row():
    with pytest.raises(InputError, match="weights"):
        explain(crowded(), weights=np.zeros(5))
