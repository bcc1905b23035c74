"""The optimum of a tiny instance by enumeration: every layout, every way to use it, every sequence of periods."""

import math
from collections.abc import Iterator
from itertools import product

from ecoopt.instances.mig import all_layouts
from ecoopt.instances.mig_serving import MigServingInstance
from ecoopt.testing.mig_serving.routing import least_cost

_Counts = tuple[int, ...]
_State = tuple[int, _Counts]


def enumerate_optimum(instance: MigServingInstance) -> float:
    """Return the least objective, infinite when there is no schedule.

    Written from the problem's description in plain loops. States are GPUs on and slices; what a state costs in a
    period is the cheapest use of its slices.
    """
    states = _states(instance)
    most = [max(slices[p] for _, slices in states) for p in range(len(instance.geometry.profiles))]
    per_j = [_per_j(instance, t) for t in range(instance.periods)]
    best: dict[_State, float] = {}
    for t in range(instance.periods):
        uses = _uses(instance, t, per_j[t], most)
        now: dict[_State, float] = {}
        for on, slices in states:
            running = min((cost for need, cost in uses.items() if _within(need, slices)), default=math.inf)
            if running == math.inf:
                continue
            power_w = on * instance.idle_power_w + (instance.gpus - on) * instance.off_power_w
            running += per_j[t] * power_w * instance.period_s
            arrived = min((_changed(instance, before, (on, slices)) * per_j[t] + cost for before, cost in best.items()),
                          default=math.inf)
            if t == 0:
                first = (on if instance.initial_gpus_on is None else instance.initial_gpus_on,
                         slices if instance.initial_slices is None else tuple(instance.initial_slices.tolist()))
                arrived = _changed(instance, first, (on, slices)) * per_j[t]
            now[on, slices] = running + arrived
        best = now
    return min(best.values(), default=math.inf)


def _per_j(instance: MigServingInstance, t: int) -> float:
    """Return the objective of a joule in a period."""
    reference_j = sum(service.reference_j * float(load[t]) for service, load
                      in zip(instance.services, instance.load_rps, strict=True)) * instance.period_s
    ratio = float(instance.intensity_g_per_kwh[t]) / instance.reference_intensity_g_per_kwh
    return instance.carbon_weight * ratio / reference_j / instance.periods


def _states(instance: MigServingInstance) -> list[_State]:
    """Return every number of GPUs on with every count of slices that it can hold."""
    profiles = range(len(instance.geometry.profiles))
    one = {tuple(sum(place.profile == p for place in layout) for p in profiles)
           for layout in all_layouts(instance.geometry)}
    sums: list[set[_Counts]] = [{tuple(0 for _ in profiles)}]
    for _ in range(instance.gpus):
        sums.append({tuple(map(sum, zip(a, b, strict=True))) for a in sums[-1] for b in one})
    fewest = 0 if instance.power_off else instance.gpus
    return [(on, slices) for on in range(fewest, instance.gpus + 1) for slices in sorted(sums[on])]


def _uses(instance: MigServingInstance, t: int, per_j: float, most: list[int]) -> dict[_Counts, float]:
    """Return the least cost of serving a period by the slices that it takes."""
    total = {tuple(0 for _ in most): 0.0}
    for k in range(len(instance.services)):
        merged: dict[_Counts, float] = {}
        own = _uses_of_service(instance, k, t, per_j, most)
        for (one, paid), (need, cost) in product(total.items(), own.items()):
            both = tuple(map(sum, zip(one, need, strict=True)))
            if _within(both, most):
                merged[both] = min(merged.get(both, math.inf), paid + cost)
        total = merged
    return total


def _uses_of_service(
    instance: MigServingInstance, k: int, t: int, per_j: float, most: list[int]
) -> dict[_Counts, float]:
    """Return the least cost of serving a service by the slices that it takes."""
    service, load = instance.services[k], float(instance.load_rps[k, t])
    if load == 0:
        return {tuple(0 for _ in most): 0.0}
    per_loss = (1 - instance.carbon_weight) / float(instance.load_rps[:, t].sum()) / instance.periods
    places = []
    for v, variant in enumerate(instance.variants):
        if variant.application != service.name:
            continue
        for p, name in enumerate(instance.geometry.names):
            if name in variant.service_time_s and instance.utilisation[v, p].max() > 0:
                cost = (variant.energy_j[name] * instance.period_s * per_j
                        + (1 - variant.quality / service.reference_quality) * per_loss)
                places.append((v, p, cost, variant.service_time_s[name], float(instance.late_share[v, p])))
    found: dict[_Counts, float] = {}
    for counts in _ways([most[p] for _, p, *_ in places]):
        need = tuple(sum(n for n, (_, p, *_) in zip(counts, places, strict=True) if p == profile)
                     for profile in range(len(most)))
        if not any(counts) or not _within(need, most):
            continue
        size = max(b for b, least in enumerate(instance.pool_sizes) if sum(counts) >= least)
        room = [n * float(instance.utilisation[v, p, size]) / time_s
                for n, (v, p, _, time_s, _) in zip(counts, places, strict=True)]
        cost = least_cost([place[2] for place in places], room, [place[4] for place in places], load,
                          service.late_budget * load)
        if cost < found.get(need, math.inf):
            found[need] = cost
    return found


def _ways(most: list[int]) -> Iterator[_Counts]:
    return product(*(range(count + 1) for count in most))


def _within(need: _Counts, slices: _Counts | list[int]) -> bool:
    return all(a <= b for a, b in zip(need, slices, strict=True))


def _changed(instance: MigServingInstance, before: _State, now: _State) -> float:
    """Return the energy of going from one state to another, in joules."""
    slices = sum(abs(a - b) for a, b in zip(before[1], now[1], strict=True))
    return instance.repartition_j * slices + instance.power_on_j * max(now[0] - before[0], 0)
