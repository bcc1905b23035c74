"""Frontier: rows on the machines of one model that every routing keeps, found from the prices of a point they cut off.

At prices mu of machines' seconds, serving a query costs at least ``least(mu)`` on average. So machines' time c serves a
rate of at most ``mu @ c / least(mu)``, and takes a power of at least ``rate * least(mu, 1) - mu @ c``, whatever the
machines: rows found in one period hold in all.
"""

from dataclasses import dataclass, field

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.pool.routing import Work, route

_SLIVER = 1e-6
_SAME = 1e-7


@dataclass
class Frontier:
    """The rows known of one model. K types, R rows.

    Parameters
    ----------
    work : Work
        The model.
    energy : bool
        Whether rows on power are wanted as well.
    most : float array [K]
        Machines' time there can be.
    """

    work: Work
    energy: bool
    most: FloatArray
    rate_rows: list[FloatArray] = field(default_factory=list)
    power_rows: list[tuple[FloatArray, float]] = field(default_factory=list)

    def cut_off(self, capacity: FloatArray, rate: float, extra_w: float, slack: float) -> bool:
        """Add rows that machines' time [K] breaks when it is to serve a rate with a power; return whether any is new.

        Parameters
        ----------
        capacity : float array [K]
            Machines' time.
        rate, extra_w : float
            Queries per second and power they are claimed to do with.
        slack : float
            Share of either by which a row must be broken.
        """
        if rate <= 0:
            return False
        # A sliver of every type there may be gives types not in use the price they are worth, no more.
        sliver = _SLIVER * max(float(capacity.sum()), 1e-3)
        filled = np.where(self.most > 0, np.maximum(capacity, sliver), 0.0)
        found = route(self.work, filled, rate, energy=self.energy)
        prices = found.worth
        if found.rate_per_s < rate * (1 - 1e-12) or not self.energy:
            served = found if found.rate_per_s < rate * (1 - 1e-12) else route(self.work, filled)
            prices = served.worth
            least = self.work.least(prices)
            if least <= 0:
                return False
            # Where queries that may not be given up are late on every type, no number of machines serves anything.
            row = prices / least
            return rate - float(row @ capacity) > slack * rate and self._add_rate(row)
        least = self.work.least(prices, 1.0)
        missing = rate * least - float(prices @ capacity) - extra_w
        return bool(missing > slack * max(extra_w, rate * least)) and self._add_power(prices, least)

    def _add_rate(self, row: FloatArray) -> bool:
        if any(np.abs(row - known).max() <= _SAME * np.abs(row).max() for known in self.rate_rows):
            return False
        self.rate_rows.append(row)
        return True

    def _add_power(self, prices: FloatArray, least: float) -> bool:
        for known, cost in self.power_rows:
            if np.abs(prices - known).max() <= _SAME * prices.max(initial=1e-9) and abs(least - cost) <= _SAME * cost:
                return False
        self.power_rows.append((prices, least))
        return True
