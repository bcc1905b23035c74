"""Routing: the most queries that given machines can serve of a model, at least energy, and what machines are worth.

A plan says for every bin of batch sizes which type serves it. Routing is a mixture of plans, so the linear program has
one row per type and one for the demand, and the best plan at given prices is found bin by bin: the revised simplex
method with columns made when needed.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.pool.schema import PoolInstance

MS_PER_S = 1000.0

_PIVOTS = 5000


@dataclass(frozen=True, eq=False)
class Work:
    """What serving one model takes. K types, B bins.

    Parameters
    ----------
    worked_s : float array [K, B]
        Time of a machine for a query; infinite where it is answered late.
    share : float array [B]
        Share of the queries in each bin.
    late_share : float
        Share of the queries that may be given up.
    extra_w : float array [K]
        Power of a machine at work above idle.
    """

    worked_s: FloatArray
    share: FloatArray
    late_share: float
    extra_w: FloatArray

    def least(self, prices: FloatArray, per_watt: float = 0.0) -> float:
        """Return the least cost of a query on average at prices of machines' seconds.

        Parameters
        ----------
        prices : float array [K]
            Price of a machine's second, >= 0.
        per_watt : float
            Price of a joule.
        """
        return float(_plan(self.worked_s, self.share, self.late_share, prices + per_watt * self.extra_w)[0])


@dataclass(frozen=True, eq=False)
class Routed:
    """Routing of one model in one period. K types, B bins.

    Parameters
    ----------
    rate_per_s : float
        Queries per second taken on, at most the demand.
    extra_w : float
        Power above idle that serving them takes, the least when the demand is met.
    worth : float array [K]
        What one more machine's time of each type adds: to the rate where the demand is not met, else takes off the
        power.
    routed : float array [K, B]
        Queries per second by type and bin.
    """

    rate_per_s: float
    extra_w: float
    worth: FloatArray
    routed: FloatArray


def works(instance: PoolInstance) -> tuple[Work, ...]:
    """Return what serving each model takes."""
    extra_w = np.array([kind.busy_w - kind.idle_w for kind in instance.types])
    return tuple(
        Work(np.where(in_time, model.latency_ms / MS_PER_S, np.inf), model.share / model.share.sum(),
             instance.late_share, extra_w)
        for model, in_time in zip(instance.models, instance.in_time, strict=True))


def route(work: Work, capacity: FloatArray, demand_per_s: float = np.inf, *, energy: bool = False) -> Routed:
    """Return the best routing of a model to machines.

    Serves as much of the demand as can be; where all of it and `energy`, with the least power. One pivot is O(K B).

    Parameters
    ----------
    work : Work
        The model.
    capacity : float array [K]
        Machines' time there is, in machines.
    demand_per_s : float
        Most queries per second.
    energy : bool
        Whether the power matters.
    """
    used = np.flatnonzero(capacity > 0)
    kinds, bins = work.worked_s.shape
    worth, routed = np.zeros(kinds), np.zeros((kinds, bins))
    if not used.size or demand_per_s <= 0:
        return Routed(0.0, 0.0, worth, routed)
    rate, power, prices, rates = _route(
        work.worked_s[used], work.share, work.late_share, work.extra_w[used], capacity[used], demand_per_s, energy)
    worth[used], routed[used] = prices, rates
    return Routed(rate, power, worth, routed)


@njit(cache=True)
def _plan(
    worked_s: FloatArray, share: FloatArray, late_share: float, prices: FloatArray
) -> tuple[float, NDArray[np.int64], FloatArray]:
    """Return cost, type of each bin and share served of the cheapest plan at prices of seconds."""
    kinds, bins = worked_s.shape
    kind, cost = np.full(bins, -1, np.int64), np.full(bins, np.inf)
    for b in range(bins):
        for k in range(kinds):
            if worked_s[k, b] < np.inf:
                price = worked_s[k, b] * prices[k]
                if price < cost[b]:
                    cost[b], kind[b] = price, k
    served = share.copy()
    left = late_share
    while left > 0:  # the dearest first
        dearest, most = -1, -1.0
        for b in range(bins):
            if served[b] > 0 and cost[b] > most:
                dearest, most = b, cost[b]
        if dearest < 0:
            break
        given_up = min(left, served[dearest])
        served[dearest] -= given_up
        left -= given_up
    total = 0.0
    for b in range(bins):
        if served[b] > 1e-15:
            total += served[b] * cost[b]
    return total, kind, served


@njit(cache=True)
def _route(
    worked_s: FloatArray, share: FloatArray, late_share: float, extra_w: FloatArray, capacity: FloatArray,
    demand: float, energy: bool,
) -> tuple[float, float, FloatArray, FloatArray]:
    """Serve the most queries, then take the least power; the rows' right sides are scaled to 1."""
    kinds, bins = worked_s.shape
    rows = kinds + 1
    rates = np.zeros((kinds, bins))
    cost, _, _ = _plan(worked_s, share, late_share, np.ones(kinds))
    time = 0.0
    for k in range(kinds):
        time += capacity[k]
    if cost == np.inf:
        return 0.0, 0.0, np.zeros(kinds), rates
    unit = min(demand, 2 * time / cost)  # never the limit by itself, which would take the machines' worth
    inverse = np.eye(rows)
    x = np.ones(rows)
    kind, served, power = np.zeros((rows, bins), np.int64), np.zeros((rows, bins)), np.zeros(rows)
    slack = np.arange(rows)  # which row's slack a basis row holds; -1 a plan
    dual = np.zeros(rows)
    phase = 0
    value = np.zeros(rows)  # of the basis, maximised
    column, step, weights = np.empty(rows), np.empty(rows), np.empty(kinds)
    scale = 1e-9 * unit  # a power of the order of that of the whole demand
    for k in range(kinds):
        scale = max(scale, extra_w[k] * unit)
    for _ in range(_PIVOTS):
        for r in range(rows):
            value[r] = (0.0 if slack[r] >= 0 else 1.0) if phase == 0 else (
                (-1e7 if slack[r] == kinds else 0.0) if slack[r] >= 0 else -power[r])
        for i in range(rows):
            dual[i] = 0.0
            for r in range(rows):
                dual[i] += value[r] * inverse[r, i]
        enter, gain = -1, 1e-10
        for r in range(kinds if phase == 1 else rows):
            if -dual[r] > gain:
                enter, gain = r, -dual[r]
        plan_kind, plan_served, plan_power = kind[0], served[0], 0.0
        if enter < 0:
            for k in range(kinds):
                weights[k] = max(dual[k], 0.0) * unit / capacity[k]
                if phase == 1:
                    weights[k] += extra_w[k] * unit / scale
            least, plan_kind, plan_served = _plan(worked_s, share, late_share, weights)
            profit = (1.0 if phase == 0 else 0.0) - least - dual[kinds]
            if profit > gain:
                enter = rows
        if enter < 0:
            if phase == 1 or not energy:
                break
            left = 0.0
            for r in range(rows):
                if slack[r] == kinds:
                    left = x[r]
            if left > 1e-9 or unit < demand:
                break
            phase = 1
            continue
        for i in range(rows):
            column[i] = 0.0
        if enter < rows:
            column[enter] = 1.0
        else:
            column[kinds] = 1.0
            for b in range(bins):
                if plan_served[b] > 1e-15:
                    k = plan_kind[b]
                    column[k] += plan_served[b] * worked_s[k, b]
                    plan_power += plan_served[b] * worked_s[k, b] * extra_w[k]
            for k in range(kinds):
                column[k] *= unit / capacity[k]
            plan_power *= unit / scale
        for r in range(rows):
            step[r] = 0.0
            for i in range(rows):
                step[r] += inverse[r, i] * column[i]
        out, most = -1, np.inf
        for r in range(rows):
            if step[r] > 1e-11:
                ratio = x[r] / step[r]
                if ratio < most - 1e-14 or (out >= 0 and ratio <= most + 1e-14 and step[r] > step[out]):
                    out, most = r, min(ratio, most)
        if out < 0:
            break
        most = max(most, 0.0)
        for r in range(rows):
            x[r] -= most * step[r]
            if x[r] < 0:
                x[r] = 0.0
        x[out] = most
        for i in range(rows):
            inverse[out, i] /= step[out]
        for r in range(rows):
            if r != out and step[r] != 0.0:
                for i in range(rows):
                    inverse[r, i] -= step[r] * inverse[out, i]
        slack[out] = enter if enter < rows else -1
        if enter == rows:
            power[out] = plan_power
            for b in range(bins):
                kind[out, b], served[out, b] = plan_kind[b], plan_served[b]
    total, used_w = 0.0, 0.0
    for r in range(rows):
        if slack[r] < 0 and x[r] > 0:
            total += x[r] * unit
            for b in range(bins):
                if served[r, b] > 1e-15:
                    rate = x[r] * unit * served[r, b]
                    rates[kind[r, b], b] += rate
                    used_w += rate * worked_s[kind[r, b], b] * extra_w[kind[r, b]]
    worth = np.zeros(kinds)
    for k in range(kinds):
        worth[k] = max(dual[k], 0.0) / capacity[k] * (unit if phase == 0 else scale)
    return total, used_w, worth, rates
