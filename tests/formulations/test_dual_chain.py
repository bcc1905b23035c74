"""The bound on blocks in a row: below every path, and at the best one where blocks are convex."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.formulations.dual.chain import ChainAnswer, ChainDual, maximise_chain

STATES = np.array([[a, b] for a in range(3) for b in range(3)], dtype=float)


def case(seed: int, blocks: int, free_start: bool) -> tuple[np.ndarray, np.ndarray, ChainDual]:
    """Return costs [T, M] of the states of each block, prices of changes [T], and the boxes."""
    rng = np.random.default_rng(seed)
    costs, kappa = rng.random((blocks, len(STATES))), rng.random(blocks)
    upper = np.tile(kappa[:, None], (1, 2))
    if free_start:
        upper[0] = 0.0
    return costs, kappa, ChainDual(-upper, upper, np.array([1.0, 0.0]))


def best_path(costs: np.ndarray, kappa: np.ndarray, dual: ChainDual) -> float:
    change = np.abs(STATES[:, None] - STATES[None]).sum(axis=2)
    total = costs[0] + dual.upper[0, 0] * np.abs(STATES - dual.initial).sum(axis=1)
    for t in range(1, len(costs)):
        total = costs[t] + (total[None] + kappa[t] * change).min(axis=1)
    return float(total.min())


def maximised(costs: np.ndarray, dual: ChainDual, iterations: int = 50) -> Run:
    run = Run(Budget(iterations=iterations))

    def oracle(prices: np.ndarray) -> ChainAnswer:
        priced = costs + prices @ STATES.T
        chosen = priced.argmin(axis=1)
        rows = np.arange(len(costs))
        return ChainAnswer(priced[rows, chosen], costs[rows, chosen], STATES[chosen])

    maximise_chain(dual, oracle, np.zeros(dual.upper.shape), run)
    return run


@given(st.integers(0, 10**6), st.integers(1, 5), st.booleans())
def test_the_bound_is_below_the_cheapest_path(seed, blocks, free_start):
    costs, kappa, dual = case(seed, blocks, free_start)
    run = maximised(costs, dual)
    assert run.bound is not None
    assert run.bound <= best_path(costs, kappa, dual) + 1e-9


def test_where_changes_are_free_one_evaluation_gives_the_optimum():
    costs, _, dual = case(3, 4, free_start=True)
    free = ChainDual(np.zeros_like(dual.lower), np.zeros_like(dual.upper), dual.initial)
    run = maximised(costs, free)
    assert run.iterations == 1
    assert run.bound == pytest.approx(costs.min(axis=1).sum())


def test_prices_close_what_no_price_leaves_open():
    # Alternating blocks that each want another state: without prices each has its way for nothing.
    costs = np.where(np.arange(9)[None] == np.array([0, 8, 0, 8])[:, None], 0.0, 1.0)
    upper = np.full((4, 2), 5.0)
    upper[0] = 0.0
    dual = ChainDual(-upper, upper, np.zeros(2))
    run = maximised(costs, dual)
    assert run.trace[0].bound == pytest.approx(0.0)
    assert run.bound == pytest.approx(best_path(costs, np.full(4, 5.0), dual))


def test_an_oracle_that_runs_out_of_time_leaves_the_bound_known():
    _, _, dual = case(1, 3, free_start=False)
    run = Run(Budget())
    maximise_chain(dual, lambda prices: None, np.zeros(dual.upper.shape), run)
    assert run.bound is None
    assert run.iterations == 0
