"""Gap pools: like gaps added up, exactly, so that solvers see each kind of gap once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.keepalive.costs import CostTable, cost_table
from ecoopt.instances.keepalive.gaps import Gaps, find_gaps
from ecoopt.instances.keepalive.schema import KeepAliveInstance


@dataclass(frozen=True)
class GapPools:
    """Exact aggregation of all gaps: one pool per profile, first minute and last minute.

    Gaps of functions with the same profile between the same two minutes are interchangeable: each container costs,
    saves and occupies the same. A pool adds up how many containers may wait through them. Pools in which waiting pays
    on no generation are left out (dominated), and so are waits that end before the next call or serve none: every
    schedule can be turned into one that keeps nothing else at no greater cost. N pools, in order of start.

    Parameters
    ----------
    instance : KeepAliveInstance
        Where the gaps come from.
    start_min, end_min : int array [N]
        A waiting container occupies minutes ``start_min <= m < end_min``.
    profile : int array [N]
        Profile of the functions.
    containers : int array [N]
        Most containers that may wait.
    memory_gb : float array [N]
        Memory of one container.
    delta : float array [N, G]
        Change of the objective per container that waits on each generation; negative where waiting pays.
    cold_cost : float
        Objective when nothing waits and every call starts cold on ``cold_generation``.
    cold_generation : int array [C]
        Generation of cold starts in each cell.
    gaps : Gaps
        The single gaps.
    pool_of_gap : int array [I]
        Pool of each gap, -1 when left out.
    """

    instance: KeepAliveInstance
    start_min: IntArray
    end_min: IntArray
    profile: IntArray
    containers: IntArray
    memory_gb: FloatArray
    delta: FloatArray
    cold_cost: float
    cold_generation: IntArray
    gaps: Gaps
    pool_of_gap: IntArray

    @property
    def pools(self) -> int:
        """Number of pools N."""
        return len(self.start_min)

    @property
    def generations(self) -> int:
        """Number of generations G."""
        return len(self.instance.generations)

    @property
    def horizon_min(self) -> int:
        """Number of minutes T."""
        return self.instance.invocations.horizon_min

    @property
    def longest_min(self) -> int:
        """Length of the longest pool, at least 1."""
        return int((self.end_min - self.start_min).max(initial=1))

    @cached_property
    def first_pool(self) -> IntArray:
        """First pool that starts in or after each minute, int array [T + 1]."""
        return np.searchsorted(self.start_min, np.arange(self.horizon_min + 1))

    def objective(self, kept: IntArray) -> float:
        """Return the objective of keeping ``kept[i, s]`` containers of pool i on generation s."""
        return self.cold_cost + float((self.delta * kept).sum())

    def memory(self, kept: IntArray) -> FloatArray:
        """Return the memory occupied at the end of each minute, float array [G, T]."""
        load = kept * self.memory_gb[:, None]
        change = np.zeros((self.generations, self.horizon_min + 1))
        for s in range(self.generations):
            change[s] = np.bincount(self.start_min, load[:, s], self.horizon_min + 1)
            change[s] -= np.bincount(self.end_min, load[:, s], self.horizon_min + 1)
        occupied: FloatArray = np.cumsum(change[:, :-1], axis=1)
        return occupied

    def unconstrained(self) -> IntArray:
        """Return the containers to keep when memory never binds, int array [N, G]: each pool on its best generation."""
        kept = np.zeros((self.pools, self.generations), dtype=np.int64)
        kept[np.arange(self.pools), self.delta.argmin(axis=1)] = self.containers
        return kept


def pool_gaps(instance: KeepAliveInstance, home: IntArray | None = None) -> GapPools:
    """Return the gap pools of an instance. O(C log C) time, O(C) memory.

    Parameters
    ----------
    instance : KeepAliveInstance
        With `release` semantics the pools are the whole problem. With `persist` they are a restriction of it: every
        choice of pools that fits the memory is a schedule, the optimum may lie outside.
    home : int array [F], optional
        Generation that all calls and containers of each function are tied to. Without relocation one is needed, and
        chosen per function when none is given: the cheapest one were memory unlimited.
    """
    costs, gaps = cost_table(instance), find_gaps(instance)
    if home is None and not instance.relocation:
        home = _cheapest_home(instance, costs, gaps)
    cold_cost, cold_generation = _cold_starts(instance, costs, home)
    group, representative = _group(instance, gaps, home)
    delta = _delta(instance, costs, gaps, representative, home)
    pays = (delta < 0).any(axis=1)
    containers = np.bincount(group, gaps.containers, len(representative)).astype(np.int64)[pays]
    chosen = representative[pays]
    profile = gaps.profile[chosen]
    return GapPools(
        instance=instance, start_min=gaps.start_min[chosen], end_min=gaps.end_min[chosen], profile=profile,
        containers=containers, memory_gb=instance.profiles.memory_gb[profile], delta=delta[pays],
        cold_cost=cold_cost, cold_generation=cold_generation, gaps=gaps,
        pool_of_gap=np.where(pays, np.cumsum(pays) - 1, -1)[group])


def _group(instance: KeepAliveInstance, gaps: Gaps, home: IntArray | None) -> tuple[IntArray, IntArray]:
    """Return the group of each gap, and one gap of each group; groups in order of start."""
    homes, kind = 1, gaps.profile
    if home is not None:
        homes = len(instance.generations)
        kind = kind * homes + home[instance.invocations.cell_function[gaps.cell]]
    kinds, lengths = len(instance.profiles.names) * homes, int((gaps.end_min - gaps.start_min).max(initial=0)) + 1
    key = (gaps.start_min * kinds + kind) * lengths + gaps.end_min - gaps.start_min
    if instance.accounting == "artifact" and instance.containers == "persist":
        _, representative, group = np.unique(
            np.stack([key.astype(float), gaps.exposure]), axis=1, return_index=True, return_inverse=True)
    else:
        _, representative, group = np.unique(key, return_index=True, return_inverse=True)
    return group, representative


def _delta(
    instance: KeepAliveInstance, costs: CostTable, gaps: Gaps, chosen: IntArray, home: IntArray | None
) -> FloatArray:
    """Return what one container waiting through the chosen gaps changes, float array [len(chosen), G].

    The call at the end runs warm on the generation of the wait instead of cold on the generation of cold starts.
    """
    profile, exposure = gaps.profile[chosen], gaps.exposure[chosen, None]
    at_call = instance.intensity_g_per_kwh[gaps.end_min[chosen]][:, None]
    minutes = (gaps.end_min - gaps.start_min)[chosen].astype(float)[:, None]
    warm = costs.warm_fixed[profile] + costs.warm_slope[profile] * at_call
    cold = costs.cold_fixed[profile] + costs.cold_slope[profile] * at_call
    keep = costs.keep_fixed[profile] * minutes + costs.keep_slope[profile] * exposure
    if home is None:
        delta: FloatArray = warm + keep - cold.min(axis=1, keepdims=True)
        return delta
    at_home = home[instance.invocations.cell_function[gaps.cell[chosen]]][:, None] == np.arange(warm.shape[1])
    return np.where(at_home, warm + keep - cold, 0.0)


def _cold_starts(instance: KeepAliveInstance, costs: CostTable, home: IntArray | None) -> tuple[float, IntArray]:
    """Return the cost of starting every call cold, and the generation where each cell's cold starts go."""
    calls, profile = instance.invocations, instance.cell_profile
    intensity = instance.intensity_g_per_kwh[calls.minutes]
    tied = None if home is None else home[calls.cell_function]
    cost, generation = np.full(calls.cells, np.inf), np.zeros(calls.cells, dtype=np.int64)
    for s in range(len(instance.generations)):
        here = costs.cold_fixed[profile, s] + costs.cold_slope[profile, s] * intensity
        better = here < cost if tied is None else tied == s
        cost[better], generation[better] = here[better], s
    return float((calls.counts * cost).sum()), generation


def _cheapest_home(instance: KeepAliveInstance, costs: CostTable, gaps: Gaps) -> IntArray:
    """Return the generation on which each function would be cheapest were memory unlimited, int array [F]."""
    calls = instance.invocations
    functions, profile = calls.functions, instance.cell_profile
    intensity = instance.intensity_g_per_kwh[calls.minutes]
    total = np.zeros((functions, len(instance.generations)))
    for s in range(len(instance.generations)):
        home = np.full(functions, s)
        delta = _delta(instance, costs, gaps, np.arange(len(gaps.cell)), home)[:, s]
        cold = costs.cold_fixed[profile, s] + costs.cold_slope[profile, s] * intensity
        total[:, s] = np.bincount(calls.cell_function, calls.counts * cold, functions)
        total[:, s] += np.bincount(calls.cell_function[gaps.cell], np.minimum(delta, 0) * gaps.containers, functions)
    cheapest: IntArray = total.argmin(axis=1)
    return cheapest
