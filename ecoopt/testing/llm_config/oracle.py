"""The least carbon of a tiny fleet: every fleet of every period, tokens routed by a linear program, plain loops."""

import math
from itertools import product

import numpy as np
from scipy.optimize import linprog

from ecoopt.instances.llm_config import LlmConfigInstance

_Fleet = tuple[tuple[int, ...], ...]


def best_by_enumeration(instance: LlmConfigInstance) -> float:
    """Return the least objective, infinite where some demand cannot be met."""
    best: dict[_Fleet, float] | None = None
    for t in range(instance.periods):
        fleets = {fleet: cost for fleet in _fleets(instance) if math.isfinite(cost := _period_g(instance, t, fleet))}
        reached = {}
        for fleet, cost in fleets.items():
            if best is None:
                started = 0.0 if instance.running is None else _starts_g(
                    instance, t, tuple(tuple(row) for row in instance.running.T.tolist()), fleet)
                reached[fleet] = cost + started
            else:
                reached[fleet] = cost + min((value + _starts_g(instance, t, before, fleet)
                                             for before, value in best.items()), default=math.inf)
        best = reached
    return min((best or {}).values(), default=math.inf)


def frontier_by_enumeration(instance: LlmConfigInstance) -> list[tuple[float, float]]:
    """Return latency limits and least objectives, longest first, without those that a shorter limit has too."""
    latencies = sorted({one.latency_s for one in instance.configurations}, reverse=True)
    found: list[tuple[float, float]] = []
    for limit_s in latencies:
        classes = tuple(one.replace(max_latency_s=min(one.max_latency_s, limit_s)) for one in instance.classes)
        value = best_by_enumeration(instance.replace(classes=classes))
        if not math.isfinite(value):
            break
        if found and value <= found[-1][1] + 1e-9 * abs(value):
            found.pop()
        found.append((limit_s, value))
    return found


def _fleets(instance: LlmConfigInstance) -> list[_Fleet]:
    """Return every fleet that GPUs and power allow: replicas by site and configuration."""
    by_site = []
    for site in instance.sites:
        have = {gpu.name: int(n) for gpu, n in zip(instance.gpus, site.gpus, strict=True)}
        ranges = [range(have[one.gpu] // one.shards + 1) for one in instance.configurations]
        by_site.append([row for row in product(*ranges) if all(
            sum(n * one.shards for n, one in zip(row, instance.configurations, strict=True) if one.gpu == name) <= most
            for name, most in have.items()) and (site.power_limit_w is None or sum(
                n * one.power_w for n, one in zip(row, instance.configurations, strict=True))
                <= site.power_limit_w * (1 + 1e-9))])
    return list(product(*by_site))


def _period_g(instance: LlmConfigInstance, t: int, fleet: _Fleet) -> float:
    """Return grams of a fleet in a period with its best routing, infinite where it cannot meet the demand."""
    hours, grams, pairs = instance.period_s / 3600, 0.0, []
    quality = {model.name: model.quality for model in instance.models}
    for z, row in enumerate(fleet):
        site = instance.sites[z]
        per_w = instance.intensity_g_per_kwh[z, t] * site.pue * hours / 1000
        for k, (count, kind) in enumerate(zip(row, instance.configurations, strict=True)):
            if not count:
                continue
            grams += count * kind.idle_w * per_w
            if instance.gpu_lifetime_h is not None:
                board = next(gpu for gpu in instance.gpus if gpu.name == kind.gpu)
                grams += count * kind.shards * (board.embodied_kg or 0.0) * 1000 * hours / instance.gpu_lifetime_h
            for q, one in enumerate(instance.classes):
                if (kind.latency_s <= one.max_latency_s and kind.length_tokens >= one.length_tokens
                        and one.model in (None, kind.model) and quality[kind.model] >= one.min_quality):
                    pairs.append((q, z, k, per_w * (kind.power_w - kind.idle_w) / kind.tokens_per_s))
    asked = [float(one.demand_per_s[t] * one.tokens_each) for one in instance.classes]
    if not any(asked):
        return grams
    most = sum(n * one.tokens_per_s for row in fleet for n, one in zip(row, instance.configurations, strict=True))
    if not pairs or instance.load * most < sum(asked) * (1 - 1e-9):
        return math.inf
    served = np.array([[float(pair[0] == q) for pair in pairs] for q in range(len(asked))])
    rows, limits = [], []
    for z, k in sorted({pair[1:3] for pair in pairs}):
        rows.append([float(pair[1:3] == (z, k)) for pair in pairs])
        limits.append(instance.load * instance.configurations[k].tokens_per_s * fleet[z][k])
    for q, one in enumerate(instance.classes):
        worth = [quality[instance.configurations[pair[2]].model] for pair in pairs]
        rows.append([-w * float(pair[0] == q) for w, pair in zip(worth, pairs, strict=True)])
        limits.append(-one.mean_quality * asked[q])
    found = linprog([pair[3] for pair in pairs], A_ub=rows, b_ub=limits, A_eq=served, b_eq=asked)
    return grams + float(found.fun or 0.0) if found.status == 0 else math.inf


def _starts_g(instance: LlmConfigInstance, t: int, before: _Fleet, now: _Fleet) -> float:
    """Return grams of the starts from one fleet to another."""
    grams = 0.0
    for z, site in enumerate(instance.sites):
        have: dict[tuple[str, str, int], int] = {}
        for k, one in enumerate(instance.configurations):
            key = (one.model, one.gpu, one.shards)
            have[key] = have.get(key, 0) + now[z][k] - before[z][k]
        for (_, _, shards), more in have.items():
            grams += (max(more, 0) * shards * instance.start_j_per_gpu / 3.6e6 * site.pue
                      * float(instance.intensity_g_per_kwh[z, t]))
    return grams
