"""Paired tests: whether one method's values are lower than another's on the same instances, beyond chance."""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.metrics.checks import column, costs_table, numbers

_FEW = 13
"""Differences up to which scipy works p out exactly in spite of ties."""


@dataclass(frozen=True)
class PairTest:
    """Two methods compared on the same instances.

    Parameters
    ----------
    first, second : int
        Their columns.
    pairs : int
        Instances compared, those without a difference too.
    median_difference : float
        Median of the first's value less the second's, negative where the first is the lower; failures count as
        infinite. NaN where the two middle differences are minus and plus infinity.
    statistic : float
        The smaller of the rank sums of positive and negative differences.
    p_value : float
        Two-sided.
    holm_p_value : float
        The same, adjusted for all tests made together.
    favours : int, optional
        Column that the rank sums favour, which can be the one that is lower on fewer instances; None where they are
        equal.
    """

    first: int
    second: int
    pairs: int
    median_difference: float
    statistic: float
    p_value: float
    holm_p_value: float
    favours: int | None = None


def paired_tests(values: ArrayLike, against: int | None = None) -> list[PairTest]:
    """Test every two methods, or each one against a given one, by Wilcoxon's signed-rank test.

    Differences d of the two columns that are not 0 are ranked by absolute value, with mean ranks for ties; the
    statistic is the smaller of the sums of ranks with d > 0 and with d < 0. A difference between a failure and a value
    is above all others, and all such share one rank; between two failures it is 0. Without any difference p is 1.

    Differences of 0 are left out before anything else, so p is that of ``scipy.stats.wilcoxon`` for the others: exact
    up to 50 of them without ties or 13 with ties, by the normal distribution beyond. O(M² I log I).

    Parameters
    ----------
    values : array_like [I, M]
        To be small, a row per instance; infinite or NaN for a failure. Runs with several seeds come as one value per
        instance, their median say, for the test takes rows as independent. Values that should be equal have to be so
        to the last bit, or rounding is tested too.
    against : int, optional
        Column that each other one is compared with, as the second of the pair; every two by default.

    Raises
    ------
    ValueError
        When there are fewer than two columns, or none of that number.

    References
    ----------
    F. Wilcoxon (1945), Individual comparisons by ranking methods, Biometrics Bulletin 1(6), 80-83. The adjustment:
    `holm`.
    """
    table = costs_table(values, 2)
    methods = table.shape[1]
    if against is None:
        chosen = list(combinations(range(methods), 2))
    else:
        chosen = [(k, column(against, methods)) for k in range(methods) if k != against]
    tests = [_test(table, one, other) for one, other in chosen]
    adjusted = holm([test.p_value for test in tests])
    return [replace(test, holm_p_value=float(p)) for test, p in zip(tests, adjusted, strict=True)]


def holm(p_values: ArrayLike) -> FloatArray:
    r"""Return p-values adjusted for being made together, by Holm's step-down procedure, float array [m].

    Of m p-values in ascending order, the k-th becomes :math:`\max_{j \le k} \min(1, (m - j + 1) p_{(j)})`. O(m log m).

    Parameters
    ----------
    p_values : array_like [m]
        In 0..1.

    Raises
    ------
    ValueError
        When they are none.

    References
    ----------
    S. Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6(2),
    65-70.
    """
    raw = numbers(p_values, "p-values")
    if raw.ndim != 1 or not ((raw >= 0) & (raw <= 1)).all():
        raise ValueError("p-values lie outside 0..1 or in more than one row; give one per test")
    order = np.argsort(raw, kind="stable")
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(np.maximum.accumulate(raw[order] * np.arange(raw.size, 0, -1)), 1.0)
    return adjusted


def _test(table: FloatArray, first: int, second: int) -> PairTest:
    """Return the test of two columns, not adjusted yet."""
    one, other = table[:, first], table[:, second]
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.where(one == other, 0.0, one - other)
        middle = float(np.median(difference))
    from scipy import stats

    difference = difference[difference != 0]
    if difference.size == 0:
        return PairTest(first, second, len(table), middle, 0.0, 1.0, 1.0)
    ranks = stats.rankdata(np.abs(difference))
    balance = float((np.sign(difference) * ranks).sum())
    favours = None if balance == 0 else first if balance < 0 else second
    statistic, p_value = _signed_rank(difference, ranks)
    return PairTest(first, second, len(table), middle, statistic, p_value, p_value, favours)


def _signed_rank(difference: FloatArray, ranks: FloatArray) -> tuple[float, float]:
    """Return statistic and p-value for differences other than 0 and their ranks by absolute value."""
    from scipy import stats

    if difference.size <= _FEW and np.unique(ranks).size < difference.size:
        return _signed_rank_of_few(difference, ranks)
    # Signed ranks instead of differences: the test looks at nothing else, and infinite differences have ranks too.
    found = stats.wilcoxon(np.sign(difference) * ranks, zero_method="wilcox")
    return float(found.statistic), float(found.pvalue)


def _signed_rank_of_few(difference: FloatArray, ranks: FloatArray) -> tuple[float, float]:
    """Return the same for a few differences with ties, where scipy goes through all 2^n signs for over a second.

    With each sign as likely as the other, the number of ways to a rank sum is found rank by rank, in O(n³).
    """
    doubled = np.rint(2 * ranks).astype(np.int64)  # mean ranks of ties are whole or end in one half
    total, lower = int(doubled.sum()), int(min(doubled[difference > 0].sum(), doubled[difference < 0].sum()))
    ways = np.zeros(total + 1)
    ways[0] = 1
    for rank in doubled.tolist():
        ways[rank:] += ways[:-rank].copy()
    return lower / 2, min(1.0, 2 * float(ways[:lower + 1].sum()) / 2**difference.size)
