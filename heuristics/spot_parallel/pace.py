"""Pace: what is left of budgets when nodes are decided one by one, and prices that keep their use to its share."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.spot_parallel import SpotParallelInstance

STEP = 0.1
"""By how much the price of a budget rises in an interval that uses twice what falls to it."""


@dataclass(frozen=True)
class Pace:
    """Budgets as they are used on the way to a node, rent and carbon; infinite where there is none.

    Parameters
    ----------
    left : float array [2]
        What is left.
    share : float array [2]
        What falls to an interval.
    price : float array [2]
        In units of the cheapest configuration's cost for as much as falls to an interval.
    """

    left: FloatArray
    share: FloatArray
    price: FloatArray

    @classmethod
    def of(cls, instance: SpotParallelInstance) -> "Pace":
        """Return the budgets before the first node; the number of intervals is known."""
        left = np.array([np.inf if one is None else one for one in (instance.budget_usd, instance.budget_kg)])
        return cls(left, left / instance.intervals, np.zeros(2))

    def extra_usd(self, uses: FloatArray, own_usd: FloatArray) -> FloatArray:
        """Return what prices add to configurations with given uses [2, C] and costs [C]."""
        limited = np.isfinite(self.left)
        broken = (uses[limited] > self.left[limited, None]).any(axis=0) | ~np.isfinite(own_usd)
        if broken.all():
            broken = ~np.isfinite(own_usd)
        part = uses[limited] / np.maximum(self.share[limited], 1e-12)[:, None]
        return np.where(broken, np.inf, float(own_usd.min()) * (self.price[limited] @ part))

    def after(self, used: FloatArray) -> "Pace":
        """Return the budgets after a node that uses so much."""
        part = np.where(np.isfinite(self.share), np.minimum(used / np.maximum(self.share, 1e-12), 2.0), 0.0)
        return Pace(self.left - used, self.share, np.maximum(self.price + STEP * (part - 1.0), 0.0))
