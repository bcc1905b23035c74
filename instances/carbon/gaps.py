"""Gaps: missing steps are listed and refused unless a named policy is asked to fill them."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.instances.carbon.stamps import iso

GapPolicy = Literal["raise", "hold", "linear", "same-hour-last-week"]

GAP_POLICIES: tuple[GapPolicy, ...] = get_args(GapPolicy)
MAX_STEPS = 20_000_000
WEEK_S = 7 * 86400
_SHOWN = 20


class GapError(InputError):
    """Steps that a series should have and does not.

    Parameters
    ----------
    source : str
        The file or series.
    intervals : sequence of (int, int)
        Left-closed missing intervals, seconds since 1970.
    step_s : int
        Length of one step.
    mend : str
        What to do about it.

    Attributes
    ----------
    intervals : tuple of (str, str)
        All missing intervals as ISO 8601 UTC text; the message shows the first 20.
    """

    def __init__(self, source: str, intervals: list[tuple[int, int]], step_s: int, mend: str) -> None:
        self.intervals = tuple((iso(first), iso(last)) for first, last in intervals)
        problems = [
            Problem("", f"missing {start} to {end} ({(last - first) // step_s} steps of {step_s} s)", mend)
            for (start, end), (first, last) in zip(self.intervals[:_SHOWN], intervals, strict=False)
        ]
        if len(intervals) > _SHOWN:
            problems.append(Problem("", f"... and {len(intervals) - _SHOWN} more missing intervals"))
        super().__init__(source, problems)


def check_policy(policy: str) -> None:
    """Raise InputError unless `policy` is a name in ``GAP_POLICIES``."""
    if policy not in GAP_POLICIES:
        raise InputError.one("", "gap_policy", f"{policy!r} is unknown", f"use one of {', '.join(GAP_POLICIES)}")


def missing_intervals(time_s: IntArray, first_s: int, end_s: int, step_s: int) -> list[tuple[int, int]]:
    """Return the left-closed intervals of [first_s, end_s) that no step covers.

    Parameters
    ----------
    time_s : int array [n]
        Beginnings of the steps there are, increasing, on the grid `first_s` + k `step_s`.
    first_s, end_s : int
        Extent that should be covered.
    step_s : int
        Length of one step.
    """
    ends = np.concatenate(([first_s], time_s + step_s))
    starts = np.concatenate((time_s, [end_s]))
    holes = np.flatnonzero(starts > ends)
    return [(int(ends[k]), int(starts[k])) for k in holes]


def fill(values: FloatArray, policy: GapPolicy, *, first_s: int, step_s: int,
         source: str) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the series without its gaps, and which steps were filled.

    Parameters
    ----------
    values : float array [n]
        One entry per step, NaN where missing.
    policy : str
        ``raise``; ``hold`` repeats the last value before the gap; ``linear`` joins the values on both sides;
        ``same-hour-last-week`` takes the value 168 h before, or the latest whole number of weeks before that has one.
    first_s, step_s : int
        Beginning of the first step and length of each.
    source : str
        Name in the error.

    Raises
    ------
    GapError
        With every missing interval that the policy leaves.
    """
    check_policy(policy)
    missing = np.isnan(values)
    filled = values.copy()
    if missing.any() and policy != "raise":
        present = np.flatnonzero(~missing)
        if present.size == 0:
            pass
        elif policy == "linear":
            inside = missing.copy()
            inside[:present[0]] = inside[present[-1] + 1:] = False
            filled[inside] = np.interp(np.flatnonzero(inside), present, values[present])
        elif policy == "hold":
            last = np.maximum.accumulate(np.where(missing, -1, np.arange(len(values))))
            filled = np.where(last >= 0, values[np.maximum(last, 0)], np.nan)
        else:
            filled = _from_earlier_weeks(values, step_s, source)
    left = np.isnan(filled)
    if left.any():
        here = first_s + step_s * np.flatnonzero(~left).astype(np.int64)
        intervals = missing_intervals(here, first_s, first_s + step_s * len(values), step_s)
        mend = ("give the rows, or choose gap_policy hold, linear or same-hour-last-week" if policy == "raise"
                else f"gap_policy {policy} has nothing to fill it from; give the rows or choose another")
        raise GapError(source, intervals, step_s, mend)
    return filled, missing


def _from_earlier_weeks(values: FloatArray, step_s: int, source: str) -> FloatArray:
    """Return `values` with each gap taken from the latest earlier week that has the step."""
    if WEEK_S % step_s:
        raise InputError.one(source, "gap_policy", f"a week is no whole number of steps of {step_s} s",
                             "choose hold or linear")
    week = WEEK_S // step_s
    padded = np.full(-(-len(values) // week) * week, np.nan)
    padded[:len(values)] = values
    table = padded.reshape(-1, week)
    rows = np.where(np.isnan(table), -1, np.arange(len(table))[:, None])
    latest = np.maximum.accumulate(rows, axis=0)
    taken = np.where(latest >= 0, np.take_along_axis(table, np.maximum(latest, 0), axis=0), np.nan)
    return taken.ravel()[:len(values)]
