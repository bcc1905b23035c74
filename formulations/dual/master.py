"""Master: the proximal bundle's quadratic program, solved in the space of cut multipliers.

Over prices ``p`` in a box, ``max min_i (value_i + slope_i @ (p - centre)) - |p - centre|^2 / (2 t)`` has as its dual a
convex, piecewise quadratic function of at most 50 multipliers on a simplex, whatever the number of prices. Newton
steps on it are small simplex QPs; each uses the Gram matrix of the slopes over the prices inside the box, which is
updated by the few prices that enter or leave (the idea of Kiwiel 1989, Frangioni 1996).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.dual.simplex_qp import simplex_qp

BoolArray = NDArray[np.bool_]
_NEWTON_STEPS = 30
_REFRESH = 100


@dataclass(frozen=True, eq=False)
class MasterSolution:
    """Optimum of the master problem.

    Parameters
    ----------
    weights : array of float, shape (k,)
        Cut multipliers; they sum to 1.
    prices : array of float, shape (K,)
        Trial prices.
    rise : float
        Predicted increase over the centre's value.
    """

    weights: FloatArray
    prices: FloatArray
    rise: float


class Gram:
    """Inner products of slopes over the prices inside the box, kept up to date."""

    def __init__(self, most: int, prices: int) -> None:
        self.slopes = np.zeros((most, prices))
        self._gram = np.zeros((most, most))
        self._inside = np.zeros(prices, dtype=bool)
        self._updates = 0

    def set(self, cut: int, slope: FloatArray) -> None:
        """Replace one slope."""
        self.slopes[cut] = slope
        row = self.slopes @ np.where(self._inside, slope, 0.0)
        self._gram[cut], self._gram[:, cut] = row, row

    def keep(self, cuts: IntArray) -> None:
        """Keep some cuts alone, renumbered in the order given."""
        self.slopes[: cuts.size] = self.slopes[cuts]
        self._gram[: cuts.size, : cuts.size] = self._gram[np.ix_(cuts, cuts)]

    def over(self, inside: BoolArray, cuts: int) -> FloatArray:
        """Return the Gram matrix of the first `cuts` slopes over the prices where `inside` is true."""
        changed = np.flatnonzero(inside != self._inside)
        if self._updates >= _REFRESH or changed.size > inside.size // 3:
            part = self.slopes[:, np.flatnonzero(inside)]
            self._gram, self._updates = part @ part.T, 0
        elif changed.size:
            part = self.slopes[:, changed]
            signs = np.where(inside[changed], 1.0, -1.0)
            self._gram += (part * signs) @ part.T
            self._updates += 1
        self._inside = np.array(inside)
        return self._gram[:cuts, :cuts]


def solve_master(
    gram: Gram, values: FloatArray, centre: FloatArray, centre_value: float, step: float, lower: FloatArray,
    upper: FloatArray, weights: FloatArray,
) -> MasterSolution:
    """Return the optimum of the master problem.

    Parameters
    ----------
    gram : Gram
        Slopes of the cuts.
    values : array of float, shape (k,)
        Value of each cut at the centre, at least `centre_value`.
    centre : array of float, shape (K,)
        Proximal centre, inside the box.
    centre_value : float
        Dual value there.
    step : float
        Proximal parameter t.
    lower, upper : array of float, shape (K,)
        Box of the prices.
    weights : array of float, shape (k,)
        Multipliers to start from.
    """
    k = values.size
    slopes = gram.slopes[:k]
    above = values - centre_value

    def at(theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        free = centre + step * (theta @ slopes)
        prices = np.clip(free, lower, upper)
        move = prices - centre
        slope_values = above + slopes @ move
        return float(theta @ slope_values) - float(move @ move) / (2 * step), slope_values, free

    theta = weights / weights.sum()
    value, slope_values, free = at(theta)
    for _ in range(_NEWTON_STEPS):
        slack = float(theta @ slope_values - slope_values.min())
        if slack <= 1e-10 * max(value, float(above.min()), 1e-300):
            break
        matrix = step * gram.over((free > lower) & (free < upper), k)
        aim = simplex_qp(matrix, slope_values - matrix @ theta, theta)
        descent = float(slope_values @ (aim - theta))
        if descent >= 0:
            break
        length = 1.0
        trial = at(aim)
        while trial[0] > value + 1e-4 * length * descent and length > 1e-9:
            length /= 2
            trial = at(theta + length * (aim - theta))
        if trial[0] >= value:
            break
        theta = theta + length * (aim - theta)
        value, slope_values, free = trial
    return MasterSolution(theta, np.clip(free, lower, upper), float(slope_values.min()))
