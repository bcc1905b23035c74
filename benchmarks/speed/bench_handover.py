"""Time from a built Pyomo model to a HiGHS that holds it, next to Pyomo's own two interfaces.

The model is keep-alive shaped: every invocation chooses one of eight options (rows of 8 terms), every capacity row
sums about 40 choices taken at random. All rows are `LinearExpression`. For Pyomo's interfaces the time is that of
``set_instance``, which is all they do before HiGHS may run.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from pyomo.core.expr.numeric_expr import LinearExpression

from ecoopt.formulations.highs.arrays import hand_over
from ecoopt.formulations.highs.solver import loaded

NONZEROS, OPTIONS = 1_000_000, 8
ROUNDS, REFERENCE_ROUNDS = 3, 1


def keep_alive_shaped(nonzeros: int, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    jobs = max(nonzeros // (3 * OPTIONS), 1)
    columns = jobs * OPTIONS
    capacities = max(columns // 20, 1)
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(columns), domain=pyo.Binary)
    x = [model.x[i] for i in range(columns)]

    def once(_: Any, job: int) -> Any:
        terms = x[job * OPTIONS:(job + 1) * OPTIONS]
        return LinearExpression(constant=0, linear_coefs=[1.0] * OPTIONS, linear_vars=terms) == 1.0

    row = rng.integers(0, capacities, 2 * columns)
    order = np.argsort(row, kind="stable")
    column, first = order % columns, np.searchsorted(row[order], np.arange(capacities + 1))
    weight = rng.uniform(1.0, 4.0, 2 * columns)

    def capacity(_: Any, k: int) -> Any:
        if first[k] == first[k + 1]:
            return pyo.Constraint.Skip
        entries = slice(first[k], first[k + 1])
        terms = [x[i] for i in column[entries].tolist()]
        return LinearExpression(constant=0, linear_coefs=weight[entries].tolist(), linear_vars=terms) <= 1000.0

    model.once = pyo.Constraint(range(jobs), rule=once)
    model.capacity = pyo.Constraint(range(capacities), rule=capacity)
    cost = rng.uniform(1.0, 9.0, columns).tolist()
    model.cost = pyo.Objective(expr=LinearExpression(constant=0, linear_coefs=cost, linear_vars=x))
    return model


def ours(model: Any) -> int:
    return int(loaded(hand_over(model).model).getNumNz())


def appsi(model: Any) -> int:
    from pyomo.contrib.appsi.solvers import Highs

    solver = Highs()
    solver.set_instance(model)
    return int(solver._solver_model.getNumNz())


def contrib_v2(model: Any) -> int:
    from pyomo.contrib.solver.solvers.highs import Highs

    solver = Highs()
    solver.set_instance(model)
    return int(solver._solver_model.getNumNz())


@pytest.mark.ratio(at_least=5.0)
def bench_built_model_to_loaded_highs(race: Callable[..., list[Any]]) -> None:
    for warm in (ours, appsi, contrib_v2):
        warm(keep_alive_shaped(1000))
    model = keep_alive_shaped(NONZEROS)
    nonzeros = race(lambda: ours(model),
                    {"appsi_highs": lambda: appsi(model), "contrib.solver": lambda: contrib_v2(model)},
                    rounds=ROUNDS, reference_rounds=REFERENCE_ROUNDS)
    assert len(set(nonzeros)) == 1, nonzeros
