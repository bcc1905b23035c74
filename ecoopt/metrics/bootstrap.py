"""Bootstrap: an interval for the mean of a sample of which no distribution is known."""

import warnings
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.metrics.checks import numbers

_MOST_DRAWS = 4_000_000
"""Draws held in memory at a time."""


def mean_interval(
    values: ArrayLike, level: float = 0.95, resamples: int = 9999, seed: int = 0,
) -> tuple[float, float]:
    """Return the ends of a bootstrap confidence interval for the mean.

    Bias-corrected and accelerated (BCa): quantiles of the means of resamples, at levels moved by how far these means
    lie to one side of the sample's and by the skewness of leaving values out one by one. The plain quantiles
    (percentile interval) where that is undefined. O(n (n + resamples)) time.

    Parameters
    ----------
    values : array_like [n]
        The sample, finite.
    level : float
        Probability that the interval is to cover the mean with.
    resamples : int
        Samples of the same size drawn from the values, at least two.
    seed : int
        Same seed, same interval.

    Returns
    -------
    tuple of float
        Lower and upper end; both the value where all are equal, both NaN for fewer than two values.

    Raises
    ------
    ValueError
        When a value is not finite, the level is not between 0 and 1, or there are fewer than two resamples.

    References
    ----------
    B. Efron (1987), Better bootstrap confidence intervals, Journal of the American Statistical Association 82(397),
    171-185; ``scipy.stats.bootstrap``.
    """
    sample = numbers(values, "values")
    if sample.ndim != 1 or not np.isfinite(sample).all():
        raise ValueError("values are not finite or not in one row; leave failures out and report how many there are")
    if not 0 < level < 1 or resamples < 2:
        raise ValueError(f"the level is {level} and the resamples are {resamples}; give 0.95 and 9999, say")
    if sample.size < 2:
        return float("nan"), float("nan")
    if (sample == sample[0]).all():
        return float(sample[0]), float(sample[0])
    ends = _ends(sample, level, resamples, seed, "BCa")
    return ends if np.isfinite(ends).all() else _ends(sample, level, resamples, seed, "percentile")


def _ends(
    sample: FloatArray, level: float, resamples: int, seed: int, method: Literal["BCa", "percentile"],
) -> tuple[float, float]:
    """Return scipy's interval, NaN where its method is undefined."""
    from scipy import stats

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        found = stats.bootstrap(
            (sample,), np.mean, n_resamples=resamples, batch=max(1, _MOST_DRAWS // sample.size),
            confidence_level=level, method=method, random_state=np.random.default_rng(seed)).confidence_interval
    return float(found.low), float(found.high)
