"""Performance profiles: on what share of the instances a method is within a factor of the best."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.metrics.checks import column, costs_table, numbers


@dataclass(frozen=True, eq=False)
class Profile:
    """Step curves, one per method, right-continuous.

    Parameters
    ----------
    ratios : float array [K]
        Ratios to the best at which a curve jumps, ascending; the first is 1.
    shares : float array [K, M]
        Share of the instances on which each method is within the ratio of the best.
    """

    ratios: FloatArray
    shares: FloatArray

    def at(self, ratio: ArrayLike) -> FloatArray:
        """Return each method's share at some ratios, float array [..., M]; 0 below a ratio of 1. O(log K) each."""
        steps = np.concatenate([np.zeros((1, self.shares.shape[1])), self.shares])
        at: FloatArray = steps[np.searchsorted(self.ratios, numbers(ratio, "ratios"), side="right")]
        return at

    @property
    def solved(self) -> FloatArray:
        """Share of the instances that each method solved at all, float array [M]."""
        return np.array(self.shares[-1])


def performance_profile(costs: ArrayLike) -> Profile:
    r"""Return the performance profile of some methods.

    With :math:`r_{p,s} = t_{p,s} / \min_{s'} t_{p,s'}`, infinite where method s did not solve instance p, the curve of
    s is :math:`\rho_s(\tau) = |\{p : r_{p,s} \le \tau\}| \,/\, n_p`. Instances that nobody solved count in
    :math:`n_p`. O(I M log(I M)) time, O(I M²) memory.

    Curves of more than two methods depend on one another through the best; a ranking of two of them is to be read off
    their `pairwise_profile`.

    Parameters
    ----------
    costs : array_like [I, M]
        Cost of each method on each instance, positive; infinite or NaN where it was not solved.

    Raises
    ------
    ValueError
        When a cost is not positive.

    References
    ----------
    E. D. Dolan and J. J. Moré (2002), Benchmarking optimization software with performance profiles, Mathematical
    Programming 91, 201-213, section 2.
    """
    table = costs_table(costs)
    if (table <= 0).any():
        raise ValueError("a cost is zero or negative, so that ratios mean nothing; shift the costs, "
                         "for instance by 1 s or by 1 % of gap")
    solved = np.isfinite(table)
    best = np.where(solved.any(axis=1), table.min(axis=1), 1.0)
    with np.errstate(over="ignore"):
        ratio = np.minimum(np.where(solved, table, 1.0) / best[:, None], np.finfo(np.float64).max)
    instances, methods = table.shape
    ratios, place = np.unique(np.append(ratio[solved], 1.0), return_inverse=True)
    owner = np.nonzero(solved)[1]
    jumps = np.bincount(place[:-1] * methods + owner, minlength=len(ratios) * methods)
    return Profile(ratios, np.cumsum(jumps.reshape(len(ratios), methods), axis=0) / instances)


def pairwise_profile(costs: ArrayLike, one: int, other: int) -> Profile:
    """Return the performance profile of two methods alone, their columns in this order.

    Which of two methods is ahead in a profile of more can change with the company they are in, as it is the best of
    all that the ratios refer to; between two it cannot. Complexity as for `performance_profile` of two columns.

    Parameters
    ----------
    costs : array_like [I, M]
        As for `performance_profile`; the other columns do not matter.
    one, other : int
        Two different columns, from 0.

    Raises
    ------
    ValueError
        When there are no such columns, or one of their costs is not positive.

    References
    ----------
    N. Gould and J. Scott (2016), A note on performance profiles for benchmarking software, ACM Transactions on
    Mathematical Software 43(2), article 15.
    """
    table = costs_table(costs, 2)
    pair = [column(number, table.shape[1]) for number in (one, other)]
    if one == other:
        raise ValueError(f"column {one} is compared with itself; give two different ones")
    return performance_profile(table[:, pair])
