"""Optimum of a tiny fleet in plain loops: GPUs are enumerated, whole levels and regions too, shares are a program's."""

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy.optimize import linprog

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule
from ecoopt.testing.directives.plain import hour_floor, plain_score

_Key = tuple[int, int, int, int, int]


def plain_fleet_optimum(instance: DirectivesInstance) -> float:
    """Return the least carbon of an instance with a fleet, in grams; infinite where it is infeasible."""
    plans = [np.array(plan) for plan in product(*(list(_plans(instance, r)) for r in range(len(instance.regions))))]
    plans.sort(key=lambda gpus: _fixed_g(instance, gpus))
    if instance.integer:
        return min((_least_good(instance, share, plans) for share in _whole_shares(instance)), default=math.inf)
    fleet = instance.fleet
    assert fleet is not None
    most = np.repeat(fleet.gpus[:, None], instance.hours, axis=1)
    rest, least = _best_shares(instance, most) - _fixed_g(instance, most), math.inf
    for gpus in plans:
        # Shares cost least with all GPUs on, and these plans' GPUs cost more and more.
        if _fixed_g(instance, gpus) + rest >= least or math.isinf(rest):
            break
        least = min(least, _best_shares(instance, gpus))
    return least


def _least_good(instance: DirectivesInstance, share: FloatArray, plans: list[IntArray]) -> float:
    """Return the least carbon of shares, the GPUs being one of the plans."""
    scores = (plain_score(instance, DirectivesSchedule(share=share, gpus=gpus)) for gpus in plans)
    return next((value for value, good in scores if good), math.inf)


def _fixed_g(instance: DirectivesInstance, gpus: IntArray) -> float:
    """Return the carbon of GPUs that are on and idle."""
    fleet = instance.fleet
    assert fleet is not None
    regions, hours = instance.requests.shape
    idle_kw = instance.pue * fleet.idle_power_w / 1000
    return sum(int(gpus[r, t]) * (float(instance.intensity_g_per_kwh[r, t]) * idle_kw
                                  + 3600 * instance.embodied_g_per_s) for r, t in product(range(regions), range(hours)))


def _plans(instance: DirectivesInstance, region: int) -> Iterator[tuple[int, ...]]:
    """Yield every number of GPUs by hour that a region's ramp allows."""
    fleet = instance.fleet
    assert fleet is not None
    for plan in product(range(int(fleet.gpus[region]) + 1), repeat=instance.hours):
        before = (plan[0] if fleet.initial_gpus is None else int(fleet.initial_gpus[region]), *plan)
        switched = max(abs(after - one) for one, after in zip(before, plan, strict=False))
        if fleet.ramp_gpus is None or switched <= fleet.ramp_gpus:
            yield plan


def _near(instance: DirectivesInstance, o: int, r: int) -> bool:
    fleet = instance.fleet
    assert fleet is not None
    return o == r or bool(fleet.rtt_ms[o, r] <= fleet.rtt_limit_ms)


def _keys(instance: DirectivesInstance) -> list[_Key]:
    regions, hours, groups, _, levels = map(range, instance.share_shape)
    return [key for key in product(regions, hours, groups, regions, levels) if _near(instance, key[0], key[3])]


def _whole_shares(instance: DirectivesInstance) -> Iterator[FloatArray]:
    """Yield every choice of one region and level for each group."""
    groups = list(product(*map(range, instance.share_shape[:3])))
    choices = [[key for key in _keys(instance) if key[:3] == group] for group in groups]
    for chosen in product(*choices):
        share = np.zeros(instance.share_shape)
        for key in chosen:
            share[key] = 1.0
        yield share


def _best_shares(instance: DirectivesInstance, gpus: IntArray) -> float:
    """Return the least carbon with given GPUs: a linear program whose columns are charged one by one."""
    fleet = instance.fleet
    assert fleet is not None
    keys = _keys(instance)
    regions, hours = instance.requests.shape
    count, cost, quality, busy_h = (dict.fromkeys(keys, 0.0) for _ in range(4))
    for (o, t, c, r, l), d in product(keys, range(len(instance.classes))):
        if instance.class_aware and d != c:
            continue
        key, k = (o, t, c, r, l), float(instance.intensity_g_per_kwh[r, t])
        mix = float(instance.mix[o, t, d])
        number, hours_each = float(instance.requests[o, t]) * mix, float(instance.time_s[d, l]) / 3600
        kwh = instance.pue * (float(instance.energy_kwh[d, l]) - fleet.idle_power_w / 1000 * hours_each)
        count[key] += number
        cost[key] += number * k * (kwh + float(fleet.network_kwh[o, r]))
        busy_h[key] += number * hours_each
        reference = sum(float(instance.mix[o, t, e] * instance.preference[e, 0]) for e in range(len(instance.classes)))
        quality[key] += mix * float(instance.preference[d, l]) / reference
    rows: list[list[float]] = []
    right: list[float] = []
    for r, t in product(range(regions), range(hours)):
        rows.append([busy_h[key] if key[3] == r and key[1] == t else 0.0 for key in keys])
        right.append(fleet.utilisation * int(gpus[r, t]))
        rows.append([-quality[key] if key[0] == r and key[1] == t else 0.0 for key in keys])
        right.append(-hour_floor(instance, r, t))
    for o, window in product(range(regions), instance.windows):
        own = range(window.start_h, window.end_h)
        total = sum(float(instance.requests[o, t]) for t in own)
        if total > 0:
            rows.append([-quality[key] * float(instance.requests[o, key[1]]) / total
                         if key[0] == o and key[1] in own else 0.0 for key in keys])
            right.append(-(1 - window.loss))
    groups = list(product(*map(range, instance.share_shape[:3])))
    scale = max(max(map(abs, cost.values())), 1e-300)
    found = linprog([cost[key] / scale for key in keys], A_ub=rows, b_ub=right, bounds=(0, 1),
                    A_eq=[[float(key[:3] == group) for key in keys] for group in groups], b_eq=[1.0] * len(groups))
    if found.status != 0 or found.fun is None:
        return math.inf
    return _fixed_g(instance, gpus) + scale * float(found.fun)
