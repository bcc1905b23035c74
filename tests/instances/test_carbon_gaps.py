"""Gaps: listed exactly, refused, or filled as the policy says."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon import GAP_POLICIES, GapError
from ecoopt.instances.carbon.gaps import GapPolicy, fill, missing_intervals

HOLED = arrays(np.float64, st.integers(1, 400), elements=st.floats(0, 1000) | st.just(np.nan))


@given(arrays(np.bool_, st.integers(0, 60)))
def test_missing_intervals_and_present_steps_partition_the_extent(present: np.ndarray) -> None:
    time_s = 1000 + 60 * np.flatnonzero(present)
    holes = missing_intervals(time_s, 1000, 1000 + 60 * len(present), 60)
    covered = {int(t) for t in time_s} | {t for first, last in holes for t in range(first, last, 60)}
    assert covered == set(range(1000, 1000 + 60 * len(present), 60))
    assert sum((last - first) // 60 for first, last in holes) == int((~present).sum())
    assert all(before[1] < after[0] for before, after in pairwise(holes))


@given(HOLED, st.sampled_from(GAP_POLICIES))
def test_a_policy_keeps_every_given_value_and_leaves_no_hole(values: np.ndarray, policy: GapPolicy) -> None:
    given_ = ~np.isnan(values)
    position = np.arange(len(values))
    week_before = [bool(given_[place % 168:place + 1:168].any()) for place in position]
    fillable = {"raise": given_.all(), "hold": given_[0], "linear": given_[0] and given_[-1],
                "same-hour-last-week": all(week_before)}[policy]
    if not fillable:
        with pytest.raises(GapError, match="missing"):
            fill(values, policy, first_s=0, step_s=3600, source="x")
        return
    filled, missing = fill(values, policy, first_s=0, step_s=3600, source="x")
    assert np.array_equal(missing, ~given_)
    assert np.array_equal(filled[given_], values[given_])
    assert np.isfinite(filled).all()
    assert filled.min() >= values[given_].min()
    assert filled.max() <= values[given_].max()


def test_each_policy_worked_by_hand() -> None:
    holed = np.array([10.0, np.nan, np.nan, 40.0])
    assert fill(holed, "hold", first_s=0, step_s=3600, source="x")[0].tolist() == [10, 10, 10, 40]
    assert fill(holed, "linear", first_s=0, step_s=3600, source="x")[0].tolist() == [10, 20, 30, 40]
    weeks = np.arange(3 * 168, dtype=float)
    weeks[[170, 168 + 170]] = np.nan
    filled, missing = fill(weeks, "same-hour-last-week", first_s=0, step_s=3600, source="x")
    assert filled[[170, 338]].tolist() == [2, 2]
    assert np.flatnonzero(missing).tolist() == [170, 338]


@pytest.mark.parametrize(("policy", "holed"), [
    ("hold", [np.nan, 1.0]), ("linear", [np.nan, 1.0]), ("linear", [1.0, np.nan]), ("raise", [1.0, np.nan, 1.0]),
    ("same-hour-last-week", [1.0, np.nan, 1.0]), ("hold", [np.nan]), ("linear", [np.nan]),
])
def test_what_a_policy_cannot_fill_is_an_error(policy: GapPolicy, holed: list[float]) -> None:
    with pytest.raises(GapError, match="missing 1970-01-01T0"):
        fill(np.array(holed), policy, first_s=0, step_s=3600, source="x")


def test_a_long_list_of_gaps_is_shown_in_part_and_held_in_full() -> None:
    holed = np.where(np.arange(100) % 2, np.nan, 1.0)
    with pytest.raises(GapError) as caught:
        fill(holed, "raise", first_s=0, step_s=3600, source="x")
    assert len(caught.value.intervals) == 50
    assert len(str(caught.value).splitlines()) == 21
    assert "and 30 more" in str(caught.value)


def test_unknown_policies_and_weeks_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="gap_policy"):
        fill(np.array([1.0]), "guess", first_s=0, step_s=3600, source="x")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="week"):
        fill(np.array([1.0, np.nan]), "same-hour-last-week", first_s=0, step_s=1000, source="x")
