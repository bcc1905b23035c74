"""Pricing: decisions made of prices, of quality by origin and day and of GPUs by region; every rule is kept."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.directives.home import keeps_quality
from ecoopt.heuristics.directives.routing import route, spread
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.instances.directives.beliefs import best_shares, cheapest_evaluations
from ecoopt.instances.directives.budget import cheapest_plan
from ecoopt.instances.directives.costs import at_home, costs_of
from ecoopt.instances.directives.hulls import hulls_of
from ecoopt.instances.directives.rounding import rounded
from ecoopt.instances.directives.staffing import fewest_gpus

DAY_H = 24
ALTERNATIONS = 3
"""Times that levels are chosen for regions and regions for levels."""

_STEPS = 40
_LOWEST_PRICE = 1e-9


@dataclass(frozen=True, eq=False)
class Decision:
    """A decision that keeps the rules, and its carbon in grams; arrays as in ``DirectivesSchedule``."""

    objective: float
    share: FloatArray
    evaluations: IntArray
    gpus: IntArray | None

    def schedule(self) -> DirectivesSchedule:
        """Return the schedule."""
        return DirectivesSchedule(share=self.share, evaluations=self.evaluations, gpus=self.gpus)

    def offer(self, run: Run) -> bool:
        """Offer it to a run; return whether it is the best so far."""
        return run.offer(self.objective, self.schedule)


@dataclass(frozen=True, eq=False)
class Prices:
    """What decisions are made by. R regions, N days.

    Parameters
    ----------
    quality : float array [R, N]
        Price of quality by origin and day, in units of that at the margin of the windows. Without an evaluator, an
        hour gets at least the quality that is worth its price; with one, exactly that.
    surcharge : float array [R]
        Added to a GPU's carbon when regions are compared, as a share of it.
    calm_h : int
        Hours before and after over which the GPUs that a region would have are averaged.
    """

    quality: FloatArray
    surcharge: FloatArray
    calm_h: int


class Pricing:
    """Makes decisions of prices for one instance.

    Parameters
    ----------
    instance : DirectivesInstance
        What is asked.
    """

    def __init__(self, instance: DirectivesInstance) -> None:
        self.instance, self.costs = instance, costs_of(instance)
        self.days = -(-instance.hours // DAY_H)
        self._request_g = self.costs.fluid_g.min(axis=3)
        self._first = cheapest_plan(self.costs, self._request_g, self.costs.floor)
        self.margin = np.zeros(instance.requests.shape)
        for w, window in enumerate(instance.windows):
            self.margin[:, window.start_h:window.end_h] += self._first.price[:, w, None]

    @property
    def usual(self) -> Prices:
        """Prices to begin with."""
        regions = len(self.instance.regions)
        quality = 0.0 if self.instance.evaluator is None else 1.0
        return Prices(np.full((regions, self.days), quality), np.zeros(regions), 0)

    def decide(self, prices: Prices) -> Decision | None:
        """Return the decision made of prices, None where GPUs do not suffice for it."""
        price = self.margin * np.repeat(prices.quality, DAY_H, axis=1)[:, :self.instance.hours]
        if self.instance.evaluator is not None:
            return self._judged(price[0])
        if self.instance.fleet is None:
            share = at_home(self._levels(self._request_g, price))
            return self._checked(share, np.zeros(0, dtype=np.int64), None)
        found = [one for one in self._routed(price, prices) if one is not None]
        return min(found, key=lambda one: one.objective, default=None) or self._at_home(price)

    def _levels(self, request_g: FloatArray, price: FloatArray) -> FloatArray:
        """Return the cheapest shares of levels that are worth the price and keep every window, [R, T, C, L]."""
        costs = self.costs
        floor = costs.floor
        if price.any():
            shape = (-1, *costs.quality.shape[2:])
            hulls = hulls_of((costs.weight[..., None] * request_g).reshape(shape), costs.quality.reshape(shape))
            worth = hulls.reached + (hulls.gain * (hulls.slope <= price.reshape(-1, 1))).sum(axis=1)
            floor = np.maximum(floor, worth.reshape(floor.shape))
        share = cheapest_plan(costs, request_g, floor).share
        return rounded(costs, request_g, share) if self.instance.integer else share

    def levels_for(self, part: FloatArray) -> FloatArray:
        """Return shares with the cheapest levels when it is known where groups are served.

        Parameters
        ----------
        part : float array [R, T, C, R]
            Part of each group of each origin by the region that serves it.

        Returns
        -------
        float array [R, T, C, R, L]
        """
        near_g = np.where(np.isfinite(self.costs.fluid_g), self.costs.fluid_g, 0.0)
        request_g = np.einsum("otcr,otcrl->otcl", part, near_g)
        return spread(part, self._levels(request_g, np.zeros(self.instance.requests.shape)))

    def _routed(self, price: FloatArray, prices: Prices) -> list[Decision | None]:
        """Choose levels and regions in turn; return what was decided."""
        costs = self.costs
        request_g, found = self._request_g, []
        surcharge = prices.surcharge[:, None] * costs.gpu_g
        near_g = np.where(np.isfinite(costs.fluid_g), costs.fluid_g, 0.0)
        for _ in range(ALTERNATIONS):
            level = self._levels(request_g, price)
            routed = route(costs, level, surcharge, prices.calm_h)
            if routed is None:
                break
            found.append(self._checked(spread(routed.part, level), np.zeros(0, dtype=np.int64), routed.gpus))
            request_g = np.einsum("otcr,otcrl->otcl", routed.part, near_g)
        return found

    def _at_home(self, price: FloatArray) -> Decision | None:
        """Serve every origin at home."""
        share = at_home(self._levels(self.costs.home_g, price))
        gpus = fewest_gpus(self.instance, self.costs.busy_s(share))
        return None if gpus is None else self._checked(share, np.zeros(0, dtype=np.int64), gpus)

    def _judged(self, price: FloatArray) -> Decision | None:
        """Choose evaluations at a price of quality, and shares at the least price above it that keeps the windows."""
        evaluations, _ = cheapest_evaluations(self.costs, price)
        return self.evaluated(evaluations, price)

    def evaluated(self, evaluations: IntArray, price: FloatArray) -> Decision | None:
        """Return the decision with given evaluations, None where no price keeps the windows.

        Parameters
        ----------
        evaluations : int array
            Hours.
        price : float array [T]
            What a unit of true quality of a request is worth at least.
        """
        costs = self.costs
        floor = costs.floor[0]
        shares = partial(best_shares, costs, evaluations, floor)
        low, share = 0.0, shares(price)
        if self._keeps(share, evaluations):
            return self._checked(at_home(share[None, :, None]), evaluations, None)
        step = np.maximum(self.margin[0], max(float(self.margin.max()), float(costs.fluid_g.max()) * _LOWEST_PRICE))
        high = 1.0
        for _ in range(_STEPS):
            rich = shares(price + high * step)
            if self._keeps(rich, evaluations):
                break
            low, high, share = high, 2.0 * high, rich
        else:
            return None
        for _ in range(_STEPS):
            middle = (low + high) / 2
            trial = shares(price + middle * step)
            if self._keeps(trial, evaluations):
                high, rich = middle, trial
            else:
                low, share = middle, trial
        if not self.instance.integer:
            rich = self._mixed(share, rich)
        return self._checked(at_home(rich[None, :, None]), evaluations, None)

    def _mixed(self, poor: FloatArray, rich: FloatArray) -> FloatArray:
        """Return the mix of shares [T, L] with as much of the poor one as the windows allow."""
        quality, requests = self.costs.quality[0, :, 0], self.instance.requests[0]
        part = 0.0
        for window in self.instance.windows:
            own = slice(window.start_h, window.end_h)
            wanted = (1.0 - window.loss) * requests[own].sum()
            less, more = (float((requests[own, None] * quality[own] * one[own]).sum()) for one in (poor, rich))
            if less < wanted and more > less:
                part = max(part, min((wanted - less) / (more - less), 1.0))
        return (1.0 - part) * poor + part * rich

    def _keeps(self, share: FloatArray, evaluations: IntArray) -> bool:
        return keeps_quality(self.costs, share[None, :, None], evaluations)

    def _checked(self, share: FloatArray, evaluations: IntArray, gpus: IntArray | None) -> Decision | None:
        """Return a decision if it keeps the quality asked for."""
        if not keeps_quality(self.costs, share.sum(axis=3), evaluations):
            return None
        return Decision(self.costs.objective(share, evaluations, gpus), share, evaluations, gpus)
