"""Checks: what the metrics accept as numbers, as a run's trace and as a table of instances and methods."""

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray


def numbers(values: ArrayLike, what: str) -> FloatArray:
    """Return `values` as floats, None as NaN.

    Raises
    ------
    ValueError
        When they are no numbers, or rows differ in length.
    """
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{what} hold something else than numbers in rows of one length; correct them") from None


def trace(seconds: ArrayLike, values: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the points of a run, float arrays [K] and [K].

    Parameters
    ----------
    seconds : array_like [K]
        Finite, from 0 up, in order of time; points may share a second.
    values : array_like [K]
        Anything.

    Raises
    ------
    ValueError
        When the lengths differ, or the seconds are none or out of order.
    """
    when, what = numbers(seconds, "seconds"), numbers(values, "values")
    if when.ndim != 1 or when.shape != what.shape:
        raise ValueError(f"seconds {when.shape} and values {what.shape} differ in shape; give one of each per point")
    if not (np.isfinite(when) & (when >= 0)).all():
        raise ValueError("seconds are negative or not finite; count them from the start of the run")
    if (np.diff(when) < 0).any():
        raise ValueError("seconds fall from a point to the next; give points in order of time")
    return when, what


def costs_table(values: ArrayLike, methods: int = 1) -> FloatArray:
    """Return a table [I, M] of values to be small, every failure (NaN or infinite) as infinite.

    Parameters
    ----------
    values : array_like [I, M]
        A row per instance, a column per method.
    methods : int
        Least number of columns.

    Raises
    ------
    ValueError
        When it is no such table, or holds minus infinity.
    """
    table = numbers(values, "values")
    if table.ndim != 2 or table.shape[0] < 1 or table.shape[1] < methods:
        raise ValueError(f"values have the shape {table.shape}; give a row per instance, at least one, "
                         f"and a column per method, at least {methods}")
    if np.isneginf(table).any():
        raise ValueError("values hold minus infinity, better than any value can be; mark failures by +inf or NaN")
    return np.where(np.isnan(table), np.inf, table)


def column(number: int, methods: int) -> int:
    """Return the number of a column.

    Raises
    ------
    ValueError
        When a table of so many columns has none of that number, counted from 0.
    """
    if not 0 <= number < methods:
        raise ValueError(f"there is no column {number}; give one from 0 to {methods - 1}")
    return number
