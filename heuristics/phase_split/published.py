"""Rules as published: DistServe's enumeration and replication, Splitwise's ratio of pools."""

from collections.abc import Iterator

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.phase_split.greedy import ended
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule
from ecoopt.instances.phase_split.tables import BOTH, DECODE, PREFILL


def enumerate_pairs(instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None) -> Outcome:
    """Try every pair of types in every region for each origin, replicate each to the rate, and take the cheapest.

    Origins with the highest rates come first; inventory and power that are taken are gone. A period is an iteration.
    Ignores `seed`.
    """
    ground = Ground(instance)
    ground.offer_start(run, start)
    units = np.zeros((ground.periods, ground.pools), dtype=np.int64)
    for p in range(ground.periods):
        if run.stop() is not None:
            return run.outcome()
        for origin in np.argsort(-_by_origin(instance, p), kind="stable").tolist():
            rate = np.where(instance.origin == origin, instance.rate_per_s[p], 0.0)
            best = np.inf
            for pools in _choices(ground, rate):
                grown = units[p].copy()
                needed = _replicas(ground, rate, pools)
                if needed is None:
                    continue
                grown[list(pools)] += needed
                cost = float(ground.cost[p, list(pools)] @ needed)
                if cost < best and ground.within(grown):
                    best, chosen = cost, grown
            if np.isinf(best) and rate.any():
                return ended(run)
            units[p] = chosen if rate.any() else units[p]
        run.tick(1, 1)
    ground.offer(run, units)
    return ended(run)


def proportional(instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None) -> Outcome:
    """Split N machines of one type in the ratio of the loads of prompts and tokens, N the least that serves all.

    The best type of each period; every origin is served in the region with the least cost where it can be. Ignores
    `seed`.
    """
    ground = Ground(instance)
    ground.offer_start(run, start)
    kinds = len(instance.types)
    units = np.zeros((ground.periods, ground.pools), dtype=np.int64)
    for p in range(ground.periods):
        if run.stop() is not None:
            return run.outcome()
        best = np.inf
        for kind in range(kinds):
            found = _of_one_type(ground, p, kind)
            if found is not None and float(ground.cost[p] @ found) < best:
                best, units[p] = float(ground.cost[p] @ found), found
        run.tick(1, 1)
        if np.isinf(best) and instance.rate_per_s[p].any():
            return ended(run)
    ground.offer(run, units)
    return ended(run)


def _of_one_type(ground: Ground, p: int, kind: int) -> IntArray | None:
    """Return units of one type in the ratio of loads, None where they cannot serve the period or pass a limit."""
    instance = ground.instance
    units = np.zeros(ground.pools, dtype=np.int64)
    loads: dict[tuple[int, ...], FloatArray] = {}
    for origin in np.flatnonzero(_by_origin(instance, p) > 0).tolist():
        rate = np.where(instance.origin == origin, instance.rate_per_s[p], 0.0)
        options = [pools for pools in _choices(ground, rate)
                   if all(ground.tables.group[j] % len(instance.types) == kind for j in pools)]
        if not options:
            return None
        pools = min(options, key=lambda pair: float(sum(ground.cost[p, j] * _load(ground, rate, j) for j in pair)))
        load = np.array([_load(ground, rate, j) for j in pools])
        loads[pools] = loads.get(pools, np.zeros(len(pools))) + load
    for pools, load in loads.items():
        units[list(pools)] += _in_ratio(ground, np.array(pools), load)
    return units if ground.within(units) and ground.can(ground.needs[p], units) else None


def _in_ratio(ground: Ground, pools: IntArray, load: FloatArray) -> IntArray:
    """Return the least machines, split in the ratio of loads and rounded to the nearest, that carry the loads."""
    total, share = len(pools), load / max(float(load.sum()), 1e-300)
    while True:
        units = np.maximum(np.rint(total * share), (load > 0).astype(np.float64)).astype(np.int64)
        count = np.zeros(ground.pools, dtype=np.int64)
        count[pools] = units
        if (ground.tables.capacity(count)[pools, 0] >= load).all() or total > 4 * int(ground.tables.most.sum()) + 8:
            return units
        total += max(int(0.02 * total), 1)


def _choices(ground: Ground, rate: FloatArray) -> Iterator[tuple[int, ...]]:
    """Yield pairs of pools, and pools of both, that can serve all classes of some rates."""
    tables = ground.tables
    able = ground.allowed & tables.usable[rate > 0].all(axis=0)
    for j in np.flatnonzero(able & (tables.role == BOTH)).tolist():
        yield (j,)
    for j in np.flatnonzero(able & (tables.role == PREFILL)).tolist():
        for i in np.flatnonzero(able & (tables.role == DECODE) & (tables.region == tables.region[j])).tolist():
            yield (j, i)


def _replicas(ground: Ground, rate: FloatArray, pools: tuple[int, ...]) -> IntArray | None:
    """Return the least units of each pool that do all work of some rates, None where there cannot be so many."""
    needed = []
    for j in pools:
        counts = np.arange(int(ground.tables.most[j]) + 1)
        capacity = ground.tables.capacity(np.outer(counts, np.arange(ground.pools) == j))[:, j]
        taken = rate @ ground.tables.takes[:, j]
        enough = (capacity >= taken).all(axis=1)
        if not enough.any():
            return None
        needed.append(int(np.argmax(enough)))
    return np.array(needed, dtype=np.int64)


def _load(ground: Ground, rate: FloatArray, j: int) -> float:
    """Return the machines' time that rates take of a pool."""
    return float(rate @ ground.tables.takes[:, j, 0])


def _by_origin(instance: PhaseSplitInstance, p: int) -> FloatArray:
    """Return requests per second of each origin, float array [R]."""
    return np.asarray(np.bincount(instance.origin, weights=instance.rate_per_s[p], minlength=len(instance.regions)),
                      dtype=np.float64)
