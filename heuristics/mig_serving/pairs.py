"""Pairs: variants on profiles, and what identical GPUs cost when requests are shared evenly, as in Clover."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule
from ecoopt.instances.mig_serving.options import Options, options_of
from ecoopt.instances.variants import energy_table, service_time_table

SLACK = 1e-9


class Sharing(NamedTuple):
    """What the compiled loops read, of pairs and instance. Q pairs, K services, B pool sizes, T periods.

    Parameters
    ----------
    service : int array [Q]
        Of each pair.
    capacity, late, slowness, cost : float arrays [Q, B], [Q], [Q], [Q, T]
        As in `Pairs`.
    sizes : int array [B]
        Pool sizes.
    load : float array [K, T]
        Requests per second.
    budget : float array [K]
        Share of a service's requests that may be late in any case.
    """

    service: IntArray
    capacity: FloatArray
    late: FloatArray
    slowness: FloatArray
    cost: FloatArray
    sizes: IntArray
    load: FloatArray
    budget: FloatArray


@dataclass(frozen=True, eq=False)
class Pairs:
    """Every pair of a variant and a profile that can run it. Q pairs, K services, B pool sizes, T periods.

    Requests of a service are shared evenly among its instances, but none is sent more than its ceiling allows; the
    others share the rest evenly. That is what the published system's rule, the instance that has been idle longest,
    comes to in the long run.

    Parameters
    ----------
    instance : MigServingInstance
        Where they come from.
    options : Options
        What the instance's changes and GPUs cost.
    variant, profile, service : int array [Q]
        Of each pair.
    capacity_rps : float array [Q, B]
        Requests per second that one instance may be sent in a pool of each size, 0 where it is always too slow.
    late_share, slowness : float array [Q]
        Requests late in any case; service time over the tail limit.
    cost : float array [Q, T]
        Objective of one request per second during a period.
    """

    instance: MigServingInstance
    options: Options
    variant: IntArray
    profile: IntArray
    service: IntArray
    capacity_rps: FloatArray
    late_share: FloatArray
    slowness: FloatArray
    cost: FloatArray

    @property
    def count(self) -> int:
        """Number Q of pairs."""
        return len(self.variant)

    def labels(self, profile: int) -> IntArray:
        """Return the pairs of a profile."""
        return np.flatnonzero(self.profile == profile)

    def slices(self, counts: IntArray) -> IntArray:
        """Return slices [..., P] of instances [..., Q]."""
        member = np.zeros((self.count, len(self.instance.geometry.profiles)), dtype=np.int64)
        member[np.arange(self.count), self.profile] = 1
        found: IntArray = counts @ member
        return found

    def standing_cost(self, gpus_on: int) -> FloatArray:
        """Return the objective of GPUs that are on and off, float array [T]."""
        options = self.options
        return gpus_on * options.on_cost + (self.instance.gpus - gpus_on) * options.off_cost

    def measure(self, counts: IntArray, period: int) -> tuple[float, float]:
        """Return what instances [Q] cost in a period, GPUs apart, and how late they are.

        Lateness is 1 when the tail limit is kept. Else it is by how much the worst instance exceeds its ceiling when
        all are sent the same, or its tail limit when it is too slow even unloaded; infinite without an instance of a
        service that has requests.
        """
        cost, lateness = _measure(self._sharing, counts, period, np.zeros(self.count))
        return float(cost), float(lateness)

    def table(self, counts: NDArray[np.int8], gpus_on: int) -> FloatArray:
        """Return what configurations [G, Q] of one GPU cost on identical GPUs, float array [G, T].

        GPUs included, changes apart; infinite where the tail limit is not kept.
        """
        found: FloatArray = _table(self._sharing, counts, gpus_on)
        found += self.standing_cost(gpus_on)
        return found

    def schedule(self, counts: IntArray, gpus_on: IntArray, slices: IntArray) -> MigServingSchedule:
        """Return the schedule of instances [T, Q] and slices [T, P]."""
        instance = self.instance
        shape = (instance.periods, len(instance.variants), len(instance.geometry.profiles))
        table, rates = np.zeros(shape, dtype=np.int64), np.zeros(shape)
        table[:, self.variant, self.profile] = counts
        for period, row in enumerate(counts):
            sent = np.zeros(self.count)
            _measure(self._sharing, row, period, sent)
            rates[period, self.variant, self.profile] = sent
        return MigServingSchedule(gpus_on=gpus_on, slices=slices, instances=table, rate_rps=rates)

    def objective(self, counts: IntArray, gpus_on: IntArray, slices: IntArray) -> float:
        """Return the objective of instances [T, Q] and slices [T, P], infinite where they cannot serve."""
        total = float(self.options.change_costs(gpus_on, slices).sum())
        for period, row in enumerate(counts):
            cost, lateness = self.measure(row, period)
            total += cost + float(self.standing_cost(int(gpus_on[period]))[period]) if lateness <= 1 else np.inf
        return total

    @cached_property
    def _sharing(self) -> Sharing:
        instance = self.instance
        return Sharing(
            self.service, self.capacity_rps, self.late_share, self.slowness, self.cost, np.array(instance.pool_sizes),
            np.array(instance.load_rps), np.array([service.late_budget for service in instance.services]))


@lru_cache(maxsize=8)
def pairs_of(instance: MigServingInstance) -> Pairs:
    """Return the pairs of an instance."""
    names = instance.geometry.names
    time_s, energy_j = service_time_table(instance.variants, names), energy_table(instance.variants, names)
    variant, profile = np.nonzero(np.isfinite(time_s))
    service = np.array(instance.service_of_variant, dtype=np.int64)[variant]
    quality = np.array([entry.quality for entry in instance.variants])[variant]
    reference = np.array([entry.reference_quality for entry in instance.services])[service]
    limit_s = np.array([entry.tail_limit_s for entry in instance.services])[service]
    options = options_of(instance)
    per_loss = (1 - instance.carbon_weight) / instance.periods / instance.load_rps.sum(axis=0)
    cost = (energy_j[variant, profile][:, None] * (options.per_j * instance.period_s)
            + (1 - quality / reference)[:, None] * per_loss)
    return Pairs(
        instance=instance, options=options, variant=variant, profile=profile, service=service,
        capacity_rps=np.asarray(instance.utilisation[variant, profile] / time_s[variant, profile][:, None]),
        late_share=np.asarray(instance.late_share[variant, profile]),
        slowness=time_s[variant, profile] / limit_s, cost=cost)


@njit(cache=True)
def _measure(s: Sharing, counts: IntArray, t: int, sent: FloatArray) -> tuple[float, float]:  # pragma: no cover
    """Fill `sent` with the rates of a period; return their cost and how late they are, 1 within the limits."""
    total, worst = 0.0, 1.0
    used = np.empty(len(counts), np.int64)
    for k in range(s.load.shape[0]):
        found, pool = 0, 0
        for q in range(len(counts)):
            if s.service[q] == k and counts[q] > 0:
                used[found] = q
                found += 1
                pool += counts[q]
        if s.load[k, t] <= 0.0:
            continue
        if pool == 0:
            return np.inf, np.inf
        b = 0
        while b + 1 < len(s.sizes) and s.sizes[b + 1] <= pool:
            b += 1
        for i in range(1, found):
            entry, j = used[i], i
            while j > 0 and s.capacity[used[j - 1], b] > s.capacity[entry, b]:
                used[j] = used[j - 1]
                j -= 1
            used[j] = entry
        room = 0.0
        for i in range(found):
            room += counts[used[i]] * s.capacity[used[i], b]
        rest, left, tardy = s.load[k, t], float(pool), 0.0
        even = rest / left
        fits = room >= rest * (1.0 - SLACK) and s.capacity[used[0], b] > 0.0
        for i in range(found):
            q = used[i]
            level = rest / left
            rate = min(level, s.capacity[q, b]) if fits else even
            sent[q] = rate * counts[q]
            rest -= sent[q]
            left -= counts[q]
            total += sent[q] * s.cost[q, t]
            tardy += sent[q] * s.late[q]
            if not fits:
                worst = max(worst, s.slowness[q] if s.capacity[q, b] <= 0.0 else even / s.capacity[q, b])
        if not fits:
            worst = max(worst, 1.0 + SLACK)
        allowed = s.budget[k] * s.load[k, t]
        if tardy > allowed + SLACK * s.load[k, t]:
            worst = max(worst, 1.0 + (tardy - allowed) / s.load[k, t])
    return total, worst


@njit(cache=True)
def _table(s: Sharing, counts: NDArray[np.int8], gpus: int) -> FloatArray:  # pragma: no cover
    """Return the costs of configurations, infinite where they are s.late."""
    found = np.empty((len(counts), s.load.shape[1]))
    sent = np.zeros(len(s.service))
    row = np.empty(len(s.service), np.int64)
    for g in range(len(counts)):
        for q in range(len(row)):
            row[q] = counts[g, q] * gpus
        for t in range(s.load.shape[1]):
            paid, lateness = _measure(s, row, t, sent)
            found[g, t] = paid if lateness <= 1.0 else np.inf
    return found
