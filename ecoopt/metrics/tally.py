"""Tally: on how many instances each method beats, ties with and loses to each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import IntArray
from ecoopt.metrics.checks import costs_table


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts of instances.

    Parameters
    ----------
    wins : int array [M, M]
        Instances on which the row's method beats the column's.
    ties : int array [M, M]
        Instances on which neither beats the other; all of them on the diagonal.
    """

    wins: IntArray
    ties: IntArray

    @property
    def losses(self) -> IntArray:
        """Instances on which the row's method is beaten by the column's, int array [M, M]."""
        return self.wins.T


def tally(values: ArrayLike, tolerance: float = 1e-6) -> Tally:
    r"""Count wins and ties of every two methods.

    a and b tie when :math:`|a - b| \le \epsilon \max(|a|, |b|)`, otherwise the smaller wins. A failure loses to every
    finite value and ties with another failure. Wins, losses and ties of two methods add up to the instances. O(I M²).

    Parameters
    ----------
    values : array_like [I, M]
        To be small, a row per instance; infinite or NaN for a failure.
    tolerance : float
        Relative tolerance of a tie, at least 0; to be reported beside the counts.

    Raises
    ------
    ValueError
        When the table is none or the tolerance is negative or not finite.
    """
    table = costs_table(values)
    if not 0 <= tolerance < np.inf:
        raise ValueError("the tolerance is negative or not finite; give 1e-6, say")
    one, other = table[:, :, None], table[:, None, :]
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(one - other) <= tolerance * np.maximum(np.abs(one), np.abs(other))
    same = (one == other) | (near & np.isfinite(one) & np.isfinite(other))
    wins = ((one < other) & ~same).sum(axis=0, dtype=np.int64)
    return Tally(wins, same.sum(axis=0, dtype=np.int64))
