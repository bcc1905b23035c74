import numpy as np
import pytest

from ecoopt.metrics import pairwise_profile, performance_profile

# Ratios of the first method: 1, 2, not solved, not solved; of the second: 2, 1, 1, not solved.
COSTS = [[1.0, 2.0], [4.0, 2.0], [np.inf, 3.0], [np.nan, np.inf]]


def test_a_profile_by_hand():
    profile = performance_profile(COSTS)
    np.testing.assert_array_equal(profile.ratios, [1, 2])
    np.testing.assert_array_equal(profile.shares, [[1 / 4, 2 / 4], [2 / 4, 3 / 4]])
    np.testing.assert_array_equal(profile.solved, [2 / 4, 3 / 4])


def test_a_curve_is_right_continuous_and_zero_below_one():
    profile = performance_profile(COSTS)
    np.testing.assert_array_equal(profile.at([0.5, 1, 1.999, 2, 1e9]),
                                  [[0, 0], [1 / 4, 2 / 4], [1 / 4, 2 / 4], [2 / 4, 3 / 4], [2 / 4, 3 / 4]])
    assert profile.at(1.5).shape == (2,)
    assert profile.at(np.ones((3, 4))).shape == (3, 4, 2)


def test_what_is_handed_out_changes_no_profile():
    profile = performance_profile(COSTS)
    profile.solved[:] = 9
    np.testing.assert_array_equal(profile.solved, [2 / 4, 3 / 4])


def test_a_third_method_turns_two_others_round_and_their_own_profile_does_not():
    # The first beats the second on two instances of three, but the third is the best on just these.
    costs = [[2.0, 4.0, 1.0], [2.0, 4.0, 1.0], [4.0, 2.0, 8.0]]
    np.testing.assert_allclose(performance_profile(costs).at(1), [0, 1 / 3, 2 / 3])
    np.testing.assert_allclose(pairwise_profile(costs, 0, 1).at(1), [2 / 3, 1 / 3])
    np.testing.assert_allclose(pairwise_profile(costs, 1, 0).at(1), [1 / 3, 2 / 3])


def test_a_pair_is_not_disturbed_by_costs_of_others():
    np.testing.assert_array_equal(pairwise_profile([[1.0, -5.0, 2.0]], 0, 2).shares, [[1, 0], [1, 1]])


def test_methods_that_solve_nothing_have_a_curve_of_zeros():
    profile = performance_profile([[np.inf, np.nan, np.inf]] * 2)
    np.testing.assert_array_equal(profile.ratios, [1])
    np.testing.assert_array_equal(profile.shares, [[0, 0, 0]])


def test_a_ratio_beyond_the_largest_number_is_still_solved():
    profile = performance_profile([[1e-300, 1e300]])
    assert profile.solved.tolist() == [1, 1]
    assert np.isfinite(profile.ratios).all()


@pytest.mark.parametrize("bad", [0.0, -1.0, -0.0])
def test_costs_that_give_no_ratio_are_refused_with_the_mend(bad):
    with pytest.raises(ValueError, match="shift the costs"):
        performance_profile([[1.0, bad]])


@pytest.mark.parametrize("costs", [[], [[]], [1.0, 2.0], [[[1.0]]], [["a"]], [[1.0], [1.0, 2.0]], [[1.0, -np.inf]]])
def test_costs_that_are_no_table_are_refused(costs):
    with pytest.raises(ValueError, match="values"):
        performance_profile(costs)


@pytest.mark.parametrize(("one", "other", "complaint"), [
    (0, 2, "no column 2"), (-1, 0, "no column -1"), (1, 1, "compared with itself")])
def test_pairs_that_are_none_are_refused(one, other, complaint):
    with pytest.raises(ValueError, match=complaint):
        pairwise_profile(COSTS, one, other)
