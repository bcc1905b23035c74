"""Large-neighbourhood search: the restricted model is the whole one with columns fixed; the incumbent only improves."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from ecoopt.core.budget import Budget
from ecoopt.core.instance import Schedule
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.formulations.highs import LinearModel, solve_model
from ecoopt.hybrid.lns import LnsSettings, restricted_to, search_neighbourhoods

SEEDS = st.integers(0, 2**32 - 1)
HALF = settings(max_examples=settings().max_examples // 2)
QUARTER = settings(max_examples=settings().max_examples // 4)


class Marked(Schedule):
    """A schedule that carries a solution."""

    family: str = "toy"
    schema_version: int = 1
    x: tuple[float, ...]


def marked(x: np.ndarray) -> Marked:
    return Marked(x=tuple(x.tolist()))


def random_model(seed: int, columns: int = 12, rows: int = 8) -> LinearModel:
    """Return knapsacks, floors and equations over whole and continuous columns, feasible at 0."""
    rng = np.random.default_rng(seed)
    matrix = np.where(rng.random((rows, columns)) < 0.4, rng.uniform(0.2, 2.0, (rows, columns)), 0.0)
    level = np.zeros((1, columns))
    level[0, : 3] = [1.0, -1.0, 0.5]
    return LinearModel(
        cost=-rng.uniform(0.0, 3.0, columns), lower=np.zeros(columns), upper=rng.integers(1, 5, columns) * 1.0,
        matrix=sparse.csr_array(np.vstack([matrix, level])),
        row_lower=np.append(np.full(rows, -np.inf), -1.0), row_upper=np.append(rng.uniform(1.0, 6.0, rows), 1.0),
        integer=rng.random(columns) < 0.8, offset=float(rng.normal()))


def random_mask(columns: int) -> Callable[[np.random.Generator, int], np.ndarray]:
    return lambda rng, size: rng.permutation(columns) < min(size, columns)


@given(SEEDS)
@HALF
def test_the_restricted_model_is_the_whole_one_with_the_other_columns_fixed(seed: int) -> None:
    rng, model = np.random.default_rng(seed), random_model(seed)
    first = solve_model(model.replaced(cost=rng.normal(size=model.columns)), Run()).x
    assert first is not None
    free = np.flatnonzero(rng.random(model.columns) < 0.5)
    part = restricted_to(model, model.matrix.tocsc(), free, first)
    fixed = np.ones(model.columns, dtype=bool)
    fixed[free] = False
    whole = model.replaced(lower=np.where(fixed, first, model.lower), upper=np.where(fixed, first, model.upper))
    assert part.objective(first[free]) == pytest.approx(model.objective(first), rel=1e-9, abs=1e-9)
    assert part.violation(first[free]) <= 1e-6
    for _ in range(10):
        x = first.copy()
        x[free] = np.where(model.integer, rng.integers(0, model.upper + 1), rng.uniform(0, model.upper))[free]
        assert part.objective(x[free]) == pytest.approx(model.objective(x), rel=1e-9, abs=1e-9)
        assert (part.violation(x[free]) <= 1e-6) == (model.violation(x) <= 1e-6)
    expected, found = solve_model(whole, Run()).objective, solve_model(part, Run()).objective
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_rows_without_free_columns_are_left_out() -> None:
    model = LinearModel(
        cost=np.array([-1.0, -1.0, -1.0]), lower=np.zeros(3), upper=np.ones(3),
        matrix=sparse.csr_array(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])), row_lower=np.full(2, -np.inf),
        row_upper=np.array([1.0, 1.0]), integer=np.ones(3, dtype=bool))
    part = restricted_to(model, model.matrix.tocsc(), np.array([0]), np.array([0.0, 1.0, 1.0]))
    assert part.matrix.toarray().tolist() == [[1.0]]
    assert part.row_upper.tolist() == [0.0]
    assert part.objective(np.zeros(1)) == -2.0


@given(SEEDS)
@QUARTER
def test_the_search_is_feasible_never_worse_and_the_same_for_the_same_seed(seed: int) -> None:
    model = random_model(seed)
    start = np.zeros(model.columns)
    runs = [Run(Budget(iterations=6)) for _ in range(2)]
    first, again = (
        search_neighbourhoods(model, start, random_mask(model.columns), marked, run, seed=seed,
                              settings=LnsSettings(columns=5, fewest=3, most=8, nodes=20)) for run in runs)
    assert model.violation(first) <= 1e-6
    assert model.objective(first) <= model.objective(start)
    assert first.tobytes() == again.tobytes()
    assert not start.any()
    for run in runs:
        assert run.iterations <= 6
        values = [point.incumbent for point in run.trace]
        assert values == sorted(values, reverse=True)
        if run.objective is not None:
            assert run.objective == pytest.approx(model.objective(first), rel=1e-9, abs=1e-9)
            assert run.schedule() == marked(first)


@given(SEEDS)
@QUARTER
def test_a_neighbourhood_of_everything_gives_the_optimum(seed: int) -> None:
    model, run = random_model(seed), Run()
    found = search_neighbourhoods(
        model, np.zeros(model.columns), lambda _, __: np.ones(model.columns, dtype=bool), marked, run, seed=0,
        settings=LnsSettings(patience=2))
    best = solve_model(model, Run()).objective
    assert best is not None
    assert model.objective(found) == pytest.approx(best, rel=1e-6, abs=1e-6)


def test_the_search_ends_when_its_patience_does() -> None:
    model, run = random_model(3), Run()
    optimum = solve_model(model, Run()).x
    assert optimum is not None
    found = search_neighbourhoods(model, optimum, random_mask(model.columns), marked, run, seed=0,
                                  settings=LnsSettings(patience=4))
    assert run.iterations == 4
    assert run.objective is None
    assert found.tobytes() == optimum.tobytes()


@pytest.mark.parametrize(("budget", "reason"), [
    (Budget(iterations=0), Termination.ITERATIONS), (Budget(seconds=0), Termination.TIME)])
def test_without_budget_the_start_comes_back(budget: Budget, reason: Termination) -> None:
    model, run = random_model(4), Run(budget)
    found = search_neighbourhoods(model, np.zeros(model.columns), random_mask(model.columns), marked, run, seed=0)
    assert not found.any()
    assert (run.iterations, run.stop()) == (0, reason)


def test_neighbourhoods_grow_while_they_are_searched_completely_and_stay_within_limits() -> None:
    asked: list[int] = []

    def mask(rng: np.random.Generator, size: int) -> np.ndarray:
        asked.append(size)
        return rng.permutation(12) < size

    search_neighbourhoods(random_model(5), np.zeros(12), mask, marked, Run(Budget(iterations=12)), seed=0,
                          settings=LnsSettings(columns=3, fewest=2, most=9, patience=99))
    assert asked[0] == 3
    assert asked == sorted(asked)
    assert asked[-1] == 9


def test_a_model_without_columns_is_left_alone() -> None:
    empty = LinearModel(cost=np.zeros(0), lower=np.zeros(0), upper=np.zeros(0), matrix=sparse.csr_array((0, 0)),
                        row_lower=np.zeros(0), row_upper=np.zeros(0))
    run = Run()
    assert search_neighbourhoods(empty, np.zeros(0), random_mask(0), marked, run, seed=0).shape == (0,)
    assert run.iterations == 0
