"""Plan: purchases with the work and the retirements that follow from them, and what may still be bought."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.instances.refresh import RefreshSchedule
from ecoopt.instances.refresh.allocation import allocate
from ecoopt.instances.refresh.parts import MOST_GPUS
from ecoopt.instances.refresh.tables import Tables

Change = tuple[int, int, int, int]
"""Generation, site, period, and how many more are bought."""

_TRACE = 1e-9


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan, of which all follows from the purchases.

    Parameters
    ----------
    tables : Tables
        Of the instance.
    purchases : int array [G, S, T]
        What is bought.
    least : int array [G, S, T]
        What is retired to date at least, whatever its age.
    there : float array [G, S, T]
        GPUs whose life has not ended.
    work : float array [T, G, S, W]
        Where they serve what.
    missing, price_g : float array [T, W]
        Work that finds no GPU, and carbon of one more unit.
    """

    tables: Tables
    purchases: IntArray
    least: IntArray
    there: FloatArray
    work: FloatArray
    missing: FloatArray
    price_g: FloatArray

    @classmethod
    def of(cls, tables: Tables, purchases: IntArray, least: IntArray | None = None) -> "Plan":
        """Return the plan of these purchases, and of what is retired in any case."""
        known = np.zeros(tables.gone.shape, dtype=np.int64) if least is None else least
        there = _there(tables, purchases, known)
        found = allocate(tables, there)
        return cls(tables, purchases, known, there, found.work, found.missing, found.price_g)

    def noted(self, changes: Iterable[Change]) -> "Plan":
        """Return the plan with other purchases, work and GPUs left as they were."""
        purchases = self.purchases.copy()
        for g, s, t, more in changes:
            purchases[g, s, t] += more
        return replace(self, purchases=purchases)

    def changed(self, changes: Iterable[Change]) -> "Plan":
        """Return the plan with other purchases; only periods in which GPUs differ are looked at again."""
        return self._looked_at(self.noted(changes))

    def retiring(self, change: Change) -> "Plan":
        """Return the plan in which more GPUs are retired, the oldest ones, from a period on."""
        g, s, t, more = change
        least = self.least.copy()
        now = _gone(self.tables, self.purchases, self.least)[g, s, t]
        least[g, s, t:] = np.maximum(least[g, s, t:], int(now) + more)
        return self._looked_at(replace(self, least=least))

    def _looked_at(self, noted: "Plan") -> "Plan":
        """Return a plan with its work, which is this one's where GPUs are the same."""
        there = _there(self.tables, noted.purchases, noted.least)
        other = np.flatnonzero((there != self.there).any(axis=(0, 1)))
        if not other.size:
            return noted
        part = slice(int(other[0]), int(other[-1]) + 1)
        found = allocate(self.tables, there[:, :, part], part)
        work, missing, price_g = self.work.copy(), self.missing.copy(), self.price_g.copy()
        work[part], missing[part], price_g[part] = found.work, found.missing, found.price_g
        return replace(noted, there=there, work=work, missing=missing, price_g=price_g)

    @property
    def served(self) -> bool:
        """Whether all work is."""
        return not self.missing.any()

    def room(self) -> IntArray:
        """Return how many more can be bought of each generation at each site in each period, int array [G, S, T]."""
        tables = self.tables
        room = np.minimum(tables.most - self.purchases, tables.site_most - self.purchases.sum(axis=0))
        if tables.instance.budget is not None:
            price = np.array([generation.price for generation in tables.instance.generations])
            spent = np.cumsum(price @ self.purchases.sum(axis=1))
            left = np.minimum.accumulate((np.cumsum(tables.instance.budget) - spent)[::-1])[::-1]
            for g, each in enumerate(price.tolist()):
                if each > 0:
                    more = np.floor(np.minimum(left / each + _TRACE, MOST_GPUS))
                    room[g] = np.minimum(room[g], more.astype(np.int64))
        return np.asarray(np.maximum(room, 0), dtype=np.int64)

    def retired(self) -> IntArray:
        """Return retirements to date, int array [G, S, T]: those there must be, and what is never needed again."""
        ended = np.rint(_gone(self.tables, self.purchases, self.least)).astype(np.int64)
        if self.tables.never_early:
            return ended
        needed = np.ceil(np.einsum("tgsw,gsw->gst", self.work, self.tables.unit_share) - _TRACE)
        spare = np.minimum.accumulate((self.there - np.maximum(needed, 0.0) + ended)[:, :, ::-1], axis=2)[:, :, ::-1]
        return np.asarray(np.maximum(np.rint(spare).astype(np.int64), ended), dtype=np.int64)

    def value(self, missing_g: FloatArray | None = None) -> float:
        """Return the carbon of the plan, infinite where a cap is broken.

        Parameters
        ----------
        missing_g : float array [T, W], optional
            Charge of a unit that is missing; infinite by default.
        """
        if missing_g is None and not self.served:
            return np.inf
        retired = self.retired()
        if not self._clean(retired):
            return np.inf
        charge = 0.0 if missing_g is None else float((missing_g * self.missing).sum())
        return self.tables.fixed_g(np.cumsum(self.purchases, axis=2), retired) + self._work_g() + charge

    def schedule(self) -> RefreshSchedule:
        """Return the schedule."""
        return RefreshSchedule(purchases=self.purchases, work=np.moveaxis(self.work, 0, 3),
                               retirements=np.diff(self.retired(), axis=2, prepend=0))

    def offer(self, run: Run) -> float:
        """Offer the plan to a run, if it keeps the rules, and return its carbon."""
        value = self.value()
        if np.isfinite(value):
            run.offer(value, partial(Plan.schedule, self))
        return value

    def _work_g(self) -> float:
        return float((np.where(self.work > 0, self.tables.unit_g, 0.0) * self.work).sum())

    def _clean(self, retired: IntArray) -> bool:
        """Return whether energy keeps to its cap in every period."""
        cap = self.tables.instance.operational_cap_g
        if cap is None:
            return True
        stock = self.tables.first[:, :, None] + np.cumsum(self.purchases, axis=2) - retired
        return bool((self.tables.operational_g(self.work, stock) <= cap + _TRACE * np.maximum(cap, 1.0)).all())


def _there(tables: Tables, purchases: IntArray, least: IntArray) -> FloatArray:
    bought = np.cumsum(purchases, axis=2)
    return np.asarray(tables.first[:, :, None] + bought - _gone(tables, purchases, least), dtype=np.float64)


def _gone(tables: Tables, purchases: IntArray, least: IntArray) -> FloatArray:
    """Return what is retired to date in any case, no more than there ever was, float array [G, S, T]."""
    bought = np.cumsum(purchases, axis=2)
    gone = np.minimum(np.maximum(tables.ended(bought), least), tables.first[:, :, None] + bought)
    return np.asarray(gone, dtype=np.float64)


Rank = Callable[[int], FloatArray]
"""From a period to how dear each generation, site and workload is, [G, S, W]: the least is bought; infinite: never."""


def completed(plan: Plan, rank: Rank, periods: Iterable[int] | None = None, *, back: bool = True) -> Plan:
    """Return the plan with what must be bought for all work to be served, as far as that is possible.

    Period by period, GPUs are bought for work that is missing: the cheapest by `rank`, in that period, or if nothing
    can be bought there any more, in the latest one before.

    Parameters
    ----------
    plan : Plan
        What is bought already.
    rank : callable
        Says which are cheapest.
    periods : iterable of int, optional
        In which work must be served; all by default.
    back : bool
        Whether GPUs may be bought in earlier periods.
    """
    for t in range(len(plan.missing)) if periods is None else periods:
        while plan.missing[t].any():
            change = _cheapest(plan, t, rank(t), back)
            if change is None:
                break
            plan = plan.changed([change])
    return plan


def _cheapest(plan: Plan, t: int, rank: FloatArray, back: bool) -> Change | None:
    """Return a purchase that serves some of the missing work of a period, None where there is none."""
    tables = plan.tables
    room, allowed = plan.room(), np.isfinite(tables.unit_g[t])
    missing = plan.missing[t]
    for w in np.flatnonzero(missing).tolist():
        # A unit may also be served in place of others that can go elsewhere.
        others = [(v, float(np.min(np.where(held, tables.unit_share[:, :, w] / tables.unit_share[:, :, v], np.inf))))
                  for v in range(len(missing)) if v != w
                  and (held := allowed[:, :, w] & (plan.work[t, :, :, v] > 0)).any()]
        for v, ratio in [(w, 1.0), *others]:
            for u in range(t, -1, -1) if back else [t]:
                lasting = (tables.life > t - u)[:, None]
                cost = np.where((room[:, :, u] > 0) & lasting & allowed[:, :, v], rank[:, :, v], np.inf)
                if np.isfinite(cost).any():
                    g, s = np.unravel_index(int(np.argmin(cost)), cost.shape)
                    needed = max(int(np.ceil(missing[w] * ratio * tables.unit_share[g, s, v] - _TRACE)), 1)
                    return int(g), int(s), u, min(needed, int(room[g, s, u]))
    return None


def least_embodied(tables: Tables) -> Rank:
    """Return the rank by embodied carbon of what a unit takes of a GPU, nearly equal ones by energy."""
    def rank(t: int) -> FloatArray:
        grams = tables.embodied_g[:, None, t, None] * tables.unit_share
        energy = np.where(np.isfinite(tables.unit_g[t]), tables.unit_g[t], 0.0)
        return np.asarray(grams + 1e-6 * energy, dtype=np.float64)

    return rank


def least_in_all(tables: Tables) -> Rank:
    """Return the rank by embodied carbon and energy over a GPU's life, as if it were always busy."""
    def rank(t: int) -> FloatArray:
        left = np.minimum(tables.life, len(tables.unit_g) - t)
        grams = (tables.embodied_g[:, t] / left)[:, None, None] * tables.unit_share
        energy = np.stack([np.where(np.isfinite(tables.unit_g[t]), tables.unit_g[t:t + span], 0.0).mean(axis=0)[g]
                           for g, span in enumerate(left.tolist())])
        return np.asarray(grams + energy, dtype=np.float64)

    return rank


def within_limits(tables: Tables, wanted: IntArray) -> IntArray:
    """Return purchases [G, S, T] cut down to what may be bought; what is cut waits for the next periods."""
    plan = Plan.of(tables, np.zeros_like(wanted), tables.first[:, :, None] + np.zeros_like(wanted))
    waiting = np.zeros(wanted.shape[:2], dtype=np.int64)
    for t in range(wanted.shape[2]):
        waiting += wanted[:, :, t]
        for g, s in np.argwhere(waiting > 0)[::-1].tolist():
            if count := min(int(waiting[g, s]), int(plan.room()[g, s, t])):
                plan = plan.noted([(g, s, t, count)])
                waiting[g, s] -= count
    return plan.purchases
