import numpy as np
import pytest

from ecoopt.metrics import shifted_geometric_mean, tally


@pytest.mark.parametrize(("values", "shift", "mean"), [
    ([1.0, 4.0], 0.0, 2.0), ([0.0, 30.0], 10.0, 10.0), ([1.0, 1.0, 25.0], 2.0, 243 ** (1 / 3) - 2),
    ([-5.0, 30.0], 10.0, np.sqrt(200) - 10), ([7.0], 10.0, 7.0), ([1.0, np.inf], 1.0, np.inf)])
def test_the_mean_is_the_root_of_the_product_of_what_is_shifted(values, shift, mean):
    assert shifted_geometric_mean(values, shift) == pytest.approx(mean, rel=1e-14)


def test_a_mean_of_what_is_missing_is_missing():
    assert np.isnan(shifted_geometric_mean([1.0, np.nan], 1.0))
    assert np.isnan(shifted_geometric_mean([np.inf, np.nan], 1.0))


def test_the_axis_is_the_one_that_goes():
    table = [[1.0, 4.0, 9.0], [4.0, 16.0, 81.0]]
    np.testing.assert_allclose(shifted_geometric_mean(table, 0.0), [2, 8, 27])
    np.testing.assert_allclose(shifted_geometric_mean(table, 0.0, axis=1), [36 ** (1 / 3), (4 * 16 * 81) ** (1 / 3)])
    np.testing.assert_allclose(shifted_geometric_mean(table, 0.0, axis=-2), [2, 8, 27])


def test_products_beyond_the_largest_number_have_a_mean():
    assert shifted_geometric_mean(np.full(1000, 1e300), 10.0) == pytest.approx(1e300, rel=1e-12)
    assert shifted_geometric_mean([1.7e308, 1.7e308], 1.7e308) == 1.7e308


@pytest.mark.parametrize(("values", "shift", "axis", "complaint"), [
    ([1.0, -2.0], 2.0, 0, "value is -2 or less"), ([0.0], 0.0, 0, "greater shift"), ([-np.inf], 1.0, 0, "or less"),
    ([1.0], -1.0, 0, "shift is negative"), ([1.0], np.nan, 0, "shift"), ([1.0], np.inf, 0, "shift"),
    ([], 1.0, 0, "nothing along axis 0"), ([1.0], 1.0, 1, "axis 1"), (3.0, 1.0, 0, "axis 0"), (["a"], 1.0, 0, "hold")])
def test_what_has_no_mean_is_refused(values, shift, axis, complaint):
    with pytest.raises(ValueError, match=complaint):
        shifted_geometric_mean(values, shift, axis)


def test_a_tally_by_hand():
    counts = tally([[1.0, 2.0, 2.0],        # the first wins twice, the others tie
                    [3.0, 1.0, np.inf],     # the second, the first, a failure
                    [np.nan, np.inf, 5.0],  # two failures tie
                    [-4.0, -2.0, -4.0]])
    np.testing.assert_array_equal(counts.wins, [[0, 2, 2], [1, 0, 1], [1, 2, 0]])
    np.testing.assert_array_equal(counts.ties, [[4, 1, 1], [1, 4, 1], [1, 1, 4]])
    np.testing.assert_array_equal(counts.losses, [[0, 1, 1], [2, 0, 2], [2, 1, 0]])
    assert counts.wins.dtype == counts.ties.dtype == np.int64


@pytest.mark.parametrize(("one", "other", "tolerance", "tie"), [
    (100.0, 101.0, 0.01, True), (100.0, 101.1, 0.01, False), (-100.0, -101.0, 0.01, True), (1.0, 1.0, 0.0, True),
    (1.0, 1.0 + 1e-15, 0.0, False), (0.0, 1e-300, 1e-6, False), (0.0, 0.0, 1e-6, True), (1.0, np.inf, 0.5, False),
    (-1.7e308, 1.7e308, 0.1, False)])
def test_a_tie_is_relative_to_the_larger(one, other, tolerance, tie):
    assert tally([[one, other]], tolerance).ties[0, 1] == tie


@pytest.mark.parametrize("tolerance", [-1e-9, np.nan, np.inf])
def test_a_tolerance_that_is_none_is_refused(tolerance):
    with pytest.raises(ValueError, match="tolerance"):
        tally([[1.0]], tolerance)


def test_nothing_is_better_than_every_value():
    with pytest.raises(ValueError, match="minus infinity"):
        tally([[1.0, -np.inf]])
