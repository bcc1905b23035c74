"""Keep-alive by expected cost with prices on memory, learnt from how full the pools were."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.heuristics.keepalive.online.expected import ExpectedCost
from ecoopt.heuristics.keepalive.online.tariff import Tariff
from ecoopt.heuristics.keepalive.online.view import PastView


class PriceDirected(ExpectedCost):
    """A GB and minute of a pool has a price, which rises while more is asked for than there is, and falls otherwise.

    The price is the running estimate of the multiplier of the pool's memory row: expected cost plus memory times price
    times expected minutes is the Lagrangian of the problem with memory limits, minimised function by function. Steps
    are multiplicative (exponentiated subgradient) in the smoothed relative excess; a price that has become negligible
    against the cost of a minute's wait is zero, so that pools never short of memory are used as if they were unlimited.

    Parameters
    ----------
    tariff : Tariff
        The instance's static part.
    prior, choose_containers : float, bool
        See `ExpectedCost`.
    step : float
        Change of a price's logarithm per minute and unit of relative excess.
    smoothing : float
        Weight of the present minute in the smoothed excess, in 0..1.
    target : float
        Share of the capacity that is aimed at; a little more than there is leaves the choice to evictions by worth.
    """

    def __init__(
        self, tariff: Tariff, prior: float = 1.0, choose_containers: bool = True, *, step: float = 0.05,
        smoothing: float = 0.3, target: float = 1.1,
    ) -> None:
        super().__init__(tariff, prior, choose_containers)
        self.step, self.smoothing, self.target = step, smoothing, target
        self._excess = np.zeros(tariff.generations)
        self._used_profiles = np.unique(tariff.profile)

    def settle(self, now: PastView, demand_gb: FloatArray) -> None:
        """Move the prices after a minute's demand. O(G P)."""
        excess = demand_gb / self.tariff.pool_memory_gb - self.target
        self._excess += self.smoothing * (excess - self._excess)
        unit = self._minute_cost_per_gb(now)
        # One full pool too much must not move a price by more than a factor e.
        moved = np.maximum(self.price, 0.05 * unit) * np.exp(np.clip(self.step * self._excess, -1, 1))
        self.price = np.where(moved > 0.05 * unit, moved, 0.0)

    def _minute_cost_per_gb(self, now: PastView) -> FloatArray:
        """Return what a minute's wait costs per GB, the median over profiles in use, float array [G]."""
        memory_gb = np.zeros(len(now.quote.keep))
        memory_gb[self.tariff.profile] = self.tariff.memory_gb
        used = self._used_profiles
        return np.median(now.quote.keep[used] / memory_gb[used, None], axis=0)
