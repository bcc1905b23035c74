"""Knapsack cuts: the oracle is exact, every facet is valid, separation decides the hull, no optimum is cut off."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.formulations.cuts import CapacityRow, strengthen
from ecoopt.formulations.cuts.bounded_knapsack import heaviest
from ecoopt.formulations.cuts.knapsack_polytope import VIOLATION, KnapsackPolytope
from ecoopt.formulations.highs import LinearModel, solve_lp, solve_model

SEEDS = st.integers(0, 2**32 - 1)
DOUBLE, TRIPLE = (settings(max_examples=n * settings().max_examples) for n in (2, 3))


def random_knapsack(seed: int) -> tuple[FloatArray, IntArray, float]:
    """Return weights, upper bounds and capacity of up to five classes, whole weights and ties among them."""
    rng = np.random.default_rng(seed)
    classes = int(rng.integers(1, 6))
    weights = rng.integers(1, 8, classes) / 4.0 if rng.random() < 0.5 else rng.uniform(0.2, 2.0, classes)
    capacity = float(rng.uniform(weights.max(), 5.0)) if rng.random() < 0.5 else float(weights.max() + rng.integers(4))
    most = np.minimum(rng.integers(1, 5, classes), np.floor(capacity / weights * (1 + 1e-9))).astype(np.int64)
    return weights, most, capacity


def whole_points(weights: FloatArray, most: IntArray, capacity: float) -> IntArray:
    points = np.array(list(product(*(range(n + 1) for n in most.tolist()))))
    return points[points @ weights <= capacity * (1 + 1e-9)]


def gauge(points: IntArray, x: FloatArray) -> float:
    """Return the least factor by which the hull of the points, which holds all smaller points, must grow to hold x."""
    found = linprog(np.ones(len(points)), A_ub=-points.T, b_ub=-x, bounds=(0, None), method="highs")
    assert found.status == 0
    return float(found.fun)


@given(SEEDS)
@TRIPLE
def test_the_oracle_finds_the_heaviest_point(seed: int) -> None:
    weights, most, capacity = random_knapsack(seed)
    rng = np.random.default_rng(seed + 1)
    values = rng.integers(-1, 6, len(weights)) * 1.0 if rng.random() < 0.5 else rng.uniform(-0.2, 1.0, len(weights))
    best = float((whole_points(weights, most, capacity) @ values).max())
    bound, point = heaviest(values, weights, most, capacity)
    assert bound == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert point @ values == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert (point >= 0).all()
    assert (point <= most).all()
    assert point @ weights <= capacity * (1 + 1e-9)


def test_an_oracle_cut_off_still_bounds_the_heaviest_point() -> None:
    rng = np.random.default_rng(0)
    # Values proportional to weights: no bound prunes anything but the perfect fit.
    weights = rng.integers(1000, 9000, 60) * 2.0
    bound, point = heaviest(weights + 0.5, weights, np.full(60, 3), 123_457.0)
    assert point @ weights <= 123_457.0
    assert point @ (weights + 0.5) <= bound + 1e-6
    assert bound <= (123_457.0 / weights).max() * 0.5 + 123_457.0


@pytest.mark.parametrize(("weights", "most", "capacity"), [
    ([1.0, 2.0], [0, 0], 5.0), ([9.0, 8.0], [1, 1], 5.0), ([1.0], [4], 0.0), ([], [], 1.0)])
def test_an_empty_knapsack_is_worth_nothing(weights: list[float], most: list[int], capacity: float) -> None:
    bound, point = heaviest(np.ones(len(weights)), np.array(weights), np.array(most, dtype=np.int64), capacity)
    assert bound == 0.0
    assert not point.any()


def test_ten_tenths_fill_a_whole() -> None:
    bound, point = heaviest(np.ones(1), np.array([0.1]), np.array([20]), 1.0)
    assert (bound, point.tolist()) == (10.0, [10])


@given(SEEDS)
@DOUBLE
def test_every_facet_holds_for_every_whole_point(seed: int) -> None:
    weights, most, capacity = random_knapsack(seed)
    polytope = KnapsackPolytope(weights, most, capacity)
    points = whole_points(weights, most, capacity)
    rng = np.random.default_rng(seed + 1)
    for _ in range(8):
        full = np.minimum(most, rng.dirichlet(weights) * capacity / weights)
        polytope.violated(rng.uniform(0, most) if rng.random() < 0.5 else full)
    for facet in polytope.facets:
        assert (facet >= 0).all()
        assert (points @ facet).max() <= 1 + 1e-7


@given(SEEDS)
@DOUBLE
def test_points_outside_the_hull_are_cut_off_and_points_inside_never(seed: int) -> None:
    weights, most, capacity = random_knapsack(seed)
    polytope = KnapsackPolytope(weights, most, capacity)
    points = whole_points(weights, most, capacity)
    rng = np.random.default_rng(seed + 1)
    for _ in range(6):
        x = np.minimum(most, rng.dirichlet(np.ones(len(most))) * capacity / weights)
        size = gauge(points, x)
        for point, outside in ((x, size), (0.999 * x / max(size, 1.0), 0.999 * min(size, 1.0))):
            facet = polytope.violated(point)
            if outside > 1 + 2 * VIOLATION:
                assert facet is not None
                assert facet @ point > 1 + VIOLATION
            elif outside <= 1.0:
                assert facet is None
    inside = rng.dirichlet(np.ones(len(points))) @ points
    assert polytope.violated(inside) is None


@given(SEEDS)
def test_lifting_leaves_no_class_out_that_could_be_raised(seed: int) -> None:
    weights, most, capacity = random_knapsack(seed)
    polytope = KnapsackPolytope(weights, most, capacity)
    points = whole_points(weights, most, capacity)
    rng = np.random.default_rng(seed + 1)
    for _ in range(4):
        polytope.violated(np.where(rng.random(len(most)) < 0.6, np.minimum(most, 0.8 * capacity / weights), 0.0))
    for facet in polytope.facets:
        for k in np.flatnonzero((facet == 0) & (most > 0)):
            # Some whole point with an item of the class already meets the inequality: nothing is left to raise.
            assert (points[points[:, k] > 0] @ facet).max() >= 1 - 1e-6


def random_program(seed: int) -> tuple[LinearModel, list[CapacityRow], list[FloatArray], FloatArray]:
    """Return overlapping capacity rows of two resources over whole columns, as a temporal knapsack has them."""
    rng = np.random.default_rng(seed)
    columns, minutes, classes = int(rng.integers(3, 9)), int(rng.integers(1, 5)), int(rng.integers(1, 4))
    kind, resource = rng.integers(0, classes, columns), rng.integers(0, 2, columns)
    weights = [rng.uniform(0.3, 1.5, classes)] * 2
    capacity = rng.uniform(1.5, 4.0, 2)
    first = rng.integers(0, minutes, columns)
    last = np.minimum(first + rng.integers(0, 3, columns), minutes - 1)
    rows, matrix, limits = [], [], []
    for m in range(minutes):
        for r in range(2):
            inside = np.flatnonzero((first <= m) & (last >= m) & (resource == r))
            if len(inside):
                row = np.zeros(columns)
                row[inside] = weights[r][kind[inside]]
                rows.append(CapacityRow(r, inside, kind[inside]))
                matrix.append(row)
                limits.append(capacity[r])
    model = LinearModel(
        cost=-rng.uniform(0.2, 3.0, columns), lower=np.zeros(columns), upper=rng.integers(1, 4, columns) * 1.0,
        matrix=sparse.csr_array(np.array(matrix)), row_lower=np.full(len(rows), -np.inf), row_upper=np.array(limits),
        integer=np.ones(columns, dtype=bool), offset=float(rng.normal()))
    return model, rows, weights, capacity


@given(SEEDS)
@DOUBLE
def test_strengthening_raises_the_relaxation_and_never_cuts_off_a_whole_solution(seed: int) -> None:
    model, rows, weights, capacity = random_program(seed)
    run = Run()
    strong = strengthen(model, rows, weights, capacity, run)
    points = np.array(list(product(*(range(int(n) + 1) for n in model.upper))))
    feasible = points[(points @ model.matrix.T <= model.row_upper + 1e-9).all(axis=1)]
    assert (feasible @ strong.model.matrix.T <= strong.model.row_upper + 1e-6).all()
    optimum = float((feasible @ model.cost).min()) + model.offset
    assert solve_model(strong.model, Run()).objective == pytest.approx(optimum, rel=1e-7, abs=1e-7)
    weak = solve_lp(model).bound
    assert weak is not None
    assert strong.bounds[0] == pytest.approx(weak, rel=1e-9, abs=1e-9)
    assert all(later >= earlier - 1e-9 * abs(earlier)
               for earlier, later in zip(strong.bounds, strong.bounds[1:], strict=False))
    assert run.bound == max(strong.bounds)
    assert strong.bounds[-1] <= optimum + 1e-7 * max(1.0, abs(optimum))
    assert strong.model.rows == model.rows + strong.cuts


def test_one_knapsack_alone_is_closed_completely() -> None:
    rng = np.random.default_rng(5)
    weights = np.array([0.7, 1.1, 1.3])
    model = LinearModel(
        cost=-rng.uniform(1, 2, 3), lower=np.zeros(3), upper=np.full(3, 3.0), matrix=sparse.csr_array(weights[None, :]),
        row_lower=np.array([-np.inf]), row_upper=np.array([3.0]), integer=np.ones(3, dtype=bool))
    strong = strengthen(model, [CapacityRow(0, np.arange(3), np.arange(3))], [weights], np.array([3.0]), Run())
    best = solve_model(model, Run()).objective
    assert best is not None
    assert strong.bounds[0] < best - 0.1
    assert strong.bounds[-1] == pytest.approx(best, rel=2 * VIOLATION)


def test_no_rounds_and_no_time_leave_the_model_as_it_is() -> None:
    model, rows, weights, capacity = random_program(1)
    for strong in (strengthen(model, rows, weights, capacity, Run(), rounds=0),
                   strengthen(model, rows, weights, capacity, Run(Budget(seconds=0)), rounds=9),
                   strengthen(model, rows, weights, capacity, Run(), rounds=9, seconds=0.0)):
        assert strong.cuts == 0
        assert strong.model is model


def test_cuts_are_named_after_the_rows_they_join() -> None:
    for seed in range(20):
        model, rows, weights, capacity = random_program(seed)
        named = model.replaced(row_names=lambda model=model: [f"memory[{r}]" for r in range(model.rows)])
        strong = strengthen(named, rows, weights, capacity, Run())
        if strong.cuts:
            assert strong.model.row_name(model.rows - 1) == f"memory[{model.rows - 1}]"
            assert strong.model.row_name(model.rows) == "knapsack_cut[0]"
            return
    pytest.fail("no cut found on twenty programs")
