"""The bundle's master: the simplex QP and the proximal problem are solved to optimality."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.formulations.dual.master import Gram, solve_master
from ecoopt.formulations.dual.mixture import Mixture
from ecoopt.formulations.dual.simplex_qp import simplex_qp


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 12), st.booleans())
def test_the_simplex_qp_meets_its_optimality_conditions(seed, size, rank, doubled):
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(size, rank)) * 10.0 ** rng.integers(-3, 4)
    if doubled:
        factor[-1] = factor[0]
    quadratic, linear = factor @ factor.T, rng.normal(size=size)
    x = simplex_qp(quadratic, linear, np.full(size, 1 / size))
    assert (x >= 0).all()
    assert x.sum() == pytest.approx(1.0)
    slope = quadratic @ x + linear
    assert slope @ x - slope.min() <= 1e-7 * max(1.0, np.abs(quadratic).max())


@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 15))
def test_the_master_has_no_duality_gap_with_prices_in_their_box(seed, cuts, prices):
    rng = np.random.default_rng(seed)
    gram = Gram(10, prices)
    for cut in range(cuts):
        gram.set(cut, rng.normal(size=prices))
    lower, upper = np.zeros(prices), np.where(rng.random(prices) < 0.5, np.inf, 2.0)
    centre, step = rng.uniform(0.0, 2.0, prices) * (rng.random(prices) < 0.6), 10.0 ** rng.uniform(-2, 2)
    values = 3.0 + rng.exponential(size=cuts)
    found = solve_master(gram, values, centre, 3.0, step, lower, upper, np.full(cuts, 1 / cuts))
    move = found.prices - centre
    assert ((lower <= found.prices) & (found.prices <= upper)).all()
    primal = found.rise - move @ move / (2 * step)
    cut_values = values - 3.0 + gram.slopes[:cuts] @ move
    dual = found.weights @ cut_values - move @ move / (2 * step)
    assert found.rise == pytest.approx(cut_values.min())
    assert dual - primal <= 1e-7 * max(1.0, abs(dual))


def test_the_gram_matrix_stays_right_while_prices_enter_and_leave():
    rng = np.random.default_rng(0)
    gram = Gram(5, 40)
    inside = rng.random(40) < 0.5
    for turn in range(250):
        gram.set(turn % 5, rng.normal(size=40))
        inside = inside.copy()
        inside[rng.integers(0, 40, 3)] ^= True
        expected = gram.slopes[:, inside] @ gram.slopes[:, inside].T
        assert gram.over(inside, 5) == pytest.approx(expected, abs=1e-10)
    kept = gram.slopes[[3, 1]].copy()
    gram.keep(np.array([3, 1]))
    assert gram.over(inside, 2) == pytest.approx(kept[:, inside] @ kept[:, inside].T, abs=1e-10)


def test_mixtures_of_arrays_are_exact_means_and_of_others_weighted_parts():
    arrays = Mixture.of(np.array([1.0, 0.0])).blended(0.25, np.array([0.0, 1.0]))
    assert arrays.mean.tolist() == [0.75, 0.25]
    one, two = ("first",), ("second",)
    parts = Mixture.of(one).blended(0.25, two).blended(0.5, one).parts
    assert parts == ((0.875, one), (0.125, two))
    assert Mixture.of(None).blended(0.5, None) == Mixture.of(None) or Mixture.of(None).parts == ()


def test_a_mixture_keeps_its_fifty_heaviest_parts_with_weights_of_sum_one():
    mixture = Mixture.of((0,))
    payloads = [(k,) for k in range(1, 80)]
    for payload in payloads:
        mixture = mixture.blended(0.1, payload)
    assert len(mixture.parts) == 50
    assert sum(weight for weight, _ in mixture.parts) == pytest.approx(1.0)
    assert mixture.parts[0][1] == (79,)
