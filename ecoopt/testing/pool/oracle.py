"""The best schedule of a tiny pool: every composition of every period, queries routed by a linear program."""

import math
from functools import cache
from itertools import product

import numpy as np
from scipy.optimize import linprog

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.pool import PoolInstance

_Counts = tuple[tuple[int, ...], ...]


def best_by_enumeration(instance: PoolInstance) -> float:
    """Return the largest objective, minus infinity where demand cannot be served.

    Written from the problem's description in plain loops; states are the machines of all models.
    """
    models, kinds = len(instance.models), len(instance.types)
    if instance.trials is not None:
        return _best_tried(instance)
    states: list[_Counts] = [
        state for rows in product(*(product(*(range(kind.max_count + 1) for kind in instance.types))
                                    for _ in range(models)))
        for state in [tuple(rows)]
        if all(sum(row[k] for row in state) <= instance.types[k].max_count for k in range(kinds))]
    running = instance.running if instance.running is not None else np.zeros((models, kinds), dtype=int)
    best: dict[_Counts, float] = {tuple(tuple(row) for row in running.tolist()): 0.0}

    @cache
    def served(m: int, row: tuple[int, ...]) -> float:
        return _most(instance, m, row)

    @cache
    def working(m: int, t: int, row: tuple[int, ...]) -> float:
        return _least_power(instance, m, t, row)

    for t in range(instance.periods):
        now: dict[_Counts, float] = {}
        for state in states:
            value = _value(instance, t, state, served, working)
            if value == -math.inf:
                continue
            reached = -math.inf
            for before, so_far in best.items():
                starts = [max(a - b, 0) for new, old in zip(state, before, strict=True)
                          for a, b in zip(new, old, strict=True)]
                reached = max(reached, so_far - _begun(instance, t, state, starts))
            if reached > -math.inf:
                now[state] = reached + value
        best = now
    return max(best.values(), default=-math.inf)


def _value(instance: PoolInstance, t: int, state: _Counts, served: object, working: object) -> float:
    """Return what a state adds to the objective, starts aside."""
    assert callable(served)
    assert callable(working)
    value = 0.0
    per_wh = float(instance.intensity_g_per_kwh[t]) * instance.pue / 1000
    for m, (model, row) in enumerate(zip(instance.models, state, strict=True)):
        rate = served(m, row)
        demand = math.inf if model.demand_per_s is None else float(model.demand_per_s[t])
        if instance.objective == "throughput":
            value += model.weight * min(rate, demand) / instance.periods
            continue
        if rate < demand * (1 - 1e-9):
            return -math.inf
        for k, kind in enumerate(instance.types):
            if instance.objective == "cost":
                value -= row[k] * float(instance.price_per_h[t, k]) * instance.period_h
            else:
                value -= row[k] * (kind.idle_w * per_wh + kind.embodied_g_per_h) * instance.period_h
        if instance.objective == "carbon" and per_wh > 0:
            value -= working(m, t, row) * per_wh * instance.period_h
    return value


def _begun(instance: PoolInstance, t: int, state: _Counts, starts: list[int]) -> float:
    """Return what starts take off the objective, infinite where the budget does not allow them with the state."""
    price, kinds = instance.price_per_h[t], len(instance.types)
    if instance.budget_per_h is not None:
        machines = [row[k] + n * instance.start_h / instance.period_h for row, begin in
                    zip(state, range(0, len(starts), kinds), strict=True)
                    for k, n in enumerate(starts[begin:begin + kinds])]
        paid = sum(n * float(price[i % kinds]) for i, n in enumerate(machines))
        if paid > float(instance.budget_per_h[t]) * (1 + 1e-9):
            return math.inf
    if instance.objective == "throughput":
        return 0.0
    per_wh = float(instance.intensity_g_per_kwh[t]) * instance.pue / 1000
    each = [float(price[k]) if instance.objective == "cost" else kind.idle_w * per_wh
            for k, kind in enumerate(instance.types)]
    return sum(n * each[i % kinds] * instance.start_h for i, n in enumerate(starts))


def _program(instance: PoolInstance, m: int, row: tuple[int, ...]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the rows of the routing, with the rate as the last variable, their right sides, and watts by variable."""
    model, late = instance.models[m], instance.late_share
    kinds, bins = model.latency_ms.shape
    share = model.share / model.share.sum()
    limit_ms = instance.margin * model.qos_ms * (1 + 1e-12)
    rows, right = [], []
    for k in range(kinds):
        busy = np.zeros((kinds, bins))
        busy[k] = model.latency_ms[k] / 1000
        rows.append([*busy.ravel(), 0.0])
        right.append(float(row[k]) if model.load is None else float(model.load[k, row[k]]))
    for b in range(bins):
        sent = np.zeros((kinds, bins))
        sent[:, b] = 1.0
        rows.append([*sent.ravel(), -share[b]])
        right.append(0.0)
    rows.append([*np.full(kinds * bins, -1.0), 1.0 - late])
    right.append(0.0)
    refused = model.latency_ms > limit_ms
    rows.append([*refused.ravel().astype(float), 0.0])
    right.append(0.0)
    extra_w = np.array([kind.busy_w - kind.idle_w for kind in instance.types])
    return np.array(rows), np.array(right), np.append((model.latency_ms / 1000 * extra_w[:, None]).ravel(), 0.0)


def _most(instance: PoolInstance, m: int, row: tuple[int, ...]) -> float:
    """Return the most queries per second that machines serve."""
    rows, right, watts = _program(instance, m, row)
    aim = np.zeros(len(watts))
    aim[-1] = -1.0
    found = linprog(aim, A_ub=rows, b_ub=right)
    assert found.x is not None, found.message
    return float(found.x[-1])


def _least_power(instance: PoolInstance, m: int, t: int, row: tuple[int, ...]) -> float:
    """Return the least power above idle at which machines serve the demand, which they can."""
    demand_per_s = instance.models[m].demand_per_s
    assert demand_per_s is not None
    rows, right, watts = _program(instance, m, row)
    rate = float(demand_per_s[t]) * (1 - 1e-9)
    found = linprog(watts, A_ub=rows, b_ub=right, bounds=[(0, None)] * (len(watts) - 1) + [(rate, rate)])
    assert found.x is not None, found.message
    return float(watts @ found.x)


def _best_tried(instance: PoolInstance) -> float:
    """Return the best measured composition's objective."""
    trials, best = instance.trials, -math.inf
    assert trials is not None
    for i, row in enumerate(trials.count.tolist()):
        paid = sum(n * float(price) for n, price in zip(row, instance.price_per_h[0], strict=True))
        if any(n > kind.max_count for n, kind in zip(row, instance.types, strict=True)):
            continue
        if instance.budget_per_h is not None and paid > float(instance.budget_per_h[0]) * (1 + 1e-9):
            continue
        if instance.objective == "throughput":
            assert trials.rate_per_s is not None
            best = max(best, float(trials.rate_per_s[i]))
        else:
            assert trials.qos_percent is not None
            if trials.qos_percent[i] >= trials.least_qos_percent:
                best = max(best, -paid * instance.period_h)
    return best
