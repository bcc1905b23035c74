"""Score and optimum of a tiny refresh instance in plain loops, GPU by GPU, from the problem's description."""

import math
from collections.abc import Iterator
from itertools import combinations_with_replacement, product
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule

_SLACK = 1e-9
_Stock = tuple[tuple[int, ...], ...]


class _Unit(NamedTuple):
    """A GPU: where, since when (negative: before the first period), whether it is bought, and when it is gone."""

    g: int
    s: int
    birth: int
    bought: bool
    until: int


def plain_score(instance: RefreshInstance, schedule: RefreshSchedule) -> tuple[float, bool]:
    """Return the carbon of a schedule in grams, and whether it keeps every rule by more than a hair's breadth.

    Every GPU is followed by itself; the oldest are retired first.
    """
    units, good = _units(instance, schedule)
    total, allowed = _hardware(instance, units)
    good &= allowed
    for t in range(instance.periods):
        emitted, busy = 0.0, 0.0
        for g, s in product(range(len(instance.generations)), range(len(instance.sites))):
            there = sum(unit.g == g and unit.s == s and unit.birth <= t < unit.until for unit in units)
            busy = sum(float(schedule.work[g, s, w, t] * one.gpu_h[g]) for w, one in enumerate(instance.workloads))
            good &= busy <= there * instance.period_h * instance.sites[s].utilisation * (1 + _SLACK) + _SLACK
            emitted += max(there * instance.period_h - busy, 0.0) * _idle_g(instance, g, s, t)
            emitted += sum(float(schedule.work[g, s, w, t]) * _unit_g(instance, g, s, w, t)
                           for w in range(len(instance.workloads)))
        good &= instance.operational_cap_g is None or emitted <= float(instance.operational_cap_g[t]) * (1 + _SLACK)
        total += emitted
    for w, workload in enumerate(instance.workloads):
        good &= bool(np.allclose(schedule.work[:, :, w].sum(axis=(0, 1)), workload.demand, rtol=_SLACK, atol=_SLACK))
        good &= all(_allowed(instance, s, w) or float(schedule.work[:, s, w].sum()) <= _SLACK
                    for s in range(len(instance.sites)))
    return total, good


def plain_optimum(instance: RefreshInstance, most: int = 2) -> float:
    """Return the least carbon of an instance, in grams; infinite where it is infeasible.

    Every set of purchases is tried, and every time at which each GPU may be retired; work is spread for each stock.

    Parameters
    ----------
    instance : RefreshInstance
        A budget or caps allow no more than `most` purchases.
    most : int
        GPUs that are bought at most.
    """
    least, known = math.inf, dict[tuple[int, _Stock], float]()
    slots = list(product(range(len(instance.generations)), range(len(instance.sites)), range(instance.periods)))
    for count in range(most + 1):
        for bought in combinations_with_replacement(slots, count):
            for units in _retired(instance, list(bought)):
                grams, good = _hardware(instance, units)
                if good:
                    least = min(least, grams + _energy_g(instance, units, known))
    return least


def _first(instance: RefreshInstance) -> list[tuple[int, int, int]]:
    """Return generation, site and birth of every GPU that is there at first."""
    generations, sites = [g.name for g in instance.generations], [s.name for s in instance.sites]
    return [(generations.index(entry.generation), sites.index(entry.site), -entry.age_periods)
            for entry in instance.stock for _ in range(entry.count)]


def _end(instance: RefreshInstance, g: int, birth: int) -> int:
    """Return the period by which a GPU must be gone, the horizon's end at the latest."""
    return min(max(birth + instance.generations[g].life_periods, 0), instance.periods)


def _units(instance: RefreshInstance, schedule: RefreshSchedule) -> tuple[list[_Unit], bool]:
    """Return every GPU of a schedule, and whether each is retired in time, and none that is not there."""
    found: list[_Unit] = []
    good = True
    for g, s in product(range(len(instance.generations)), range(len(instance.sites))):
        births = sorted((birth, False) for h, r, birth in _first(instance) if (h, r) == (g, s))
        gone: list[int] = []
        for t in range(instance.periods):
            births += [(t, True)] * int(schedule.purchases[g, s, t])
            gone += [t] * int(schedule.retirements[g, s, t])
            good &= len(gone) <= len(births)
        for k, (birth, bought) in enumerate(births):
            until = gone[k] if k < len(gone) else instance.periods
            good &= until <= _end(instance, g, birth)
            found.append(_Unit(g, s, birth, bought, until))
    return found, good


def _retired(instance: RefreshInstance, bought: list[tuple[int, int, int]]) -> Iterator[list[_Unit]]:
    """Yield the GPUs with every way to retire them."""
    fixed = [(*unit, False) for unit in _first(instance)] + [(*unit, True) for unit in bought]
    times = [range(max(birth, 0), _end(instance, g, birth) + 1) for g, _, birth, _ in fixed]
    for until in product(*times):
        yield [_Unit(g, s, birth, new, end) for (g, s, birth, new), end in zip(fixed, until, strict=True)]


def _hardware(instance: RefreshInstance, units: list[_Unit]) -> tuple[float, bool]:
    """Return the carbon embodied in GPUs bought, less second lives, and whether purchases keep their limits."""
    periods, total, good = instance.periods, 0.0, True
    bought, spent = [[0] * periods for _ in instance.sites], [0.0] * periods
    for unit in units:
        generation, end = instance.generations[unit.g], _end(instance, unit.g, unit.birth)
        by_period = generation.unit_g / generation.life_periods
        total -= generation.second_life * by_period * max(end - unit.until, 0)
        if unit.bought:
            total += generation.unit_g if instance.horizon_end == "charge" else by_period * (end - unit.birth)
            bought[unit.s][unit.birth] += 1
            spent[unit.birth] += generation.price
            last = periods if generation.last_period is None else generation.last_period
            good &= generation.first_period <= unit.birth <= last
    for s, site in enumerate(instance.sites):
        good &= site.most_purchases is None or all(
            count <= most for count, most in zip(bought[s], site.most_purchases.tolist(), strict=True))
    if instance.budget is not None:
        good &= all(sum(spent[:t + 1]) <= float(instance.budget[:t + 1].sum()) + _SLACK for t in range(periods))
    return total, good


def _energy_g(instance: RefreshInstance, units: list[_Unit], known: dict[tuple[int, _Stock], float]) -> float:
    """Return the least carbon of energy with these GPUs, infinite where work or a cap cannot be kept."""
    total = 0.0
    for t in range(instance.periods):
        there = tuple(tuple(sum(unit.g == g and unit.s == s and unit.birth <= t < unit.until for unit in units)
                            for s in range(len(instance.sites))) for g in range(len(instance.generations)))
        if (t, there) not in known:
            emitted = _least_energy_g(instance, there, t)
            cap = math.inf if instance.operational_cap_g is None else float(instance.operational_cap_g[t])
            known[t, there] = emitted if emitted <= cap * (1 + _SLACK) else math.inf
        total += known[t, there]
    return total


def _least_energy_g(instance: RefreshInstance, there: _Stock, t: int) -> float:
    """Return the least carbon of a period's energy with a stock."""
    groups = [(g, s, count) for g, row in enumerate(there) for s, count in enumerate(row) if count]
    idle = sum(count * instance.period_h * _idle_g(instance, g, s, t) for g, s, count in groups)
    demand = [float(workload.demand[t]) for workload in instance.workloads]
    if not any(demand):
        return idle
    keys = [(k, w) for k in range(len(groups)) for w in range(len(demand)) if _allowed(instance, groups[k][1], w)]
    if not keys:
        return math.inf
    hours = {(k, w): float(instance.workloads[w].gpu_h[groups[k][0]]) for k, w in keys}
    cost = [_unit_g(instance, *groups[k][:2], w, t) - hours[k, w] * _idle_g(instance, *groups[k][:2], t)
            for k, w in keys]
    scale = max(*cost, 1e-300)
    found = linprog(
        [grams / scale for grams in cost], bounds=(0, None),
        A_ub=[[hours[k, w] * (k == row) for k, w in keys] for row in range(len(groups))],
        b_ub=[count * instance.period_h * instance.sites[s].utilisation for _, s, count in groups],
        A_eq=[[float(w == row) for _, w in keys] for row in range(len(demand))], b_eq=demand)
    return math.inf if found.fun is None or found.status != 0 else idle + scale * float(found.fun)


def _allowed(instance: RefreshInstance, s: int, w: int) -> bool:
    workload = instance.workloads[w]
    return workload.home is None or workload.home == instance.sites[s].name or workload.moving_kwh is not None


def _idle_g(instance: RefreshInstance, g: int, s: int, t: int) -> float:
    """Return the carbon of an hour of idling."""
    site = instance.sites[s]
    return instance.generations[g].unit_idle_w / 1000 * site.pue * float(instance.intensity_g_per_kwh[s, t])


def _unit_g(instance: RefreshInstance, g: int, s: int, w: int, t: int) -> float:
    """Return the carbon of a unit of work, its way included."""
    site, workload = instance.sites[s], instance.workloads[w]
    away = workload.home is not None and workload.home != site.name
    kwh = site.pue * float(workload.energy_kwh[g])
    if away and workload.moving_kwh is not None:
        kwh += workload.moving_kwh
    return kwh * float(instance.intensity_g_per_kwh[s, t])
