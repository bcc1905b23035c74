"""Tests by hand, against scipy called directly, and against the tables of Demšar (2006)."""

import numpy as np
import pytest
from scipy import stats

from ecoopt.metrics import PairTest, friedman, holm, mean_interval, paired_tests

# Demšar (2006), table 6: AUC in thousandths of C4.5, C4.5+m, C4.5+cf and C4.5+m+cf on 14 data sets, as losses here.
AUC = 1000 - np.array([
    [763, 768, 771, 798], [599, 591, 590, 569], [954, 971, 968, 967], [628, 661, 654, 657], [882, 888, 886, 898],
    [936, 931, 916, 931], [661, 668, 609, 685], [583, 583, 563, 625], [775, 838, 866, 875], [1000, 1000, 1000, 1000],
    [940, 962, 965, 962], [619, 666, 614, 669], [972, 981, 975, 975], [957, 978, 946, 970]], dtype=float)
VOTING = 12
AUC[VOTING, 3] += 0.1  # the table ranks the two 0.975 of "voting" by digits that it does not print


# ---------------------------------------------------------------- pairs


def test_signed_ranks_of_the_published_example():
    # Table 2 has R- = 12 with the two differences of 0 ranked and split: without them the two negative differences
    # (ranks 7 and 3.5) go down by 2 each, and a half of 1.5 + 1.5 goes.
    found = paired_tests(AUC[:, :2])[0]
    assert found.statistic == 12 - 2 * 2 - 1.5
    assert found.pairs == 14
    assert found.median_difference == 8.0  # of the 14 differences in order the middle two are 7 and 9 thousandths


@pytest.mark.parametrize(("rows", "p_value"), [(1, 1.0), (5, 2 / 2**5), (6, 2 / 2**6), (10, 2 / 2**10)])
def test_one_that_is_lower_everywhere_has_the_least_p_there_is(rows, p_value):
    values = np.stack([np.zeros(rows), np.arange(1, rows + 1)], axis=1)
    found = paired_tests(values)[0]
    assert (found.statistic, found.p_value) == (0.0, p_value)
    assert found.median_difference == -(rows + 1) / 2


def test_differences_by_hand():
    # Differences 1, -2, 3, -4, 5 and 0: rank sums 9 and 6. Of 32 signs the lower sum is at most 6 in 13:
    # {}, 1, 2, 3, 4, 5, 12, 13, 14, 23, 24, 15, 123; so p = 26 / 32.
    found = paired_tests([[1, 0], [0, 2], [3, 0], [0, 4], [5, 0], [7, 7]])[0]
    assert found == PairTest(0, 1, 6, 0.5, 6.0, 26 / 32, 26 / 32, favours=1)


def test_ties_by_hand():
    # Differences 1, 1, -1: mean ranks 2 each, sums 4 and 2. Of 8 signs the sum is at most 2 in 4, twice that is 1.
    assert paired_tests([[1, 0], [1, 0], [0, 1]])[0].p_value == 1.0
    # Differences 1, 1, 1, 3: sums 10 and 0; of 16 signs one has the sum 0.
    found = paired_tests([[1, 0], [1, 0], [1, 0], [3, 0]])[0]
    assert (found.statistic, found.p_value) == (0.0, 2 / 16)


@pytest.mark.parametrize("rows", [4, 7, 14, 40, 70])
@pytest.mark.parametrize("most", [3, 10**6])
def test_statistic_and_p_are_those_of_scipy(rows, most):
    values = np.random.default_rng(rows).integers(0, most, (rows, 3)).astype(float)
    for found in paired_tests(values):
        difference = values[:, found.first] - values[:, found.second]
        there = stats.wilcoxon(difference[difference != 0])
        assert (found.statistic, found.p_value) == pytest.approx((there.statistic, there.pvalue), rel=1e-12)
        assert found.median_difference == np.median(difference)


def test_failures_are_worse_than_every_value_by_one_common_rank():
    inf, nan = np.inf, np.nan
    with_failures = paired_tests([[inf, 5], [nan, 1e300], [3, 9], [2, 1], [inf, nan], [4, 40]])[0]
    with_numbers = paired_tests([[99, 5], [95, 1], [3, 9], [2, 1], [0, 0], [4, 40]])[0]
    assert (with_failures.statistic, with_failures.p_value) == (with_numbers.statistic, with_numbers.p_value)
    assert with_failures.statistic == 5.0  # ranks 2 of -6 and 3 of -36; on the other side 1 and twice 4.5
    assert with_failures.median_difference == 0.5


def test_a_median_among_failures_is_infinite_or_undefined():
    assert paired_tests([[np.inf, 1], [np.inf, 1], [1, 2]])[0].median_difference == np.inf
    assert np.isnan(paired_tests([[np.inf, 1], [1, np.inf]])[0].median_difference)


@pytest.mark.parametrize("value", [3.0, np.inf, np.nan])
def test_without_any_difference_p_is_one(value):
    assert paired_tests(np.full((5, 2), value)) == [PairTest(0, 1, 5, 0.0, 0.0, 1.0, 1.0)]


def test_every_two_columns_or_each_against_one():
    values = np.random.default_rng(0).random((9, 4))
    assert [(t.first, t.second) for t in paired_tests(values)] == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    against = paired_tests(values, against=2)
    assert [(t.first, t.second) for t in against] == [(0, 2), (1, 2), (3, 2)]
    for tests in (against, paired_tests(values)):
        np.testing.assert_array_equal([t.holm_p_value for t in tests], holm([t.p_value for t in tests]))


@pytest.mark.parametrize("against", [4, -1])
def test_a_column_that_is_not_there_is_refused(against):
    with pytest.raises(ValueError, match=f"no column {against}"):
        paired_tests(np.ones((3, 4)), against)


def test_a_single_method_is_refused():
    with pytest.raises(ValueError, match="at least 2"):
        paired_tests([[1.0], [2.0]])


# ---------------------------------------------------------------- several tests together


def test_holm_by_hand():
    # Ascending 0.005 * 4, 0.01 * 3, 0.03 * 2, and 0.04 * 1 is lifted to the one before it.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.9, 0.6, 0.7]), [1, 1, 1])
    assert holm([0.2]) == [0.2]
    assert holm([]).shape == (0,)


@pytest.mark.parametrize("p_values", [[1.1], [-0.1], [np.nan], [[0.1]], 0.1])
def test_p_values_that_are_none_are_refused(p_values):
    with pytest.raises(ValueError, match="p-values"):
        holm(p_values)


# ---------------------------------------------------------------- ranks


def test_mean_ranks_and_statistic_of_the_published_example():
    found = friedman(AUC)
    np.testing.assert_allclose(found.mean_ranks, [3.143, 2.000, 2.893, 1.964], atol=5e-4)
    # Published without correction for ties: three pairs (2^3 - 2 each) and once four (4^3 - 4) of 14 (4^3 - 4).
    assert found.statistic * (1 - (3 * 6 + 60) / (14 * 60)) == pytest.approx(9.28, abs=5e-3)
    assert found.p_value == pytest.approx(stats.chi2.sf(found.statistic, 3), rel=1e-12)


def test_the_critical_difference_of_the_published_example():
    assert friedman(AUC).critical_difference == pytest.approx(1.25, abs=5e-3)
    assert friedman(AUC, alpha=0.1).critical_difference == pytest.approx(1.12, abs=5e-3)


@pytest.mark.parametrize(("alpha", "table"), [
    (0.05, [2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]),
    (0.10, [2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920])])
def test_the_critical_values_are_those_of_table_5a(alpha, table):
    for methods, value in enumerate(table, start=3):
        values = np.random.default_rng(0).random((7, methods))
        difference = friedman(values, alpha).critical_difference
        # The table divides quantiles of three decimals by the root of 2 and has three decimals itself.
        off = 0.5e-3 / np.sqrt(2) + 0.5e-3
        assert difference / np.sqrt(methods * (methods + 1) / (6 * 7)) == pytest.approx(value, abs=off)


def test_groups_by_hand():
    # 14 instances, the same order on each: mean ranks 1 to 5, and a critical difference of 2.728 sqrt(30 / 84) = 1.63.
    values = np.tile([30.0, 10.0, 50.0, 20.0, 40.0], (14, 1))
    found = friedman(values)
    np.testing.assert_array_equal(found.mean_ranks, [3, 1, 5, 2, 4])
    assert found.groups == ((1, 3), (3, 0), (0, 4), (4, 2))
    assert friedman(np.tile(values[:, :3], (8, 1))).groups == ()  # at 112 instances 0.31 tells ranks 1 apart
    assert friedman(values[:2]).groups == ((1, 3, 0, 4, 2),)  # at two 4.31 tells nothing apart


def test_groups_overlap_where_only_the_ends_differ():
    # Ranks 1.5, 1.5 and 3 on 10 instances: 2.343 sqrt(12 / 60) = 1.05 keeps the third out of the first two's group.
    assert friedman([[1, 2, 3], [2, 1, 3]] * 5).groups == ((0, 1),)
    # Ranks 1.4, 2, 2.6: the ends differ by 1.2, neighbours by 0.6.
    values = [[1, 2, 3]] * 8 + [[3, 2, 1]] * 2
    assert friedman(values).groups == ((0, 1), (1, 2))


def test_failures_rank_last_and_alike():
    np.testing.assert_array_equal(friedman([[np.inf, 1e9, np.nan], [1, 2, 3]]).mean_ranks, [1.75, 1.5, 2.75])


def test_friedman_is_that_of_scipy():
    values = np.random.default_rng(3).integers(0, 6, (12, 5)).astype(float)
    there = stats.friedmanchisquare(*values.T)
    found = friedman(values)
    assert (found.statistic, found.p_value) == pytest.approx((there.statistic, there.pvalue), rel=1e-12)


def test_methods_that_tie_throughout_do_not_differ():
    found = friedman([[1, 1, 1, 1], [np.inf, np.nan, np.inf, np.inf]])
    assert (found.statistic, found.p_value, found.groups) == (0.0, 1.0, ((0, 1, 2, 3),))


@pytest.mark.parametrize(("shape", "alpha", "complaint"), [
    ((5, 2), 0.05, "at least 3"), ((1, 5), 0.05, "single instance"), ((5, 5), 0.0, "level of significance"),
    ((5, 5), 1.0, "level of significance"), ((5, 5), np.nan, "level of significance")])
def test_what_cannot_be_ranked_is_refused(shape, alpha, complaint):
    with pytest.raises(ValueError, match=complaint):
        friedman(np.ones(shape), alpha)


# ---------------------------------------------------------------- intervals


def test_the_interval_is_that_of_scipy():
    values = np.random.default_rng(1).exponential(size=40)
    there = stats.bootstrap((values,), np.mean, confidence_level=0.9, n_resamples=999, method="BCa",
                            random_state=np.random.default_rng(7)).confidence_interval
    assert mean_interval(values, 0.9, 999, seed=7) == (there.low, there.high)


def test_many_values_take_their_draws_in_batches_and_the_same_ones():
    values = np.random.default_rng(1).exponential(size=2500)
    there = stats.bootstrap((values,), np.mean, n_resamples=3000, method="BCa", batch=100,
                            random_state=np.random.default_rng(0)).confidence_interval
    assert mean_interval(values, resamples=3000) == (there.low, there.high)


def test_the_same_seed_gives_the_same_interval_and_another_another():
    values = np.random.default_rng(1).exponential(size=30)
    assert mean_interval(values) == mean_interval(values)
    assert mean_interval(values) != mean_interval(values, seed=1)


def test_the_interval_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(5)
    ends = np.array([mean_interval(rng.normal(3.0, 1.0, 40), 0.9, resamples=499) for _ in range(400)])
    assert np.mean((ends[:, 0] <= 3) & (ends[:, 1] >= 3)) == pytest.approx(0.9, abs=0.035)


def test_the_interval_leans_to_where_the_sample_has_its_tail():
    values = np.random.default_rng(2).exponential(size=40)
    low, high = mean_interval(values)
    assert high - values.mean() > 1.15 * (values.mean() - low)


@pytest.mark.filterwarnings("ignore:.*BCa confidence interval cannot be calculated", "ignore:invalid value")
def test_plain_quantiles_where_the_correction_is_undefined():
    # Two resamples can both lie on one side of the sample's mean, which BCa would correct by infinitely much.
    values = np.array([0.0, 1.0, 2.0, 3.5])

    def there(seed, method):
        found = stats.bootstrap((values,), np.mean, n_resamples=2, method=method,
                                random_state=np.random.default_rng(seed)).confidence_interval
        return found.low, found.high

    undefined = [seed for seed in range(20) if np.isnan(there(seed, "BCa")).all()]
    assert len(undefined) >= 3
    for seed in undefined:
        assert mean_interval(values, resamples=2, seed=seed) == there(seed, "percentile")


def test_equal_values_have_no_width_and_a_single_one_no_interval():
    assert mean_interval([0.1] * 3) == (0.1, 0.1)  # which is not what adding up and dividing gives
    assert np.isnan(mean_interval([4.2])).all()
    assert np.isnan(mean_interval([])).all()


@pytest.mark.parametrize(("values", "level", "resamples", "complaint"), [
    ([1.0, np.inf], 0.95, 99, "not finite"), ([1.0, np.nan], 0.95, 99, "not finite"), ([[1.0, 2.0]], 0.95, 99, "row"),
    ([1.0, 2.0], 0.0, 99, "level"), ([1.0, 2.0], 1.0, 99, "level"), ([1.0, 2.0], 0.95, 1, "resamples")])
def test_what_has_no_interval_is_refused(values, level, resamples, complaint):
    with pytest.raises(ValueError, match=complaint):
        mean_interval(values, level, resamples)
