"""Mean ranks: whether some of many methods differ at all, and which of them cannot be told apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.metrics.checks import costs_table


@dataclass(frozen=True, eq=False)
class RankTest:
    """Friedman's test and what follows it.

    Parameters
    ----------
    mean_ranks : float array [M]
        Mean over the instances of each method's rank, 1 for the best; they add up to M (M + 1) / 2.
    statistic, p_value : float
        Friedman's chi-square, corrected for ties, and the probability of such a one by chance.
    critical_difference : float
        Methods whose mean ranks are as far apart or farther differ significantly.
    groups : tuple of tuple of int
        The largest sets of columns, at least two each and by rising mean rank, that do not differ significantly.
    """

    mean_ranks: FloatArray
    statistic: float
    p_value: float
    critical_difference: float
    groups: tuple[tuple[int, ...], ...]


def friedman(values: ArrayLike, alpha: float = 0.05) -> RankTest:
    r"""Test whether methods differ, and find groups that do not by Nemenyi's test.

    Methods are ranked on each instance, with mean ranks for ties; failures come last, tied. Friedman's statistic is
    that of ``scipy.stats.friedmanchisquare``. The critical difference is
    :math:`q_\alpha \sqrt{M (M + 1) / (6 I)}`, where :math:`q_\alpha` is the upper quantile of the studentized range of
    M means at infinite degrees of freedom divided by :math:`\sqrt 2`. Groups are tuples of methods, consecutive by
    mean rank, whose first and last are less than that apart. O(I M log M + M²).

    Parameters
    ----------
    values : array_like [I, M]
        To be small, a row per instance; infinite or NaN for a failure.
    alpha : float
        Level of significance of the critical difference.

    Raises
    ------
    ValueError
        When there are fewer than three methods or two instances, or `alpha` is not between 0 and 1.

    References
    ----------
    J. Demšar (2006), Statistical comparisons of classifiers over multiple data sets, Journal of Machine Learning
    Research 7, 1-30, section 3.2.2 and table 5(a).
    """
    from scipy import stats

    table = costs_table(values, 3)
    instances, methods = table.shape
    if instances < 2:
        raise ValueError("there is a single instance; give at least two to rank methods over")
    if not 0 < alpha < 1:
        raise ValueError(f"the level of significance is {alpha}; give one between 0 and 1")
    ranks = stats.rankdata(table, axis=1)
    mean = ranks.mean(axis=0)
    statistic, p_value = 0.0, 1.0
    if (ranks != ranks[:, :1]).any():
        found = stats.friedmanchisquare(*ranks.T)
        statistic, p_value = float(found.statistic), float(found.pvalue)
    quantile = float(stats.studentized_range.ppf(1 - alpha, methods, np.inf)) / np.sqrt(2)
    difference = float(quantile * np.sqrt(methods * (methods + 1) / (6 * instances)))
    return RankTest(mean, statistic, p_value, difference, _groups(mean, difference))


def _groups(mean_ranks: FloatArray, difference: float) -> tuple[tuple[int, ...], ...]:
    """Return the largest runs of columns by mean rank whose first and last are less than a difference apart."""
    order = np.argsort(mean_ranks, kind="stable")
    sorted_ranks = mean_ranks[order]
    ends = (sorted_ranks - sorted_ranks[:, None] < difference).sum(axis=1)  # one past the last in reach of each
    starts = np.flatnonzero((ends > np.append(0, ends[:-1])) & (ends - np.arange(len(ends)) > 1))
    return tuple(tuple(order[start:ends[start]].tolist()) for start in starts)
