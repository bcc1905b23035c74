"""Shifted geometric mean: an average of times or gaps that neither the largest nor the smallest values rule."""

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.metrics.checks import numbers


def shifted_geometric_mean(values: ArrayLike, shift: float, axis: int = 0) -> FloatArray:
    r"""Return :math:`\bigl(\prod_{i=1}^n (v_i + s)\bigr)^{1/n} - s` along an axis, worked out in logarithms.

    Usual shifts are 10 s for times and 1 % for gaps. A mean over an infinite value is infinite, over NaN it is NaN.
    O(1) per entry.

    Parameters
    ----------
    values : array_like
        Greater than -s.
    shift : float
        The shift s, at least 0, in the unit of the values.
    axis : int
        Axis that the mean is over; it is gone from the result.

    Raises
    ------
    ValueError
        When a value is -s or less, the shift is negative, or there is no value or no such axis.

    References
    ----------
    T. Achterberg (2007), Constraint integer programming, dissertation, TU Berlin, on averages of benchmark results; the
    average in H. Mittelmann's benchmarks of optimization software.
    """
    table = numbers(values, "values")
    if not 0 <= shift < np.inf:
        raise ValueError("the shift is negative or not finite; give 10 for times in seconds, 0.01 for gaps")
    if not -table.ndim <= axis < table.ndim or table.shape[axis] == 0:
        raise ValueError(f"values of the shape {table.shape} have nothing along axis {axis}; give at least one value")
    if (table <= -shift).any():
        raise ValueError(f"a value is {-shift:g} or less, so that it has no logarithm; give a greater shift")
    with np.errstate(over="ignore"):
        mean = np.exp(np.log(table + shift).mean(axis=axis)) - shift
    return np.asarray(np.clip(mean, table.min(axis=axis), table.max(axis=axis)))  # what rounding adds to equal values
