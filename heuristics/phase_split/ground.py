"""Ground: which units can do a period's work, asked as seldom as can be, and units that cover it at tasted costs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule
from ecoopt.instances.phase_split.routing import SERVED, arrays_of, least_work, route, routed_schedule
from ecoopt.instances.phase_split.tables import SLACK, SplitTables, split_tables

_CUTS = 60
_EPS = 1e-12


class Need(NamedTuple):
    """Work to be done in a period.

    Parameters
    ----------
    rate : float array [K]
        Requests per second.
    cuts : list of tuple
        Prices of resources [J, 2] and the least that the work takes at them, learnt from units that could not.
    """

    rate: FloatArray
    cuts: list[tuple[FloatArray, float]]


class Ground:
    """An instance as searches see it. P periods, J pools.

    Parameters
    ----------
    instance : PhaseSplitInstance
        What is asked.
    allowed : bool array [J], optional
        The pools that may be used; all by default.
    """

    def __init__(self, instance: PhaseSplitInstance, allowed: NDArray[np.bool_] | None = None) -> None:
        self.instance = instance
        self.tables: SplitTables = split_tables(instance)
        may = self.tables.most > 0
        self.allowed = may if allowed is None else may & allowed
        self.periods, self.pools = len(instance.rate_per_s), len(self.tables.role)
        share = self.tables.machines * self.tables.fleet_cost[self.tables.group] / self.periods
        self.cost = np.maximum(self.tables.unit_cost + share, _EPS)
        self.needs = [Need(rate, []) for rate in instance.rate_per_s]

    def within(self, units: IntArray) -> bool:
        """Return whether units of a period, int array [J], keep inventory, power and what is allowed."""
        tables, instance = self.tables, self.instance
        if (units[~self.allowed] > 0).any() or (units > tables.most).any():
            return False
        if (tables.on(units) > instance.inventory.ravel()).any():
            return False
        if instance.power_limit_w is None:
            return True
        power_w = np.bincount(tables.region, weights=units * tables.power_w, minlength=len(instance.regions))
        return bool((power_w <= instance.power_limit_w * (1 + SLACK)).all())

    def can(self, need: Need, units: IntArray) -> bool:
        """Return whether units [J] can do what is needed; prices that showed why others could not are asked first."""
        capacity = np.minimum(self.tables.capacity(units), 1e300)
        for place, (prices, least) in enumerate(need.cuts):
            if float((prices * capacity).sum()) < least:
                need.cuts.insert(0, need.cuts.pop(place))
                return False
        routed = route(self.tables, need.rate, units, self.allowed)
        if routed.feasible:
            return route(self.tables, need.rate, units).feasible
        prices, least = self._priced(need, routed.prices)
        if np.isfinite(least):
            need.cuts.insert(0, (prices, least * (1 - SERVED)))
            del need.cuts[_CUTS:]
        return False

    def _priced(self, need: Need, prices: FloatArray) -> tuple[FloatArray, float]:
        """Return prices of what is allowed, and the least that the work takes at them."""
        prices = np.where(self.allowed[:, None], prices, 0.0)
        return prices, least_work(self.tables, need.rate, prices, self.allowed)

    def cover(
        self, need: Need, cost: FloatArray, run: Run | None = None, base: IntArray | None = None,
    ) -> IntArray | None:
        """Return units that can do what is needed, int array [J]; None where none were found.

        As long as the units cannot, prices of the resources show it; units are added where they are worth most for
        their cost at these prices, several at once while much is missing. Then what is not missed is given back.

        Parameters
        ----------
        need : Need
            The work.
        cost : float array [J]
            What a unit counts.
        run : Run, optional
            Asked whether to stop.
        base : int array [J], optional
            Units that are on whatever happens.
        """
        units = np.zeros(self.pools, dtype=np.int64) if base is None else base.copy()
        while not (routed := route(self.tables, need.rate, units, self.allowed)).feasible:
            if run is not None and run.stop() is not None:
                return None
            worth, missing = self._worth(need, units, routed.prices)
            grown = self._grown(units, worth, cost, missing)
            if grown is None:
                return None
            units = grown
        if not route(self.tables, need.rate, units).feasible:
            return None
        return self.trim(need, units, cost, run, base)

    def _worth(self, need: Need, units: IntArray, prices: FloatArray) -> tuple[FloatArray, float]:
        """Return what a unit more of each pool is worth at prices, [J], and how much is missing."""
        now, more = (np.minimum(self.tables.capacity(count), 1e300) for count in (units, units + 1))
        finite = more < 1e300
        prices, least = self._priced(need, prices)
        worth = (prices * np.where(finite, more - now, 0.0)).sum(axis=1)
        if not np.isfinite(least) or worth.max(initial=0.0) <= 0:
            # Too little is on to tell prices: every pool that could do something is worth its safe load.
            return np.where(self.allowed, np.maximum((more - now)[:, 0], _EPS), 0.0), 0.0
        return worth, max(least - float((prices * np.where(finite, now, 0.0)).sum()), 0.0)

    def _grown(self, units: IntArray, worth: FloatArray, cost: FloatArray, missing: float) -> IntArray | None:
        """Return units with more of the pool worth most for its cost that has room, None where none has."""
        score = np.where(worth > 0, worth / cost, 0.0)
        for j in np.argsort(-score, kind="stable").tolist():
            if score[j] <= 0:
                return None
            wanted = max(int(missing / worth[j] / 2), 1)
            while wanted >= 1:
                grown = units.copy()
                grown[j] += wanted
                if self.within(grown):
                    return grown
                wanted //= 2
        return None

    def trim(
        self, need: Need, units: IntArray, cost: FloatArray, run: Run | None = None, base: IntArray | None = None,
    ) -> IntArray:
        """Take off units one by one, the dearest first, as long as the rest can do the work."""
        units = units.copy()
        floor = np.zeros(self.pools, dtype=np.int64) if base is None else base
        for j in np.argsort(-cost, kind="stable").tolist():
            while units[j] > floor[j] and (run is None or run.stop() is None):
                units[j] -= 1
                if not self.can(need, units):
                    units[j] += 1
                    break
        return units

    def offer(self, run: Run, units: IntArray) -> bool:
        """Offer units [P, J] that are known to do the work."""
        value = self.tables.value(units)
        if not run.better(value, run.objective):
            return False
        schedule = routed_schedule(self.instance, units)
        return schedule is not None and run.offer(value, schedule)

    def offer_start(self, run: Run, start: PhaseSplitSchedule | None) -> IntArray | None:
        """Offer the start, if there is one, and return its units [P, J]."""
        if start is None:
            return None
        units, _ = arrays_of(start)
        run.offer(self.tables.value(units), start)
        return units
