"""Plan: the tables that searches look at, replicas of items by period, and what they cost."""

from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.llm_config.kernels import build, descend, routed_cost
from ecoopt.instances.llm_config import LlmConfigInstance, LlmConfigSchedule
from ecoopt.instances.llm_config.paths import cheapest_path
from ecoopt.instances.llm_config.terms import Terms, terms_of

SCARCITY = (0.0, 0.3, 0.6, 0.8, 0.9, 0.97, 1.0)
"""Shares of GPUs and watts in the price of a token, tried one after the other until all demand can be met."""

MOST_KNOWN = 40
"""Fleets of a period, cheapest first, that sequences go through."""


@dataclass(frozen=True, eq=False)
class Ground:
    """What is asked, in arrays. T periods, J items, Q classes.

    Where qualities are averaged, searches keep to the shares of ``Terms.parts``.

    Parameters
    ----------
    terms : Terms
        The tables.
    run : Run
        Told of schedules.
    """

    terms: Terms
    run: Run

    @classmethod
    def of(cls, instance: LlmConfigInstance, run: Run) -> "Ground":
        """Return the ground of an instance."""
        return cls(terms_of(instance), run)

    @property
    def periods(self) -> int:
        """Number of periods T."""
        return self.terms.instance.periods

    @property
    def items(self) -> int:
        """Number of items J."""
        return len(self.terms.items[0])

    @cached_property
    def rate(self) -> FloatArray:
        """Tokens per second of a replica, float array [J]."""
        return self.terms.tokens[self.terms.items[1]]

    @cached_property
    def site(self) -> IntArray:
        """Site, int array [J]."""
        return self.terms.items[0]

    @cached_property
    def pool(self) -> IntArray:
        """Site and type of GPU, int array [J]."""
        site, k = self.terms.items
        return np.asarray(site * self.terms.inventory.shape[1] + self.terms.gpu[k], dtype=np.int64)

    @cached_property
    def shards(self) -> IntArray:
        """GPUs of a replica, int array [J]."""
        return self.terms.shards[self.terms.items[1]]

    @cached_property
    def power_w(self) -> FloatArray:
        """Watts of a replica, float array [J]."""
        return self.terms.power_w[self.terms.items[1]]

    @cached_property
    def place(self) -> IntArray:
        """Site and placement, int array [J]."""
        site, k = self.terms.items
        return np.asarray(site * self.terms.placements + self.terms.placement[k], dtype=np.int64)

    @cached_property
    def order(self) -> IntArray:
        """Items by grams of a token, int array [T, J]."""
        return np.ascontiguousarray(np.argsort(self.terms.token_g, axis=1, kind="stable"))

    @cached_property
    def start_g(self) -> FloatArray:
        """Grams of a start, float array [T + 1, places]; 0 after the end."""
        grams = self.terms.start_g.reshape(self.periods, -1)
        return np.concatenate([grams, np.zeros((1, grams.shape[1]))])

    def by_place(self, count: IntArray) -> IntArray:
        """Return replicas of items [J] by place."""
        return np.bincount(self.place, weights=count, minlength=self.start_g.shape[1]).astype(np.int64)

    def left(self, count: IntArray) -> tuple[IntArray, FloatArray]:
        """Return GPUs and watts that replicas of items [J] leave."""
        pools = self.terms.inventory.ravel().copy()
        np.subtract.at(pools, self.pool, count * self.shards)
        watts = self.terms.power_limit_w.copy()
        np.subtract.at(watts, self.site, count * self.power_w)
        return pools, watts

    def value(self, t: int, count: IntArray) -> float:
        """Return grams of replicas of items [J] in a period, starts aside; infinite where they are too few."""
        terms = self.terms
        cost = routed_cost(terms.part_subset[t], terms.item_mask, self.rate, terms.token_g[t], self.order[t], count)
        return float(cost + count @ terms.replica_g[t])

    def built(
        self, t: int, weight: FloatArray | None = None, token_weight: FloatArray | None = None,
        allowed: IntArray | None = None, begun: IntArray | None = None,
    ) -> IntArray | None:
        """Return replicas of items [J] that serve a period, added where a token costs least; None where too few can be.

        Where GPUs or watts run out, they are made part of the price, more and more.

        Parameters
        ----------
        t : int
            Period.
        weight, token_weight : float array [J], optional
            Price of a replica and of a token per second; grams by default.
        allowed : int array [J], optional
            Classes that items may serve, as bits.
        begun : int array [J], optional
            Replicas that are there anyway.
        """
        terms = self.terms
        weight = terms.replica_g[t] if weight is None else weight
        token_weight = terms.token_g[t] if token_weight is None else token_weight
        mask = terms.item_mask if allowed is None else allowed
        first = np.zeros(self.items, dtype=np.int64) if begun is None else begun
        if not self.items:
            return None if terms.demand[:, t].any() else first
        per_token = float(np.mean((weight + token_weight * self.rate) / self.rate)) or 1.0
        scarce = self._scarce
        scarce = scarce * (per_token / max(float(np.mean(scarce / self.rate)), 1e-300))
        for share in SCARCITY:
            count = first.copy()
            pools, watts = self.left(count)
            price = (1 - share) * weight + share * scarce
            if build(terms.part_subset[t], mask, self.rate, price, (1 - share) * token_weight, self.pool,
                     self.shards, self.site, self.power_w, pools, watts, count):
                return count
        return None

    @cached_property
    def _scarce(self) -> FloatArray:
        """Share of its pool, and of its site's power, that a replica takes, float array [J]."""
        pools = np.maximum(self.terms.inventory.ravel()[self.pool], 1)
        return np.asarray(self.shards / pools + self.power_w / self.terms.power_limit_w[self.site])

    def descend(
        self, t: int, counts: IntArray, *, before: IntArray | None = None, after: IntArray | None = None,
        swap: IntArray | None = None, most: int = 1_000_000,
    ) -> float:
        """Improve a period's replicas of items, counts[t]; return its grams with the starts into it and out of it.

        Parameters
        ----------
        t : int
            Period.
        counts : int array [T, J]
            Replicas; row t is changed.
        before, after : int array [places], optional
            Replicas of places around; where None, starts are free.
        swap : int array [J], optional
            Items with the same number may be exchanged; all by default.
        most : int
            Most moves.
        """
        terms = self.terms
        count = np.ascontiguousarray(counts[t])
        pools, watts = self.left(count)
        nobody = np.full(self.start_g.shape[1], -1)
        value = descend(
            terms.part_subset[t], terms.item_mask, self.rate, terms.replica_g[t], terms.token_g[t], self.order[t],
            self.pool, self.shards, self.site, self.power_w, pools, watts, self.place,
            nobody if before is None else before, nobody if after is None else after, self.start_g[t],
            self.start_g[t + 1],
            np.zeros(self.items, dtype=np.int64) if swap is None else swap, most, count)
        counts[t] = count
        return float(value)

    def around(self, t: int, counts: IntArray) -> tuple[IntArray | None, IntArray | None]:
        """Return the replicas of places before and after a period, None where starts are free."""
        if not self.terms.starts_cost:
            return None, None
        first = None if self.terms.before is None else self.terms.before.ravel()
        before = self.by_place(counts[t - 1]) if t else first
        return before, self.by_place(counts[t + 1]) if t + 1 < self.periods else None

    def total(self, counts: IntArray) -> float:
        """Return the objective of replicas of items [T, J], infinite where they are too few."""
        grams = sum(self.value(t, count) for t, count in enumerate(counts))
        return float(grams + self.starts_g(counts))

    def starts_g(self, counts: IntArray) -> float:
        """Return grams of the starts of replicas of items [T, J]."""
        if not self.terms.starts_cost:
            return 0.0
        have = np.array([self.by_place(count) for count in counts])
        first = have[:1] if self.terms.before is None else self.terms.before.reshape(1, -1)
        return float((np.maximum(np.diff(have, axis=0, prepend=first), 0) * self.start_g[:-1]).sum())

    def through(self, counts: IntArray, seen: list[dict[bytes, IntArray]] | None = None, near: int = 3) -> IntArray:
        """Return the cheapest sequence through fleets of each period and of those around it, starts paid.

        Parameters
        ----------
        counts : int array [T, J]
            Replicas of items.
        seen : list of dict, optional
            Further fleets of each period.
        near : int
            Periods before and after whose fleets a period tries.
        """
        if not self.terms.starts_cost:
            return counts
        known = []
        for t in range(self.periods):
            own = {} if seen is None else dict(seen[t])
            own |= {counts[s].tobytes(): counts[s] for s in range(max(t - near, 0), min(t + near + 1, self.periods))}
            worth = [(cost, count) for count in own.values() if np.isfinite(cost := self.value(t, count))]
            known.append([(self.value(t, counts[t]), counts[t]), *sorted(worth, key=itemgetter(0))[:MOST_KNOWN]])
        return cheapest_path(self.terms, known)

    def offer_start(self, start: LlmConfigSchedule | None) -> IntArray | None:
        """Offer a start; return its replicas of items [T, J] if they will do by themselves."""
        if start is None:
            return None
        self.run.offer(self.terms.value(start), start)
        counts = self.terms.counts(start)
        return counts.copy() if np.isfinite(self.total(counts)) else None

    def offer(self, counts: IntArray) -> float:
        """Offer replicas of items [T, J]; return their objective."""
        value = self.total(counts)
        kept = counts.copy()
        if np.isfinite(value):
            self.run.offer(value, lambda: self._schedule(kept))
        return value

    def _schedule(self, counts: IntArray) -> LlmConfigSchedule:
        found = self.terms.routed_schedule(counts)
        assert found is not None
        return found
