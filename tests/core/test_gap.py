"""The gap."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecoopt.core.gap import gap
from ecoopt.core.status import Sense

NUMBER = st.floats(-1e12, 1e12)


@pytest.mark.parametrize(("objective", "bound", "sense", "expected"), [
    (100.0, 90.0, Sense.MIN, 0.1), (90.0, 100.0, Sense.MAX, 1 / 9), (0.0, -1e-9, Sense.MIN, 1.0),
    (-100.0, -110.0, Sense.MIN, 0.1), (90.0, 100.0, Sense.MIN, 0.0)])
def test_the_formula(objective, bound, sense, expected):
    assert gap(objective, bound, sense) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("objective", "bound"), [(None, 1.0), (1.0, None), (math.inf, 1.0), (1.0, math.nan)])
def test_what_is_missing_makes_it_infinite(objective, bound):
    assert gap(objective, bound) == math.inf


@given(NUMBER, NUMBER)
def test_never_negative_and_the_same_for_the_mirrored_problem(objective, bound):
    assert gap(objective, bound) >= 0
    assert gap(objective, bound, Sense.MIN) == gap(-objective, -bound, Sense.MAX)


@given(NUMBER)
def test_zero_when_the_bound_is_met(value):
    assert gap(value, value) == 0
