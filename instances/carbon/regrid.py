"""Regrid: means of a piecewise constant series over any other grid, exact on the union of both."""

import numpy as np

from ecoopt.core.arrays import FloatArray


def interval_means(values: FloatArray, step_s: float, edges_s: FloatArray) -> FloatArray:
    """Return the mean of a piecewise constant series between consecutive edges.

    The integral is split at every edge of either grid, so nothing is sampled; an interval that lies within one step
    gets that step's value bit for bit. Work is O((n + m) log(n + m)).

    Parameters
    ----------
    values : float array [n]
        Value on [k step_s, (k + 1) step_s).
    step_s : float
        Length of a step.
    edges_s : float array [m + 1]
        Strictly increasing, within [0, n step_s].

    Returns
    -------
    float array [m]
    """
    first, last = edges_s[0], edges_s[-1]
    inner = np.arange(np.floor(first / step_s) + 1, np.ceil(last / step_s)) * step_s
    points = np.union1d(edges_s, inner)
    lengths = np.diff(points)
    step = np.clip(np.floor(points[:-1] / step_s).astype(np.int64), 0, len(values) - 1)
    begins = np.searchsorted(points, edges_s[:-1])
    owner = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(lengths))))
    weights = lengths / np.diff(edges_s)[owner]
    means: FloatArray = np.add.reduceat(values[step] * weights, begins)
    return means
