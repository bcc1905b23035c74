"""Priced: when work, money and carbon have prices, every GPU decides for itself, and what it earns is a closed form.

Rows of demand, budget and carbon cap are taken into the objective. What is left is to say of each GPU when it is bought
and retired, and of each site which GPUs, at most so many in a period, are worth most. No integer is lost, so that the
best prices give the bound of the linear relaxation.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.dual import Priced
from ecoopt.instances.refresh.tables import Tables
from ecoopt.instances.refresh.worth import profit_g, worth_g

_FAR = 1e3


@dataclass(frozen=True, eq=False)
class PricedFleet:
    """The priced problem of an instance. Prices are one vector: of units [T, W], then of carbon [T] and money [T].

    Parameters
    ----------
    tables : Tables
        Of the instance.
    """

    tables: Tables

    @cached_property
    def _ends(self) -> tuple[IntArray, FloatArray]:
        """Periods that the first GPUs can serve, int array [K], and how many there are of each, [K, G, S]."""
        gone = self.tables.gone
        periods = gone.shape[2]
        counts = np.concatenate([np.diff(gone, axis=2, prepend=0), (self.tables.first - gone[:, :, -1])[:, :, None]],
                                axis=2)
        served = np.flatnonzero(counts.any(axis=(0, 1)))
        return np.minimum(served, periods), np.moveaxis(counts[:, :, served], 2, 0).astype(np.float64)

    @cached_property
    def _available(self) -> FloatArray:
        budget = self.tables.instance.budget
        return np.full(self.tables.gone.shape[2], np.inf) if budget is None else np.cumsum(budget)

    @property
    def size(self) -> int:
        """Number of prices."""
        return int(self.tables.demand.size) + 2 * int(self.tables.gone.shape[2])

    @cached_property
    def upper(self) -> FloatArray:
        """Largest price of each row, far above what is sensible, or 0 where there is no such limit, float array [size].

        Where an instance is infeasible, the dual would have no end without it.
        """
        tables, periods = self.tables, self.tables.gone.shape[2]
        instance = tables.instance
        finite = np.where(np.isfinite(tables.unit_g), tables.unit_g, 0.0)
        gpu_g = float(tables.embodied_g.max() + tables.idle_g.sum(axis=2).max())
        unit = _FAR * (float(finite.max()) + gpu_g * float(tables.unit_share.max()) + 1.0)
        prices = [generation.price for generation in instance.generations if generation.price > 0]
        gpu = unit * periods / float(tables.unit_share.min())
        carbon = 0.0 if instance.operational_cap_g is None else _FAR
        money = 0.0 if instance.budget is None else gpu / min(prices, default=1.0)
        return np.concatenate([np.full(tables.demand.size, unit), np.full(periods, carbon), np.full(periods, money)])

    def joined(self, unit: FloatArray, carbon: FloatArray, money: FloatArray) -> FloatArray:
        """Return prices [W, T], [T] and [T] as one vector, none below 0."""
        return np.asarray(np.maximum(np.concatenate([unit.T.ravel(), carbon, money]), 0.0), dtype=np.float64)

    def ask(self, prices: FloatArray) -> Priced:
        """Return the value of the dual function and its slope; the payload are purchases and work of the best GPUs.

        O(G S T (W + life)).
        """
        tables = self.tables
        periods, workloads = tables.gone.shape[2], len(tables.demand)
        unit = prices[: periods * workloads].reshape(periods, workloads)
        carbon, money = prices[periods * workloads:].reshape(2, periods)
        profit = profit_g(tables, unit, 1.0 + carbon)
        worth, keep = worth_g(tables, profit)
        price = np.array([generation.price for generation in tables.instance.generations])
        dear = np.cumsum(money[::-1])[::-1]
        net = worth - tables.embodied_g[:, None] - price[:, None, None] * dear
        bought = self._bought(net)
        gained, there = self._first(profit)
        for g, s, t in np.argwhere(bought > 0).tolist():
            there[g, s, t:t + keep[g, s, t]] += bought[g, s, t]
        instance = tables.instance
        value = float((unit * tables.demand.T).sum()) - gained - float((net * bought).sum())
        served, used = self._served(unit, carbon, there)
        spent = np.cumsum(price @ bought.sum(axis=1))
        slope = [(tables.demand.T - served).ravel(), np.zeros(periods), np.zeros(periods)]
        if instance.operational_cap_g is not None:
            value -= float(carbon @ instance.operational_cap_g)
            slope[1] = used - instance.operational_cap_g
        if instance.budget is not None:
            value -= float(money @ self._available)
            slope[2] = spent - self._available
        return Priced(value, np.concatenate(slope), bought)

    def _bought(self, net: FloatArray) -> FloatArray:
        """Return the purchases worth most, as many as sites may make, float array [G, S, T]."""
        bought, left = np.zeros(net.shape), self.tables.site_most.astype(np.float64)
        order = np.argsort(-net, axis=0, kind="stable")
        for rank in range(len(net)):
            g = order[rank][None]
            able = np.minimum(np.take_along_axis(self.tables.most, g, axis=0)[0], left)
            taken = np.where(np.take_along_axis(net, g, axis=0)[0] > 0, able, 0.0)
            np.put_along_axis(bought, g, taken[None], axis=0)
            left -= taken
        return bought

    def _first(self, profit: FloatArray) -> tuple[float, FloatArray]:
        """Return what the first GPUs earn in all, and how many are there in each period [G, S, T]."""
        credit, time = self.tables.credit_g[:, None], np.arange(profit.shape[2])
        earned = np.pad(np.cumsum(profit - credit[..., None], axis=2), ((0, 0), (0, 0), (1, 0)))
        best = np.maximum.accumulate(earned, axis=2)
        rises = np.diff(best, axis=2, prepend=best[:, :, :1]) > 0
        keep = np.maximum.accumulate(np.where(rises, np.arange(best.shape[2]), 0), axis=2)
        gained, there = 0.0, np.zeros(profit.shape)
        for end, counts in zip(*self._ends, strict=True):
            gained += float((counts * (best[:, :, end] + credit * end)).sum())
            there += np.where(time < keep[:, :, end, None], counts[:, :, None], 0.0)
        return gained, there

    def _served(self, unit: FloatArray, carbon: FloatArray, there: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the work that GPUs there serve at these prices [T, W], and the carbon of it all [T]."""
        tables = self.tables
        paid = (unit[:, None, None] - (1.0 + carbon)[:, None, None, None] * tables.unit_g) / tables.unit_share
        best = paid.argmax(axis=3)
        top = np.take_along_axis(paid, best[..., None], axis=3)[..., 0]
        share = np.take_along_axis(np.broadcast_to(tables.unit_share, paid.shape), best[..., None], axis=3)[..., 0]
        units = np.where(top > 0, np.moveaxis(there, 2, 0) / share, 0.0)
        chosen = best[..., None] == np.arange(paid.shape[3])
        work = np.where(chosen, units[..., None], 0.0)
        return work.sum(axis=(1, 2)), tables.operational_g(work, there)
