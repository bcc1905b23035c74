"""Score and optimum of a tiny instance in plain loops, from the problem's description."""

import math
from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
from scipy.optimize import linprog

from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule

_SLACK = 1e-9
_Row = tuple[dict[tuple[int, int, int], float], float]


def plain_score(instance: DirectivesInstance, schedule: DirectivesSchedule) -> tuple[float, bool]:
    """Return the carbon of a schedule in grams, and whether it keeps every rule by more than a hair's breadth."""
    regions, hours = instance.requests.shape
    fleet, total = instance.fleet, 0.0
    busy_s = [[0.0] * hours for _ in range(regions)]
    good = True
    for o in range(regions):
        quality = []
        for t in range(hours):
            reached = reference = 0.0
            for d in range(len(instance.classes)):
                group = d if instance.class_aware else 0
                count = float(instance.requests[o, t] * instance.mix[o, t, d])
                reference += float(instance.mix[o, t, d] * instance.preference[d, 0])
                for r, l in product(range(regions), range(len(instance.levels))):
                    sent = count * float(schedule.share[o, t, group, r, l])
                    busy_s[r][t] += sent * float(instance.time_s[d, l])
                    kwh = float(instance.energy_kwh[d, l]) * instance.pue
                    if fleet is not None:
                        kwh += float(fleet.network_kwh[o, r])
                    total += sent * kwh * float(instance.intensity_g_per_kwh[r, t])
                    reached += float(instance.mix[o, t, d] * schedule.share[o, t, group, r, l]
                                     * instance.preference[d, l])
            quality.append(reached / reference)
            for group in range(instance.groups):
                own = schedule.share[o, t, group]
                good &= abs(float(own.sum()) - 1) <= _SLACK
                good &= not instance.integer or float(np.minimum(own, np.abs(1 - own)).max()) <= _SLACK
                good &= all(float(own[r].sum()) <= _SLACK for r in range(regions) if r != o and fleet is not None
                            and fleet.rtt_ms[o, r] > fleet.rtt_limit_ms)
        for window in instance.windows:
            own_h = range(window.start_h, window.end_h)
            asked = sum(float(instance.requests[o, t]) for t in own_h)
            good &= sum(float(instance.requests[o, t]) * quality[t] for t in own_h) >= (
                1 - window.loss - _SLACK) * asked
        for t in range(hours):
            good &= _believed(instance, schedule, o, t) >= hour_floor(instance, o, t) - _SLACK
    gpu_s = busy_s
    if fleet is not None and schedule.gpus is not None:
        gpu_s = [[3600.0 * int(n) for n in row] for row in schedule.gpus]
        for r, t in product(range(regions), range(hours)):
            idle_h = (gpu_s[r][t] - busy_s[r][t]) / 3600
            total += max(idle_h, 0.0) * fleet.idle_power_w / 1000 * instance.pue * float(
                instance.intensity_g_per_kwh[r, t])
            good &= busy_s[r][t] <= gpu_s[r][t] * fleet.utilisation + _SLACK
            good &= int(schedule.gpus[r, t]) <= int(fleet.gpus[r])
            if fleet.ramp_gpus is not None and (t > 0 or fleet.initial_gpus is not None):
                before = int(schedule.gpus[r, t - 1]) if t > 0 or fleet.initial_gpus is None else int(
                    fleet.initial_gpus[r])
                good &= abs(int(schedule.gpus[r, t]) - before) <= fleet.ramp_gpus
    total += sum(map(sum, gpu_s)) * instance.embodied_g_per_s
    if instance.evaluator is not None:
        total += sum(_evaluation_g(instance, t) for t in schedule.evaluations.tolist())
        good &= tuple(schedule.evaluations.tolist()) in set(evaluation_sets(instance))
    return total, good


def plain_optimum(instance: DirectivesInstance) -> float:
    """Return the least carbon of an instance without a fleet, in grams.

    Evaluations are enumerated, and whole levels too; shares are the linear program's.
    """
    assert instance.fleet is None
    least = math.inf
    for evaluations in evaluation_sets(instance) if instance.evaluator is not None else [()]:
        fixed = sum(_evaluation_g(instance, t) for t in evaluations)
        least = min(least, fixed + _best_shares(instance, evaluations))
    return least


def evaluation_sets(instance: DirectivesInstance) -> Iterator[tuple[int, ...]]:
    """Yield every set of hours that the evaluator allows."""
    judge, hours = instance.evaluator, instance.hours
    assert judge is not None
    for count in range(hours):
        for others in combinations(range(1, hours), count):
            found = (0, *others)
            gaps = [after - before for before, after in zip(found, others, strict=False)]
            if all(judge.least_gap_h <= gap <= judge.most_gap_h for gap in gaps) and (
                    hours - found[-1] <= judge.most_gap_h):
                yield found


def _best_shares(instance: DirectivesInstance, evaluations: tuple[int, ...]) -> float:
    """Return the least carbon of requests when it is known when preferences are evaluated."""
    keys = list(product(range(instance.hours), range(instance.groups), range(len(instance.levels))))
    cost, rows = dict.fromkeys(keys, 0.0), list(_rows(instance, evaluations))
    for (t, group, l), d in product(keys, range(len(instance.classes))):
        if not instance.class_aware or d == group:
            grams = (float(instance.energy_kwh[d, l]) * instance.pue * float(instance.intensity_g_per_kwh[0, t])
                     + float(instance.time_s[d, l]) * instance.embodied_g_per_s)
            cost[t, group, l] += float(instance.requests[0, t] * instance.mix[0, t, d]) * grams
    if instance.integer:
        return min(sum(cost[key] for key in chosen) for chosen in _choices(instance)
                   if all(sum(row.get(key, 0.0) for key in chosen) >= need - _SLACK for row, need in rows))
    scale = max(*cost.values(), 1e-300)
    found = linprog(
        [cost[key] / scale for key in keys], A_ub=[[-row.get(key, 0.0) for key in keys] for row, _ in rows] or None,
        b_ub=[-need for _, need in rows] or None, bounds=(0, 1),
        A_eq=[[float(key[:2] == pair) for key in keys] for pair in product(range(instance.hours),
                                                                            range(instance.groups))],
        b_eq=[1.0] * (instance.hours * instance.groups))
    assert found.fun is not None, found.message
    return scale * float(found.fun)


def _choices(instance: DirectivesInstance) -> Iterator[list[tuple[int, int, int]]]:
    pairs = list(product(range(instance.hours), range(instance.groups)))
    for levels in product(range(len(instance.levels)), repeat=len(pairs)):
        yield [(*pair, l) for pair, l in zip(pairs, levels, strict=True)]


def _rows(instance: DirectivesInstance, evaluations: tuple[int, ...]) -> Iterator[_Row]:
    """Yield what quality is asked for: coefficients by hour, group and level, and the least sum."""
    for t in range(instance.hours):
        known = max((hour for hour in evaluations if hour <= t), default=t)
        yield _quality(instance, t, known, 1.0), hour_floor(instance, 0, t)
    for window in instance.windows:
        requests = sum(float(instance.requests[0, t]) for t in range(window.start_h, window.end_h))
        row: dict[tuple[int, int, int], float] = {}
        if requests > 0:
            for t in range(window.start_h, window.end_h):
                row |= _quality(instance, t, t, float(instance.requests[0, t]) / requests)
            yield row, 1 - window.loss


def _quality(instance: DirectivesInstance, t: int, known: int, weight: float) -> dict[tuple[int, int, int], float]:
    """Return the quality of an hour by group and level, preferences being those of the hour `known`."""
    mix = instance.mix[0, known]
    reference = sum(float(mix[d] * instance.preference[d, 0]) for d in range(len(mix)))
    found: dict[tuple[int, int, int], float] = {}
    for d, l in product(range(len(mix)), range(len(instance.levels))):
        key = (t, d if instance.class_aware else 0, l)
        found[key] = found.get(key, 0.0) + weight * float(mix[d] * instance.preference[d, l]) / reference
    return found


def _believed(instance: DirectivesInstance, schedule: DirectivesSchedule, o: int, t: int) -> float:
    """Return the quality of an hour by the preferences of the last evaluation."""
    known = t if instance.evaluator is None else max(
        (hour for hour in schedule.evaluations.tolist() if hour <= t), default=0)
    mix = instance.mix[o, known]
    reached = sum(float(mix[d] * schedule.share[o, t, d if instance.class_aware else 0, :, l].sum()
                        * instance.preference[d, l])
                  for d, l in product(range(len(mix)), range(len(instance.levels))))
    return reached / sum(float(mix[d] * instance.preference[d, 0]) for d in range(len(mix)))


def hour_floor(instance: DirectivesInstance, o: int, t: int) -> float:
    """Return the least quality of an hour."""
    region, intensity = instance.regions[o], float(instance.intensity_g_per_kwh[o, t])
    floor = instance.hourly_floor
    if instance.tolerance is not None and region.most_g_per_kwh > region.least_g_per_kwh:
        dirty = (intensity - region.least_g_per_kwh) / (region.most_g_per_kwh - region.least_g_per_kwh)
        floor = max(floor, 1 - instance.tolerance * min(max(dirty, 0.0), 1.0))
    elif instance.tolerance is not None:
        floor = 1.0
    return floor


def _evaluation_g(instance: DirectivesInstance, t: int) -> float:
    """Return the carbon of an evaluation in an hour."""
    judge, mix = instance.evaluator, instance.mix[0, t]
    assert judge is not None
    pairs = list(product(range(len(mix)), range(len(instance.levels))))
    kwh = judge.judge_kwh + judge.prompts * sum(float(mix[d] * instance.energy_kwh[d, l]) for d, l in pairs)
    busy_s = judge.prompts * sum(float(mix[d] * instance.time_s[d, l]) for d, l in pairs)
    return kwh * instance.pue * float(instance.intensity_g_per_kwh[0, t]) + busy_s * instance.embodied_g_per_s
