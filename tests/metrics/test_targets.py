import numpy as np
import pytest

from ecoopt.core.status import Sense
from ecoopt.metrics import reached, target_value, time_to_target


@pytest.mark.parametrize(("best", "within", "sense", "target"), [
    (200.0, 0.01, "min", 202.0), (200.0, 0.01, "max", 198.0), (-200.0, 0.01, "min", -198.0),
    (-200.0, 0.01, "max", -202.0), (200.0, 0.0, "min", 200.0), (0.0, 0.5, "min", 0.5e-9), (0.0, 0.5, "max", -0.5e-9)])
def test_a_target_is_worse_than_the_best_known_by_a_relative_distance(best, within, sense, target):
    assert target_value(best, within, Sense(sense)) == pytest.approx(target, rel=1e-15)


@pytest.mark.parametrize(("best", "within"), [(np.nan, 0.1), (np.inf, 0.1), (1.0, -0.1), (1.0, np.inf), (1.0, np.nan)])
def test_a_target_of_nothing_is_refused(best, within):
    with pytest.raises(ValueError, match="give"):
        target_value(best, within, Sense.MIN)


FALLING = ([0.5, 1.0, 4.0, 9.0], [np.nan, 130.0, 110.0, 100.0])


@pytest.mark.parametrize(("target", "seconds"), [
    (1000.0, 1.0), (130.0, 1.0), (129.0, 4.0), (110.0, 4.0), (100.0, 9.0), (99.0, np.inf)])
def test_the_time_to_a_target_is_that_of_the_first_incumbent_as_good(target, seconds):
    assert time_to_target(*FALLING, target, Sense.MIN) == seconds


def test_larger_is_better_where_the_objective_is_maximised():
    run = ([1.0, 2.0, 3.0], [5.0, 7.0, 8.0])
    assert [time_to_target(*run, target, Sense.MAX) for target in (5.0, 6.0, 8.0, 8.1)] == [1.0, 2.0, 3.0, np.inf]


@pytest.mark.parametrize(("size", "sign"), [(100.0, 1), (100.0, -1), (-100.0, 1), (1e12, 1)])
def test_a_relative_rounding_below_1e_9_is_forgiven_and_no_more(size, sign):
    sense = Sense.MIN if sign > 0 else Sense.MAX
    off = sign * abs(size)
    assert time_to_target([2.0], [size + 0.9e-9 * off], size, sense) == 2.0
    assert time_to_target([2.0], [size + 1.1e-9 * off], size, sense) == np.inf


def test_a_run_without_incumbents_never_reaches_anything():
    assert time_to_target([], [], 1.0) == np.inf
    assert time_to_target([1.0], [np.nan], 1e300) == np.inf


@pytest.mark.parametrize("target", [np.nan, np.inf, -np.inf])
def test_a_target_that_is_no_number_is_refused(target):
    with pytest.raises(ValueError, match="target"):
        time_to_target(*FALLING, target)


def test_times_out_of_order_are_refused():
    with pytest.raises(ValueError, match="order of time"):
        time_to_target([2.0, 1.0], [1.0, 1.0], 1.0)


def test_the_distribution_counts_every_run_and_steps_at_the_times_of_those_that_arrive():
    times, shares = reached([3.0, np.inf, 1.0, 3.0, np.nan])
    np.testing.assert_array_equal(times, [1.0, 3.0])
    np.testing.assert_allclose(shares, [1 / 5, 3 / 5])


def test_where_no_run_arrives_there_is_no_step():
    assert [part.tolist() for part in reached([np.inf, np.inf])] == [[], []]


@pytest.mark.parametrize("times", [[], [[1.0]], [-1.0, 2.0], [-np.inf], ["a"]])
def test_times_that_are_none_are_refused(times):
    with pytest.raises(ValueError, match="time"):
        reached(times)
