"""Strengthen a model's capacity rows: rounds of knapsack cuts on the totals of equal weights, at the root."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.formulations.cuts.knapsack_polytope import KnapsackPolytope
from ecoopt.formulations.highs import LinearModel, solve_lp


@dataclass(frozen=True)
class CapacityRow:
    """``sum_k weight[kind[k]] * x[columns[k]] <= capacity`` with whole x; rows of one resource share the knapsack.

    Parameters
    ----------
    resource : int
        Rows with the same resource have the same weights and capacity.
    columns : int array [K]
        Columns of the model.
    kind : int array [K]
        Class of each column; columns of a class weigh the same.
    """

    resource: int
    columns: IntArray
    kind: IntArray


@dataclass(frozen=True)
class CutRounds:
    """A strengthened model and how it came about.

    Parameters
    ----------
    model : LinearModel
        With the cuts added as rows.
    bounds : tuple of float
        Value of the linear relaxation before each round, and at the end.
    cuts : int
        Number of rows added.
    """

    model: LinearModel
    bounds: tuple[float, ...]
    cuts: int


def strengthen(
    model: LinearModel, rows: Sequence[CapacityRow], weights: Sequence[FloatArray], capacity: FloatArray, run: Run, *,
    rounds: int = 20, seconds: float = np.inf,
) -> CutRounds:
    """Add valid inequalities of the rows' knapsack polytopes until none is violated.

    In each row the columns of a class are added up; the whole points of these totals lie in one polytope per resource,
    so that an inequality found for one row (one minute, say) holds in all rows of the resource. Every round's linear
    relaxation is a bound that the run is told.

    Parameters
    ----------
    model : LinearModel
        To strengthen; all columns of `rows` are whole and non-negative.
    rows : sequence of CapacityRow
        Capacity rows of the model, or rows that it implies.
    weights : sequence of float array [classes]
        Weights of the classes, per resource.
    capacity : float array [resources]
        Capacity of each resource.
    run : Run
        Limits the work and is told the bounds.
    rounds : int
        Most rounds.
    seconds : float
        Most seconds.
    """
    polytopes = [_polytope(model, rows, resource, weights[resource], float(capacity[resource]))
                 for resource in range(len(capacity))]
    found: dict[tuple[int, bytes], tuple[IntArray, FloatArray]] = {}
    bounds: list[float] = []
    strong, began = model, run.seconds
    for _ in range(rounds + 1):
        ledger = Run(Budget(seconds=None if run.budget.seconds is None else run.seconds_left))
        relaxed = solve_lp(strong, ledger)
        if relaxed.x is None or relaxed.bound is None or relaxed.row_dual is None:
            break
        bounds.append(relaxed.bound)
        run.prove(relaxed.bound)
        late = run.seconds - began > seconds or run.stop() is not None
        stale = len(bounds) > 2 and bounds[-1] - bounds[-3] <= 1e-6 * abs(bounds[-1])
        if late or stale or len(bounds) > rounds:
            break
        before = len(found)
        for number, row in enumerate(rows):
            cut = _cut(polytopes[row.resource], row, relaxed.x)
            if cut is not None:
                found.setdefault((number, cut[1].tobytes()), cut)
        if len(found) == before:
            break
        strong = _with_rows(model, list(found.values()))
    return CutRounds(strong, tuple(bounds), len(found))


def _polytope(
    model: LinearModel, rows: Sequence[CapacityRow], resource: int, weights: FloatArray, capacity: float
) -> KnapsackPolytope:
    """Return the polytope that holds the totals of every row of a resource."""
    most = np.zeros(len(weights))
    for row in rows:
        if row.resource == resource:
            most = np.maximum(most, np.bincount(row.kind, model.upper[row.columns], len(weights)))
    fits = np.floor(capacity / weights * (1 + 1e-9))
    return KnapsackPolytope(weights, np.minimum(most, fits).astype(np.int64), capacity)


def _cut(polytope: KnapsackPolytope, row: CapacityRow, x: FloatArray) -> tuple[IntArray, FloatArray] | None:
    """Return columns and coefficients of an inequality that cuts off `x`, None without one."""
    totals = np.bincount(row.kind, x[row.columns], len(polytope.weights))
    facet = polytope.violated(np.maximum(totals, 0.0))
    if facet is None:
        return None
    used = facet[row.kind] > 1e-9
    return row.columns[used], facet[row.kind[used]]


def _with_rows(model: LinearModel, cuts: list[tuple[IntArray, FloatArray]]) -> LinearModel:
    """Return the model with cuts ``coefficients @ x[columns] <= 1`` as further rows."""
    row = np.repeat(np.arange(len(cuts)), [len(columns) for columns, _ in cuts])
    column = np.concatenate([columns for columns, _ in cuts])
    value = np.concatenate([values for _, values in cuts])
    extra = sparse.csr_array((value, (row, column)), shape=(len(cuts), model.columns))
    names = model.row_names
    return model.replaced(
        matrix=sparse.vstack([model.matrix, extra]).tocsr(),
        row_lower=np.concatenate([model.row_lower, np.full(len(cuts), -np.inf)]),
        row_upper=np.concatenate([model.row_upper, np.ones(len(cuts))]),
        row_names=None if names is None else (
            lambda: [*names(), *(f"knapsack_cut[{k}]" for k in range(len(cuts)))]))
