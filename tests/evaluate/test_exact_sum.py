"""Sums in pairs are as good as exact rational arithmetic."""

from fractions import Fraction
from math import fsum

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecoopt.evaluate.exact_sum import add, between, level, running_sum

SEVENTHS = st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda x: x / 7)
TERMS = arrays(np.float64, st.integers(0, 60), elements=SEVENTHS)


@given(TERMS, st.randoms(use_true_random=False))
def test_a_sum_is_correctly_rounded_in_whatever_order(terms, random):
    pair = np.zeros(2)
    for term in random.sample(terms.tolist(), len(terms)):
        add(pair, term)
    exact = fsum(terms)
    assert abs(pair[0] + pair[1] - exact) <= np.spacing(abs(exact)) + 1e-24 * np.abs(terms).sum()


@given(TERMS, st.data())
def test_a_stretch_of_a_running_sum_has_no_cancellation(terms, data):
    terms = np.abs(terms)
    end = data.draw(st.integers(0, len(terms)))
    start = data.draw(st.integers(0, end))
    exact = Fraction(0)
    for term in terms[start:end]:
        exact += Fraction(float(term))
    found = between(running_sum(terms), start, end)
    assert abs(Fraction(found) - exact) <= Fraction(float(2 * np.spacing(float(exact)) + 1e-24 * terms.sum()))


@given(TERMS)
def test_what_comes_and_goes_leaves_nothing_behind(terms):
    changes = np.zeros((2, 2))
    for term in terms:
        add(changes[0], term)
    for term in terms[::-1]:
        add(changes[1], -term)
    before, after = level(changes)
    assert abs(before - fsum(terms)) <= np.spacing(abs(before)) + 1e-24 * np.abs(terms).sum()
    assert abs(after) <= 1e-24 * np.abs(terms).sum()
