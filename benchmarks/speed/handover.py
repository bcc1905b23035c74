"""Time from a built Pyomo model to a HiGHS that holds it, for three hand-overs in one run.

    python benchmarks/speed/handover.py --nonzeros 1000000

The model is keep-alive shaped: every invocation chooses one of eight options (rows of 8 terms), every capacity row
sums about 40 choices taken at random. All rows are `LinearExpression`. For Pyomo's two interfaces the time is that of
``set_instance``, which is all they do before HiGHS may run. Exit code 1 when a ratio falls below ``--at-least``.
"""

import argparse
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

OPTIONS = 8


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
    from ecoopt.formulations.highs.arrays import hand_over
    from ecoopt.formulations.highs.solver import loaded

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


def median_seconds(hand_over: Callable[[Any], int], model: Any, repeats: int) -> tuple[float, int]:
    times = []
    for _ in range(repeats):
        began = perf_counter()
        nonzeros = hand_over(model)
        times.append(perf_counter() - began)
    return median(times), nonzeros


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nonzeros", type=float, default=1e6)
    parser.add_argument("--repeats", type=int, default=3, help="repeats of our hand-over; the others are timed once")
    parser.add_argument("--at-least", type=float, default=5.0, help="smallest ratio that passes")
    arguments = parser.parse_args()
    for warm in (ours, appsi, contrib_v2):
        warm(keep_alive_shaped(1000))
    began = perf_counter()
    model = keep_alive_shaped(int(arguments.nonzeros))
    print(f"building the Pyomo model: {perf_counter() - began:.2f} s")
    reference, nonzeros = median_seconds(ours, model, arguments.repeats)
    print(f"{'hand-over':<24}{'nonzeros':>10}{'seconds':>10}{'ratio':>8}")
    print(f"{'ecoopt':<24}{nonzeros:>10}{reference:>10.2f}{1.0:>8.1f}")
    ratios = []
    for name, hand_over in (("appsi_highs", appsi), ("contrib.solver highs", contrib_v2)):
        seconds, count = median_seconds(hand_over, model, 1)
        assert count == nonzeros, (name, count, nonzeros)
        ratios.append(seconds / reference)
        print(f"{name:<24}{count:>10}{seconds:>10.2f}{ratios[-1]:>8.1f}")
    return 0 if min(ratios) >= arguments.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
