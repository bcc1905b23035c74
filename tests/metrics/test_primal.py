import numpy as np
import pytest

from ecoopt.metrics import StepCurve, primal_curve, primal_gap, primal_integral


@pytest.mark.parametrize(("objective", "reference", "gap"), [
    (100.0, 100.0, 0.0), (0.0, 0.0, 0.0), (-0.0, 0.0, 0.0),
    (125.0, 100.0, 0.2), (100.0, 125.0, 0.2), (-100.0, -125.0, 0.2), (-125.0, -100.0, 0.2),
    (5.0, 0.0, 1.0), (0.0, 5.0, 1.0), (0.0, -5.0, 1.0),
    (1.0, -1.0, 1.0), (-1e-300, 1e-300, 1.0), (1.7e308, -1.7e308, 1.0),
    (np.nan, 100.0, 1.0), (np.inf, 100.0, 1.0), (-np.inf, -100.0, 1.0), (None, 0.0, 1.0)])
def test_the_gap_is_bertholds(objective, reference, gap):
    assert primal_gap(objective, reference) == pytest.approx(gap, rel=1e-15)


def test_the_gaps_of_a_table_are_to_the_reference_of_its_row():
    gaps = primal_gap([[200, 100, np.nan], [5, -10, 10]], [[100], [10]])
    np.testing.assert_allclose(gaps, [[0.5, 0, 1], [0.5, 1, 0]])


@pytest.mark.parametrize("reference", [np.nan, np.inf, [1.0, -np.inf]])
def test_a_gap_to_nothing_is_refused(reference):
    with pytest.raises(ValueError, match="best known value"):
        primal_gap(1.0, reference)


# A run on an instance whose best known value is 100: gaps 1/2 from 1 s, 1/3 and at once 1/5 from 3 s, 0 from 6 s.
RUN = ([1.0, 3.0, 3.0, 6.0], [200.0, 150.0, 125.0, 100.0], 100.0)


def test_the_curve_is_one_at_first_and_jumps_with_each_incumbent():
    curve = primal_curve(*RUN)
    assert curve.before == 1.0
    np.testing.assert_allclose(curve.values, [1 / 2, 1 / 3, 1 / 5, 0])
    np.testing.assert_allclose(curve.at([[0, 0.99, 1], [2.99, 3, 1e9]]), [[1, 1, 1 / 2], [1 / 2, 1 / 5, 0]])
    assert curve.at(6.0) == 0


@pytest.mark.parametrize(("horizon_s", "seconds"), [
    (0, 0), (0.5, 0.5), (1, 1), (2, 1 + 1 / 2), (3, 1 + 2 / 2), (4, 1 + 2 / 2 + 1 / 5), (6, 1 + 2 / 2 + 3 / 5),
    (10, 1 + 2 / 2 + 3 / 5 + 0)])
def test_the_integral_is_the_area_under_the_steps(horizon_s, seconds):
    assert primal_integral(*RUN, horizon_s) == pytest.approx(seconds, rel=1e-15)
    assert primal_curve(*RUN).integral(horizon_s) == pytest.approx(seconds, rel=1e-15)


def test_integrals_of_many_horizons_are_those_of_each():
    np.testing.assert_allclose(primal_curve(*RUN).integral([[0, 2], [3, 10]]), [[0, 1.5], [2, 2.6]])


def test_a_run_without_incumbent_loses_the_whole_horizon():
    assert primal_integral([], [], 100.0, 7.5) == 7.5
    assert primal_integral([1.0, 2.0], [np.nan, np.nan], 100.0, 7.5) == 7.5


def test_a_value_before_the_first_jump_may_be_any():
    curve = StepCurve(np.array([2.0]), np.array([10.0]), before=-4.0)
    assert curve.integral(5.0) == -8 + 30


@pytest.mark.parametrize(("seconds", "values", "complaint"), [
    ([2, 1], [1, 1], "order of time"), ([-1, 1], [1, 1], "negative"), ([0, np.nan], [1, 1], "not finite"),
    ([0, np.inf], [1, 1], "not finite"), ([0, 1], [1], "differ in shape"), ([[0]], [[1]], "differ in shape"),
    (["a"], [1], "seconds hold something else"), ([0, 1], [[1], [1, 2]], "values hold something else")])
def test_a_trace_that_is_none_is_refused(seconds, values, complaint):
    with pytest.raises(ValueError, match=complaint):
        primal_curve(seconds, values, 1.0)


@pytest.mark.parametrize(("values", "before"), [([np.nan], 1.0), ([1.0], np.inf)])
def test_a_curve_of_what_is_no_number_is_refused(values, before):
    with pytest.raises(ValueError, match="value of the curve"):
        StepCurve(np.array([1.0]), np.array(values), before)


@pytest.mark.parametrize("horizon_s", [-1, np.inf, np.nan, [1.0, -2.0]])
def test_a_horizon_that_is_none_is_refused(horizon_s):
    with pytest.raises(ValueError, match="horizon"):
        primal_curve(*RUN).integral(horizon_s)
