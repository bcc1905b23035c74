"""A schedule's worth in plain Python, node by node, and the best configurations of a tiny instance by trying all."""

from itertools import permutations, product
from math import inf

import numpy as np

from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule

_OVER = 1e-9


def judge_plainly(instance: SpotParallelInstance, schedule: SpotParallelSchedule) -> tuple[float, bool]:
    """Return the objective of a schedule, and whether it breaks no rule; least moving by trying all placings."""
    total, rent, kg, allowed = 0.0, 0.0, 0.0, True
    config = [min(c, instance.configs - 1) for c in schedule.config.tolist()]
    allowed &= bool((schedule.config < instance.configs).all())
    for n, c in enumerate(config):
        extra, parent, share = int(schedule.on_demand[n]), int(instance.parent[n]), float(instance.probability[n])
        size = int(instance.data[c] * instance.pipeline[c] * instance.tensor[c])
        spot = max(size - extra, 0)
        if instance.data[c]:
            memory_gb = (instance.weights_gb + instance.kv_gb[c]) / (instance.pipeline[c] * instance.tensor[c])
            allowed &= bool(memory_gb <= instance.gpu_memory_gb * (1 + _OVER))
        allowed &= size - extra <= instance.spot_gpus[n] and extra <= min(instance.most_on_demand, size)
        hours = instance.step_s / 3600
        own = hours * (spot * instance.spot_usd_per_gpu_h[n] + extra * instance.on_demand_usd_per_gpu_h[n])
        rent += share * own
        grid = 0.0 if instance.carbon is None else float(instance.intensity_g_per_kwh[_depth(instance, n)])
        emitted = (spot + extra) * instance.gpu_w / 1000 * instance.pue * hours * grid / 1000
        kg += share * emitted
        served = min(instance.load_rps[n], instance.throughput_rps[c])
        own += emitted * instance.carbon_usd_per_kg
        own += served * hours * instance.latency_s[c] * instance.delay_usd_per_request_h
        own += (instance.load_rps[n] - served) * instance.step_s * instance.unserved_usd_per_request
        if parent >= 0:
            usd, pause_s = _change(instance, schedule, config, n)
            own += usd + min(pause_s, instance.step_s) * served * instance.unserved_usd_per_request
        allowed &= _placed(instance, schedule, n, size)
        total += share * own
    for used, budget in ((rent, instance.budget_usd), (kg, instance.budget_kg)):
        allowed &= budget is None or used <= budget + _OVER * max(budget, 1.0)
    return float(total), bool(allowed)


def best_by_enumeration(instance: SpotParallelInstance) -> float:
    """Return the least objective of all schedules of GPUs without names, infinite where there is none.

    On-demand GPUs are tried too, so that what is said of them is not taken on trust.
    """
    return min((value for config in product(range(instance.configs), repeat=instance.nodes)
                if (value := _best_rented(instance, config)) < inf), default=inf)


def _best_rented(instance: SpotParallelInstance, config: tuple[int, ...]) -> float:
    """Return the least objective with given configurations over all numbers of on-demand GPUs."""
    sizes = [int(instance.gpus[c]) for c in config]
    ranges = []
    for n, size in enumerate(sizes):
        low, high = max(size - int(instance.spot_gpus[n]), 0), min(size, instance.most_on_demand)
        if low > high:
            return inf
        # Rent is linear in them, and nothing else depends on them: only the ends can be best.
        ranges.append(sorted({low, high}))
    best = inf
    for extra in product(*ranges):
        value, allowed = judge_plainly(instance, SpotParallelSchedule(
            config=np.array(config), on_demand=np.array(extra)))
        if allowed:
            best = min(best, value)
    return best


def _depth(instance: SpotParallelInstance, n: int) -> int:
    depth = 0
    while instance.parent[n] >= 0:
        n, depth = int(instance.parent[n]), depth + 1
    return depth


def _change(
    instance: SpotParallelInstance, schedule: SpotParallelSchedule, config: list[int], n: int,
) -> tuple[float, float]:
    """Return cost and pause of the change before a node."""
    parent = int(instance.parent[n])
    old, new = config[parent], config[n]
    usd, pause_s = 0.0, 0.0
    if old != new:
        shapes = [(instance.pipeline[c], instance.tensor[c], instance.batch[c], instance.data[c] > 0)
                  for c in (old, new)]
        same = shapes[0] == shapes[1] and bool(instance.data[old])
        usd, pause_s = ((instance.resize_usd, instance.resize_s) if same
                        else (instance.reshape_usd, instance.reshape_s))
    if instance.bandwidth_gb_per_s is not None:
        if schedule.slot is not None:
            pairs = list(zip(schedule.slot[parent].tolist(), schedule.slot[n].tolist(), strict=True))
        elif old == new:
            pairs = []
        else:
            sizes = int(instance.gpus[old]), int(instance.gpus[new])
            held = list(range(sizes[0])) + [-1] * sizes[1]
            pairs = min(([(one, slot) for slot, one in enumerate(order)]
                         for order in set(permutations(held, sizes[1]))),
                        key=lambda placing: _gb(instance, placing, old, new), default=[])
        pause_s += max(_gb(instance, pairs, old, new) / instance.bandwidth_gb_per_s - instance.grace_s, 0.0)
    return usd, pause_s


def _gb(instance: SpotParallelInstance, pairs: list[tuple[int, int]], old: int, new: int) -> float:
    """Return what is moved: thin pieces of layers and shards that a GPU needs and does not have.

    Layers and shards are cut into six pieces each, so that halves and thirds are whole numbers of them.
    """
    total = 0.0
    for held, slot in pairs:
        if not 0 <= slot < instance.gpus[new]:
            continue
        have = _pieces(instance, old, held) if 0 <= held < instance.gpus[old] else (-1, set())
        need = _pieces(instance, new, slot)
        weights = len(need[1] - have[1])
        cache = len(need[1] - (have[1] if have[0] == need[0] else set())) if need[0] < instance.data[old] else 0
        total += (weights * instance.weights_gb + cache * float(instance.kv_gb[old])) / 36
    return total


def _pieces(instance: SpotParallelInstance, config: int, slot: int) -> tuple[int, set[tuple[int, int]]]:
    """Return the replica of a slot, and its pieces of layers and shards."""
    stages, shards = int(instance.pipeline[config]), int(instance.tensor[config])
    stage, shard = slot // shards % stages, slot % shards
    return slot // (stages * shards), {(i, j) for i in range(6) for j in range(6)
                                       if i * stages // 6 == stage and j * shards // 6 == shard}


def _placed(instance: SpotParallelInstance, schedule: SpotParallelSchedule, n: int, size: int) -> bool:
    """Return whether each slot of a node is on one GPU that is there, and as many on-demand GPUs as are rented."""
    if schedule.slot is None or instance.alive is None:
        return True
    row, spot = schedule.slot[n].tolist(), instance.alive.shape[1]
    there = all(instance.alive[n, k] for k in range(spot) if row[k] >= 0)
    return (there and sorted(slot for slot in row if slot >= 0) == list(range(size))
            and sum(slot >= 0 for slot in row[spot:]) == schedule.on_demand[n])
