"""Terms: what follows from an instance for all solvers: items worth having, their costs, who serves whom, the value.

An *item* is a configuration at a site that has room for it. The referee never comes here.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.llm_config.dominance import undominated
from ecoopt.instances.llm_config.routing import cheapest_loads, shared_out, subset_sums
from ecoopt.instances.llm_config.schedule import LlmConfigSchedule
from ecoopt.instances.llm_config.schema import LlmConfigInstance

_J_PER_KWH, _W_PER_KW, _G_PER_KG = 3.6e6, 1000.0, 1000.0
_MET = 1e-9

MOST_PARTS = 12
"""Parts of classes beyond which each class has the models alone that keep its mean quality."""


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a class's tokens, served by good enough models.

    Parameters
    ----------
    of : int
        The class.
    share : float
        Of its tokens.
    serves : bool array [K]
        Configurations that will do.
    """

    of: int
    share: float
    serves: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Terms:
    """Tables of an instance. K configurations, Q classes, Z sites, G types, T periods, P placements, J items.

    Parameters
    ----------
    instance : LlmConfigInstance
        What is asked.
    """

    instance: LlmConfigInstance

    @cached_property
    def shards(self) -> IntArray:
        """GPUs of a replica, int array [K]."""
        return np.array([one.shards for one in self.instance.configurations], dtype=np.int64)

    @cached_property
    def gpu(self) -> IntArray:
        """Type of GPU, int array [K]."""
        place = {gpu.name: g for g, gpu in enumerate(self.instance.gpus)}
        return np.array([place[one.gpu] for one in self.instance.configurations], dtype=np.int64)

    @cached_property
    def model(self) -> IntArray:
        """Model, int array [K]."""
        place = {model.name: m for m, model in enumerate(self.instance.models)}
        return np.array([place[one.model] for one in self.instance.configurations], dtype=np.int64)

    @cached_property
    def placement(self) -> IntArray:
        """Model, type of GPU and shards as one number, int array [K]."""
        keys = np.stack([self.model, self.gpu, self.shards], axis=1)
        return np.unique(keys, axis=0, return_inverse=True)[1].ravel().astype(np.int64)

    @cached_property
    def placements(self) -> int:
        """Number P of placements."""
        return int(self.placement.max()) + 1

    @cached_property
    def quality(self) -> FloatArray:
        """Quality of the model, float array [K]."""
        return np.array([model.quality for model in self.instance.models])[self.model]

    @cached_property
    def tokens(self) -> FloatArray:
        """Tokens per second that a replica may make, the load kept, float array [K]."""
        return self.instance.load * self._column("tokens_per_s")

    @cached_property
    def power_w(self) -> FloatArray:
        """Power of a busy replica, float array [K]."""
        return self._column("power_w")

    @cached_property
    def idle_w(self) -> FloatArray:
        """Power of an idle replica, float array [K]."""
        return self._column("idle_w")

    @cached_property
    def latency_s(self) -> FloatArray:
        """Latency, float array [K]."""
        return self._column("latency_s")

    @cached_property
    def serves(self) -> NDArray[np.bool_]:
        """Which classes a configuration may serve, averages of quality aside, bool array [Q, K]."""
        length = self._column("length_tokens")
        rows = []
        for one in self.instance.classes:
            good = (self.latency_s <= one.max_latency_s) & (length >= one.length_tokens)
            good &= self.quality >= one.min_quality
            if one.model is not None:
                good &= np.array([kind.model == one.model for kind in self.instance.configurations])
            rows.append(good)
        return np.array(rows)

    @cached_property
    def serves_alone(self) -> NDArray[np.bool_]:
        """Which classes it may serve without another's better quality, bool array [Q, K]."""
        mean = np.array([one.mean_quality for one in self.instance.classes])
        return self.serves & (self.quality[None, :] >= mean[:, None])

    @cached_property
    def averaged(self) -> bool:
        """Whether some class may have a worse model where others make up for it."""
        return bool((self.serves != self.serves_alone).any())

    @cached_property
    def demand(self) -> FloatArray:
        """Tokens asked for, float array [Q, T]."""
        return np.array([one.tokens_per_s for one in self.instance.classes])

    @cached_property
    def subset(self) -> FloatArray:
        """Demand of every set of classes, float array [T, 2^Q]."""
        return subset_sums(np.ascontiguousarray(self.demand.T))

    @cached_property
    def starts_cost(self) -> bool:
        """Whether starts are charged."""
        return self.instance.start_j_per_gpu > 0

    @cached_property
    def kept(self) -> IntArray:
        """Configurations that serve somebody and that no other replaces, increasing."""
        group = self.placement if self.starts_cost else self.model * len(self.instance.gpus) + self.gpu
        at_least = [self.serves & (self.quality >= level) for level in np.unique(self.quality)]
        serves = np.concatenate([self.serves, *at_least])
        useful: IntArray = np.flatnonzero(self.serves.any(axis=0)).astype(np.int64)
        left = undominated(group[useful], self.shards[useful], self.power_w[useful], self.idle_w[useful],
                           self.tokens[useful], serves[:, useful])
        return np.asarray(useful[left], dtype=np.int64)

    @cached_property
    def inventory(self) -> IntArray:
        """GPUs there are, int array [Z, G]."""
        return np.array([site.gpus for site in self.instance.sites])

    @cached_property
    def power_limit_w(self) -> FloatArray:
        """Power limits, infinite where there is none, float array [Z]."""
        return np.array([np.inf if site.power_limit_w is None else site.power_limit_w for site in self.instance.sites])

    @cached_property
    def most(self) -> IntArray:
        """Most replicas that a site has room for, int array [Z, K]."""
        room = self.inventory[:, self.gpu] // self.shards
        with np.errstate(divide="ignore", invalid="ignore"):
            by_power = np.floor(self.power_limit_w[:, None] / self.power_w * (1 + _MET))
        by_power = np.where(self.power_w > 0, by_power, np.inf)
        return np.asarray(np.minimum(room, by_power), dtype=np.int64)

    @cached_property
    def items(self) -> tuple[IntArray, IntArray]:
        """Site and configuration of each item, int arrays [J]."""
        site, kept = np.nonzero(self.most[:, self.kept] > 0)
        return site.astype(np.int64), self.kept[kept]

    @cached_property
    def weight(self) -> FloatArray:
        """Grams of a watt over a period, float array [Z, T]."""
        pue = np.array([site.pue for site in self.instance.sites])
        hours = self.instance.period_s / 3600
        return np.asarray(self.instance.intensity_g_per_kwh * pue[:, None] * hours / _W_PER_KW)

    @cached_property
    def embodied_g(self) -> FloatArray:
        """Embodied carbon of a replica over a period, float array [K]."""
        life_h = self.instance.gpu_lifetime_h
        if life_h is None:
            return np.zeros(len(self.shards))
        board_g = np.array([gpu.embodied_kg or 0.0 for gpu in self.instance.gpus]) * _G_PER_KG
        return board_g[self.gpu] * self.shards * (self.instance.period_s / 3600 / life_h)

    @cached_property
    def replica_g(self) -> FloatArray:
        """Grams of a replica that does nothing, float array [T, J]."""
        site, k = self.items
        return np.ascontiguousarray((self.weight[site] * self.idle_w[k, None] + self.embodied_g[k, None]).T)

    @cached_property
    def token_g(self) -> FloatArray:
        """Grams of one token per second over a period beyond that, float array [T, J]."""
        site, k = self.items
        busy = (self.power_w - self.idle_w) / self._column("tokens_per_s")
        return np.ascontiguousarray((self.weight[site] * busy[k, None]).T)

    @cached_property
    def start_g(self) -> FloatArray:
        """Grams of a start, float array [T, Z, P]."""
        shards = np.zeros(self.placements)
        shards[self.placement] = self.shards
        per_gpu = self.weight / (self.instance.period_s / 3600) * _W_PER_KW / _J_PER_KWH * self.instance.start_j_per_gpu
        return np.asarray(per_gpu.T[:, :, None] * shards)

    @cached_property
    def before(self) -> IntArray | None:
        """Replicas of each placement before period 0, int array [Z, P]; None where its own count as there."""
        running = self.instance.running
        return None if running is None else self.by_placement(running.T[None])[0]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Classes in parts that configurations serve one by one: where qualities are averaged, a good and a poor part.

        Shares are those of the cheapest mix, by the mean cost of a token of a full replica over all periods.
        """
        k = self.items[1]
        token_g = ((self.replica_g + self.token_g * self.tokens[k]) / self.tokens[k]).mean(axis=0)
        found = []
        for q, one in enumerate(self.instance.classes):
            levels = [float(level) for level in np.unique(self.quality[self.serves[q]])]
            cost = {level: token_g[self.serves[q][k] & (self.quality[k] >= level)].min(initial=np.inf)
                    for level in levels}
            enough = [level for level in levels if level >= one.mean_quality]
            mixes = [(cost[level], [(level, 1.0)]) for level in enough]
            for low in sorted(set(levels) - set(enough)):
                for high in enough:
                    share = (one.mean_quality - low) / (high - low)
                    mixes.append(((1 - share) * cost[low] + share * cost[high], [(low, 1 - share), (high, share)]))
            best = min(mixes, key=lambda mix: mix[0], default=(0.0, [(one.mean_quality, 1.0)]))
            found += [Part(q, share, self.serves[q] & (self.quality >= level)) for level, share in best[1]]
        if len(found) <= MOST_PARTS:
            return tuple(found)
        return tuple(Part(q, 1.0, row) for q, row in enumerate(self.serves_alone))

    @cached_property
    def part_demand(self) -> FloatArray:
        """Tokens asked for of each part, float array [parts, T]."""
        return np.array([part.share * self.demand[part.of] for part in self.parts])

    @cached_property
    def part_subset(self) -> FloatArray:
        """Demand of every set of parts, float array [T, 2^parts]."""
        return subset_sums(np.ascontiguousarray(self.part_demand.T))

    @cached_property
    def item_mask(self) -> IntArray:
        """Parts that each item serves, as bits, int array [J]."""
        return self.mask(np.array([part.serves for part in self.parts]))

    def mask(self, serves: NDArray[np.bool_]) -> IntArray:
        """Return the classes that each item serves as bits, int array [J]."""
        bits = 1 << np.arange(len(serves))
        return np.asarray(bits @ serves[:, self.items[1]], dtype=np.int64)

    def by_placement(self, replicas: IntArray) -> IntArray:
        """Return replicas [T, Z, K] by placement, int array [T, Z, P]."""
        member = self.placement[:, None] == np.arange(self.placements)
        return np.asarray(replicas @ member.astype(np.int64))

    def starts(self, replicas: IntArray) -> IntArray:
        """Return the starts of replicas [T, Z, K], int array [T, Z, P]."""
        have = self.by_placement(replicas)
        first = have[:1] if self.before is None else self.before[None]
        return np.asarray(np.maximum(np.diff(have, axis=0, prepend=first), 0))

    def value(self, schedule: LlmConfigSchedule) -> float:
        """Return the objective of a schedule, in grams."""
        replicas, made = schedule.replicas, schedule.tokens_per_s.sum(axis=1)
        watts = replicas @ self.idle_w + made @ ((self.power_w - self.idle_w) / self._column("tokens_per_s"))
        grams = float((watts * self.weight.T).sum()) + float((replicas @ self.embodied_g).sum())
        if self.starts_cost:
            grams += float((self.starts(replicas) * self.start_g).sum())
        return grams

    def routed(self, t: int, count: IntArray) -> FloatArray | None:
        """Return what items make of each class in the cheapest routing of all parts.

        Parameters
        ----------
        t : int
            Period.
        count : int array [J]
            Replicas of items.

        Returns
        -------
        float array [Q, J] or None
            None where they cannot make all that is asked for.
        """
        demand = self.part_demand[:, t]
        loads = cheapest_loads(self.part_subset[t], self.item_mask, count * self.tokens[self.items[1]], self.token_g[t])
        if loads.sum() < demand.sum() * (1 - _MET):
            return None
        flow = shared_out(demand, self.item_mask, loads)
        of = np.array([part.of for part in self.parts])
        return np.array([flow[of == q].sum(axis=0) for q in range(len(self.demand))])

    def period_g(self, t: int, count: IntArray) -> float | None:
        """Return grams of replicas of items [J] in a period, routed as in `routed`, without starts; None if too few."""
        k = self.items[1]
        made = cheapest_loads(self.part_subset[t], self.item_mask, count * self.tokens[k], self.token_g[t])
        if made.sum() < self.demand[:, t].sum() * (1 - _MET):
            return None
        return float(count @ self.replica_g[t] + made @ self.token_g[t])

    def routed_schedule(self, counts: IntArray) -> LlmConfigSchedule | None:
        """Return the schedule of replicas of items [T, J], each period routed as in `routed`; None where too few."""
        flows = []
        for t, count in enumerate(counts):
            flow = self.routed(t, count)
            if flow is None:
                return None
            flows.append(flow)
        return self.schedule(counts, flows)

    def schedule(self, counts: IntArray, flows: list[FloatArray]) -> LlmConfigSchedule:
        """Return the schedule of replicas of items [T, J] and what they make of each class, [Q, J] by period."""
        periods, sites, kinds = self.instance.replica_shape
        site, k = self.items
        replicas = np.zeros((periods, sites, kinds), dtype=np.int64)
        made = np.zeros((periods, len(self.demand), sites, kinds))
        replicas[:, site, k] = counts
        for t, flow in enumerate(flows):
            made[t][:, site, k] = flow
        return LlmConfigSchedule(replicas=replicas, tokens_per_s=made)

    def counts(self, schedule: LlmConfigSchedule) -> IntArray:
        """Return the replicas of items of a schedule, int array [T, J]."""
        site, k = self.items
        return schedule.replicas[:, site, k]

    def _column(self, name: str) -> FloatArray:
        """Return a field of all configurations, float array [K]."""
        return np.array([float(getattr(one, name)) for one in self.instance.configurations])


def terms_of(instance: LlmConfigInstance) -> Terms:
    """Return the tables of an instance."""
    return Terms(instance)
