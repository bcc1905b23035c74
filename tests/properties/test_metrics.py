"""Laws of the metrics, each against a count or a sum written out plainly here."""

from itertools import combinations, product
from math import ceil, inf, isfinite, nan

import numpy as np
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ecoopt.core.status import Sense
from ecoopt.metrics import (
    friedman,
    holm,
    mean_interval,
    paired_tests,
    pairwise_profile,
    performance_profile,
    primal_curve,
    primal_gap,
    primal_integral,
    reached,
    shifted_geometric_mean,
    tally,
    time_to_target,
)

FAILURES = st.sampled_from([inf, nan])
FEW = st.integers(1, 5).map(float)
"""Few values, so that ties are common."""
COSTS = FEW | st.floats(1e-3, 1e6) | FAILURES


def tables(elements=COSTS, rows=(1, 7), columns=(1, 5)):
    shapes = st.tuples(st.integers(*rows), st.integers(*columns))
    return shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=elements))


@st.composite
def runs(draw, most=8):
    """A run whose incumbents fall: seconds in eighths, values down to a reference of 1."""
    eighths = sorted(draw(st.lists(st.integers(0, 80), max_size=most)))
    values = sorted(draw(st.lists(st.floats(1, 50), min_size=len(eighths), max_size=len(eighths))), reverse=True)
    return np.array(eighths) / 8, np.array(values)


# ---------------------------------------------------------------- profiles


@given(tables())
def test_profiles_count_the_instances_within_each_ratio(costs):
    profile = performance_profile(costs)
    rows, methods = costs.shape
    finite = [[c for c in row if isfinite(c)] for row in costs.tolist()]
    for ratio in [*profile.ratios.tolist(), 1.0, 1.7, 3.0]:
        for m in range(methods):
            within = sum(isfinite(costs[i, m]) and costs[i, m] / min(finite[i]) <= ratio for i in range(rows))
            assert profile.at(ratio)[m] == within / rows


@given(tables())
def test_profile_curves_rise_from_ratio_one_to_the_solved_share(costs):
    profile = performance_profile(costs)
    assert profile.ratios[0] == 1
    assert (np.diff(profile.ratios) > 0).all()
    assert (np.diff(profile.shares, axis=0) >= 0).all()
    assert ((profile.shares >= 0) & (profile.shares <= 1)).all()
    np.testing.assert_array_equal(profile.solved, np.isfinite(costs).mean(axis=0))
    np.testing.assert_array_equal(profile.at(1e300), profile.solved)


@given(st.data())
def test_profiles_do_not_change_when_the_unit_of_an_instance_does(data):
    costs = data.draw(tables())
    powers = data.draw(arrays(np.int64, len(costs), elements=st.integers(-20, 20)))
    one, other = performance_profile(costs), performance_profile(costs * 2.0 ** powers[:, None])
    np.testing.assert_array_equal(one.ratios, other.ratios)
    np.testing.assert_array_equal(one.shares, other.shares)


@given(tables(columns=(2, 5)), st.data())
def test_a_pairwise_profile_is_that_of_two_columns_alone(costs, data):
    one, other = data.draw(st.permutations(range(costs.shape[1])))[:2]
    pair = pairwise_profile(costs, one, other)
    alone = performance_profile(np.column_stack([costs[:, one], costs[:, other]]))
    np.testing.assert_array_equal(pair.ratios, alone.ratios)
    np.testing.assert_array_equal(pair.shares, alone.shares)


# ---------------------------------------------------------------- runs over time


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(allow_nan=False, allow_infinity=False))
def test_a_primal_gap_lies_in_0_to_1_and_is_0_at_the_reference(objective, reference):
    assert 0 <= primal_gap(objective, reference) <= 1
    assert primal_gap(reference, reference) == 0


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_a_primal_gap_does_not_tell_one_value_from_the_other_nor_a_sign(one, other):
    assert primal_gap(one, other) == primal_gap(other, one) == primal_gap(-one, -other)


@given(runs(), st.integers(0, 100))
def test_the_primal_integral_lies_between_nothing_and_the_horizon(run, eighths):
    assert 0 <= primal_integral(*run, 1.0, eighths / 8) <= eighths / 8


@given(st.lists(st.floats(0, 10), max_size=30).map(sorted), st.floats(0, 20))
@example(seconds=[2.31, 7.96], horizon_s=8.01)
def test_a_run_of_gap_one_is_charged_the_horizon_and_not_an_ulp_more(seconds, horizon_s):
    area = primal_integral(seconds, [-1.0] * len(seconds), 1.0, horizon_s)
    assert horizon_s * (1 - 1e-14) <= area <= horizon_s


@given(runs(), st.integers(0, 100))
def test_the_primal_integral_is_the_riemann_sum(run, eighths):
    # All seconds are whole eighths, so that each sixteenth that ends no eighth has the gap of its whole eighth.
    total = 0.0
    for step in range(eighths):
        found = [v for s, v in zip(*run, strict=True) if s <= step / 8 + 1 / 16]
        total += (1 - 1 / found[-1] if found else 1.0) / 8
    np.testing.assert_allclose(primal_integral(*run, 1.0, eighths / 8), total, rtol=1e-12, atol=1e-12)


@given(runs(), st.data())
def test_the_primal_integral_falls_when_an_incumbent_comes_earlier(run, data):
    seconds, values = run
    assume(len(seconds))
    k = data.draw(st.integers(0, len(seconds) - 1))
    earlier = seconds.copy()
    earlier[k] = data.draw(st.floats(seconds[k - 1] if k else 0.0, seconds[k]))
    before, after = primal_integral(seconds, values, 1.0, 12.0), primal_integral(earlier, values, 1.0, 12.0)
    gain = (1 - 1 / values[k - 1] if k else 1.0) - (1 - 1 / values[k])
    np.testing.assert_allclose(before - after, gain * (seconds[k] - earlier[k]), atol=1e-12)
    assert after <= before + 1e-12


@given(runs(), arrays(np.float64, 6, elements=st.floats(0, 15)))
def test_a_primal_curve_has_the_value_of_the_last_point_so_far(run, times):
    values = primal_curve(*run, 1.0).at(times)
    for time, value in zip(times, values, strict=True):
        found = [v for s, v in zip(*run, strict=True) if s <= time]
        assert value == (primal_gap(found[-1], 1.0) if found else 1.0)


@given(runs(), st.lists(st.floats(1, 60), min_size=2, max_size=2), st.sampled_from(Sense))
def test_an_easier_target_is_not_reached_later_and_no_point_before_is_as_good(run, targets, sense):
    seconds, values = run
    hard, easy = sorted(targets)
    if sense is Sense.MAX:
        values, hard, easy = -values, -hard, -easy
    sign = 1 if sense is Sense.MIN else -1
    late, early = (time_to_target(seconds, values, target, sense) for target in (hard, easy))
    assert early <= late
    good = [s for s, v in zip(seconds, values, strict=True) if sign * v <= sign * hard + 1e-9 * abs(hard)]
    assert late == min(good, default=inf)


@given(st.lists(st.integers(0, 9).map(float) | st.floats(0, 1e6) | FAILURES, min_size=1, max_size=12))
def test_the_distribution_of_times_rises_to_the_solved_share(sample):
    times, shares = reached(sample)
    assert (np.diff(times) > 0).all()
    for time, share in zip(times, shares, strict=True):
        assert share == sum(t <= time for t in sample) / len(sample)
    assert (shares[-1] if len(shares) else 0) == sum(map(isfinite, sample)) / len(sample)


# ---------------------------------------------------------------- tables of methods


@given(tables(FEW | st.floats(-1e6, 1e6) | FAILURES), st.sampled_from([0.0, 1e-6, 0.3]))
def test_wins_losses_and_ties_of_two_methods_add_up_to_the_instances(values, tolerance):
    counts = tally(values, tolerance)
    assert (counts.wins + counts.losses + counts.ties == len(values)).all()
    np.testing.assert_array_equal(counts.ties, counts.ties.T)
    assert (np.diag(counts.ties) == len(values)).all()


@given(tables(FEW | st.floats(-1e6, 1e6) | FAILURES), st.sampled_from([0.0, 1e-6, 0.3]))
def test_wins_are_counted_instance_by_instance(values, tolerance):
    def beats(one, other):
        if not isfinite(one):
            return False
        return not isfinite(other) or (one < other and other - one > tolerance * max(abs(one), abs(other)))

    wins = tally(values, tolerance).wins
    for a, b in product(range(values.shape[1]), repeat=2):
        assert wins[a, b] == sum(beats(row[a], row[b]) for row in values.tolist())


@given(tables(FEW | FAILURES, rows=(2, 7), columns=(3, 6)))
def test_mean_ranks_add_up_and_count_who_is_ahead(values):
    found = friedman(values)
    methods = values.shape[1]
    np.testing.assert_allclose(found.mean_ranks.sum(), methods * (methods + 1) / 2, rtol=1e-14)
    counts = tally(values, 0.0)
    ahead = 1 + (counts.losses.sum(axis=1) + (counts.ties.sum(axis=1) - len(values)) / 2) / len(values)
    np.testing.assert_allclose(found.mean_ranks, ahead, rtol=1e-14)
    assert 0 <= found.p_value <= 1


@given(tables(st.integers(1, 30).map(float), rows=(10, 60), columns=(3, 7)))
def test_two_methods_share_a_group_exactly_when_they_do_not_differ(values):
    found = friedman(values)
    for a, b in combinations(range(values.shape[1]), 2):
        near = abs(found.mean_ranks[a] - found.mean_ranks[b]) < found.critical_difference
        assert any({a, b} <= set(group) for group in found.groups) == near
    assert not any(set(one) <= set(other) for one, other in product(found.groups, repeat=2) if one is not other)
    for group in found.groups:
        assert (np.diff(found.mean_ranks[list(group)]) >= 0).all()


# ---------------------------------------------------------------- paired tests


@given(tables(FEW | FAILURES, rows=(1, 8), columns=(2, 2)))
def test_p_is_the_share_of_signs_with_so_low_a_rank_sum(values):
    found = paired_tests(values)[0]
    one, other = np.where(np.isnan(values), inf, values).T
    size = [abs(a - b) for a, b in zip(one, other, strict=True) if a != b]
    sizes = sorted(size)
    rank = [sizes.index(s) + (sizes.count(s) + 1) / 2 for s in size]
    sums = [sum(r for r, up in zip(rank, signs, strict=True) if up) for signs in product([0, 1], repeat=len(rank))]
    up = sum(r for r, d in zip(rank, [a > b for a, b in zip(one, other, strict=True) if a != b], strict=True) if d)
    least = min(up, sum(rank) - up)
    assert found.statistic == least
    np.testing.assert_allclose(found.p_value, min(1, 2 * np.mean([s <= least for s in sums])), rtol=1e-12)


@given(tables(FEW | FAILURES, rows=(1, 30), columns=(2, 2)), st.integers(0, 3))
def test_neither_the_order_of_two_methods_nor_instances_without_difference_change_p(values, more):
    found = paired_tests(values)[0]
    swapped = paired_tests(np.concatenate([values, np.full((more, 2), inf), np.ones((more, 2))])[:, ::-1])[0]
    assert (swapped.statistic, swapped.p_value) == (found.statistic, found.p_value)
    if not more:
        np.testing.assert_array_equal(swapped.median_difference, -found.median_difference)


@given(st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.02, 1.0]), max_size=9))
def test_holm_lifts_p_values_and_keeps_their_order(p_values):
    raw, lifted = np.array(p_values), holm(p_values)
    assert ((lifted >= raw) & (lifted <= 1)).all()
    for a, b in product(range(len(raw)), repeat=2):
        assert raw[a] > raw[b] or lifted[a] <= lifted[b]
    for level in (0.01, 0.05, 0.5):  # what is rejected stepping down by hand
        rejected = set()
        for k, place in enumerate(sorted(range(len(raw)), key=p_values.__getitem__)):
            if (len(raw) - k) * raw[place] > level:
                break
            rejected.add(place)
        assert set(np.flatnonzero(lifted <= level).tolist()) == rejected


# ---------------------------------------------------------------- means


@given(arrays(np.float64, array_shapes(max_dims=2, max_side=6), elements=st.floats(0, 1e9)),
       st.sampled_from([1e-3, 1.0, 10.0]))
def test_a_shifted_mean_lies_between_the_least_and_the_arithmetic_mean(values, shift):
    mean = shifted_geometric_mean(values, shift)
    assert mean.shape == values.shape[1:]
    assert (mean >= values.min(axis=0)).all()
    assert (mean <= values.max(axis=0)).all()
    assert (mean <= values.mean(axis=0) + 1e-12 * (values.max(axis=0) + shift)).all()
    root = np.prod(values + shift, axis=0) ** (1 / len(values)) - shift
    np.testing.assert_allclose(mean, root, rtol=1e-9, atol=1e-9 * shift)


SAMPLES = st.lists(FEW | st.integers(-10**6, 10**6).map(lambda n: n / 1024), min_size=2, max_size=12)


@given(SAMPLES, st.integers(0, 5))
def test_an_interval_is_one_and_within_the_sample(sample, seed):
    low, high = mean_interval(sample, resamples=199, seed=seed)
    rounding = 1e-12 * max(map(abs, sample))
    assert min(sample) - rounding <= low <= high + rounding <= max(sample) + 2 * rounding


@given(SAMPLES, st.integers(0, 5), st.floats(0.5, 0.9))
def test_a_higher_level_gives_an_interval_around_that_of_a_lower(sample, seed, level):
    inner = mean_interval(sample, level, resamples=199, seed=seed)
    outer = mean_interval(sample, 1 - (1 - level) / 2, resamples=199, seed=seed)
    rounding = 1e-12 * max(map(abs, sample))
    assert outer[0] - rounding <= inner[0] <= inner[1] + rounding <= outer[1] + 2 * rounding


@given(SAMPLES, st.integers(-10, 10))
def test_an_interval_has_the_unit_of_the_sample(sample, power):
    one = mean_interval(sample, resamples=199)
    other = mean_interval(np.array(sample) * 2.0**power, resamples=199)
    scale = 2.0**power
    np.testing.assert_allclose(other, np.array(one) * scale, rtol=1e-12, atol=1e-12 * scale * max(map(abs, sample)))


@given(st.integers(2, 12), st.integers(0, 5))
def test_an_interval_of_zeros_and_ones_covers_the_share_of_ones(size, seed):
    sample = [1.0] * ceil(size / 3) + [0.0] * (size - ceil(size / 3))
    low, high = mean_interval(sample, seed=seed, resamples=199)
    assert 0 <= low <= sum(sample) / size <= high <= 1
