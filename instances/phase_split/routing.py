"""Routing: whether given units can do the work of a period, how, and what their resources are worth if they cannot.

A plan sends each class to one pool, or to one of prompts and one of tokens in a region. Routing is a mixture of plans,
so the linear program has one row per resource and one for the demand, and the plan to add is found class by class at
the prices of the resources: the revised simplex method with columns made when needed (Dantzig and Wolfe, 1960).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.phase_split.schedule import PhaseSplitSchedule
from ecoopt.instances.phase_split.schema import PhaseSplitInstance
from ecoopt.instances.phase_split.tables import BOTH, PREFILL, SplitTables, split_tables

_PIVOTS = 20_000
SERVED = 1e-7
"""Share of the demand that may be missed for rounding; what is routed is scaled up by it, well within the slack."""

_NEXT_TO_NOTHING = 1e-7


@dataclass(frozen=True, eq=False)
class Routed:
    """Routing of a period. K classes, J pools.

    Parameters
    ----------
    served : float
        Largest share of all requests that can be served, at most 1; an upper bound of it where below 1.
    share : float array [K, J], optional
        Shares of classes by pool, where all is served.
    prices : float array [J, 2]
        Prices of the resources at which even the cheapest plan takes more than there is, where not all is served.
    """

    served: float
    share: FloatArray | None
    prices: FloatArray

    @property
    def feasible(self) -> bool:
        """Whether the units can do the work."""
        return self.share is not None


def route(
    tables: SplitTables, rate_per_s: FloatArray, units: IntArray, priced: NDArray[np.bool_] | None = None,
) -> Routed:
    """Return a routing of a period's requests, or prices that show that there is none. A pivot is O(K J + J^2).

    Parameters
    ----------
    tables : SplitTables
        Of the instance.
    rate_per_s : float array [K]
        Requests per second.
    units : int array [J]
        Units that are on.
    priced : bool array [J], optional
        Pools to price beside those that are on: they count as having next to nothing.
    """
    capacity = tables.capacity(units)
    if priced is not None:
        capacity = np.where(priced[:, None], np.maximum(capacity, _NEXT_TO_NOTHING), capacity)
    return route_within(tables, rate_per_s, capacity)


def route_within(tables: SplitTables, rate_per_s: FloatArray, capacity: FloatArray) -> Routed:
    """Return a routing within some of each resource, float array [J, 2], or prices; see `route`."""
    (classes, pools), merged = tables.usable.shape, tables.merged
    asked = np.unique(merged.group[rate_per_s > 0])
    on = np.flatnonzero(capacity[:, 0] > 0)
    prices = np.zeros((pools, 2))
    if not asked.size:
        return Routed(1.0, np.zeros((classes, pools)), prices)
    if not on.size:
        return Routed(0.0, None, prices + 1.0)
    work = merged.amounts(rate_per_s)[asked, None, None] * merged.takes[np.ix_(asked, on)]
    served, found, at = _route(
        np.ascontiguousarray(work), np.ascontiguousarray(merged.usable[np.ix_(asked, on)]), tables.role[on],
        tables.region[on], np.minimum(capacity[on], 1e300))
    prices[on] = at
    if served < 1 - SERVED:
        return Routed(served, None, prices)
    share = np.zeros((len(merged.takes), pools))
    share[np.ix_(asked, on)] = found
    return Routed(1.0, share[merged.group] * (rate_per_s > 0)[:, None], prices)


def routed_schedule(instance: PhaseSplitInstance, units: IntArray) -> PhaseSplitSchedule | None:
    """Return the schedule of units, int array [P, J], None where they cannot do a period's work."""
    tables = split_tables(instance)
    found = [route(tables, rate, row).share for rate, row in zip(instance.rate_per_s, units, strict=True)]
    return None if any(share is None for share in found) else schedule_of(instance, units, np.array(found))


def schedule_of(instance: PhaseSplitInstance, units: IntArray, share: FloatArray) -> PhaseSplitSchedule:
    """Return the schedule of units, int array [P, J], and shares, float array [P, K, J]."""
    periods, pools, classes, regions, kinds = instance.share_shape
    apart = share.reshape(periods, classes, pools, regions, kinds).transpose(0, 2, 1, 3, 4)
    return PhaseSplitSchedule(machines=units.reshape(instance.shape), share=np.ascontiguousarray(apart))


def arrays_of(schedule: PhaseSplitSchedule) -> tuple[IntArray, FloatArray]:
    """Return units [P, J] and shares [P, K, J] of a schedule."""
    periods, _, classes = schedule.share.shape[:3]
    return (schedule.machines.reshape(periods, -1),
            np.ascontiguousarray(schedule.share.transpose(0, 2, 1, 3, 4)).reshape(periods, classes, -1))


def least_work(
    tables: SplitTables, rate_per_s: FloatArray, prices: FloatArray, allowed: NDArray[np.bool_] | None = None,
) -> float:
    """Return the least that all requests take at prices of the resources, float array [J, 2]; inf where some cannot go.

    ``sum_j prices_j capacity_j(n_j)`` of units that can do the work is never below it.

    Parameters
    ----------
    tables, rate_per_s
        As in `route`.
    prices : float array [J, 2]
        At least 0.
    allowed : bool array [J], optional
        Pools that there are; all by default.
    """
    merged = tables.merged
    usable = merged.usable if allowed is None else merged.usable & allowed
    asked = np.unique(merged.group[rate_per_s > 0])
    work = np.ascontiguousarray(merged.takes[asked] * merged.amounts(rate_per_s)[asked, None, None])
    return float(_plan(work, np.ascontiguousarray(usable[asked]), tables.role, tables.region,
                       np.ascontiguousarray(prices))[0])


@njit(cache=True)
def _plan(
    work: FloatArray, usable: NDArray[np.bool_], role: IntArray, region: IntArray, price: FloatArray,
) -> tuple[float, IntArray]:  # pragma: no cover
    """Return cost and pools [K, 2] of the cheapest plan at prices [J, 2]; the second pool is -1 but for tokens."""
    classes, pools = usable.shape
    regions = 0
    for j in range(pools):
        regions = max(regions, region[j] + 1)
    chosen = np.full((classes, 2), -1, np.int64)
    prompt, token = np.empty(regions), np.empty(regions)
    prompt_at, token_at = np.empty(regions, np.int64), np.empty(regions, np.int64)
    total = 0.0
    for k in range(classes):
        prompt[:] = np.inf
        token[:] = np.inf
        least = np.inf
        for j in range(pools):
            if not usable[k, j]:
                continue
            cost = work[k, j, 0] * price[j, 0] + work[k, j, 1] * price[j, 1]
            if role[j] == BOTH:
                if cost < least:
                    least = cost
                    chosen[k, 0], chosen[k, 1] = j, -1
            elif role[j] == PREFILL:
                if cost < prompt[region[j]]:
                    prompt[region[j]], prompt_at[region[j]] = cost, j
            elif cost < token[region[j]]:
                token[region[j]], token_at[region[j]] = cost, j
        for r in range(regions):
            if prompt[r] + token[r] < least:
                least = prompt[r] + token[r]
                chosen[k, 0], chosen[k, 1] = prompt_at[r], token_at[r]
        total += least
    return total, chosen


@njit(cache=True)
def _route(
    work: FloatArray, usable: NDArray[np.bool_], role: IntArray, region: IntArray, capacity: FloatArray,
) -> tuple[float, FloatArray, FloatArray]:  # pragma: no cover
    """Return the share served, shares [K, J] and prices [J, 2]; stops when all is served, or cannot be."""
    classes, pools = usable.shape
    share, price = np.zeros((classes, pools)), np.empty((pools, 2))
    place = np.full((pools, 2), -1, np.int64)
    rows = 0
    for j in range(pools):
        for s in range(2):
            price[j, s] = 0.0
            taken = False
            for k in range(classes):
                taken = taken or (usable[k, j] and work[k, j, s] > 0.0)
            if taken and capacity[j, s] < 1e299:
                place[j, s] = rows
                price[j, s] = 1.0 / capacity[j, s] if capacity[j, s] > 0.0 else 1e12
                rows += 1
    rows += 1
    demand = rows - 1
    cost, chosen = _plan(work, usable, role, region, price)
    if cost == np.inf:
        return 0.0, share, np.ones((pools, 2))
    inverse, x, value = np.eye(rows), np.ones(rows), np.zeros(rows)
    plans = np.zeros((rows, classes, 2), np.int64)
    dual, column, step = np.zeros(rows), np.zeros(rows), np.zeros(rows)
    served, best = 0.0, np.inf
    best_price = price.copy()
    for pivot in range(_PIVOTS):
        if pivot > 0:
            for i in range(rows):
                dual[i] = 0.0
                for r in range(rows):
                    if value[r] > 0.0:
                        dual[i] += inverse[r, i]
            enter = -1
            gain = 1e-11
            for i in range(rows):
                if -dual[i] > gain:
                    enter, gain = i, -dual[i]
            if enter >= 0:
                for i in range(rows):
                    step[i] = inverse[i, enter]
            else:
                weight = 0.0
                for j in range(pools):
                    for s in range(2):
                        i = place[j, s]
                        price[j, s] = 0.0
                        if i >= 0:
                            weight += max(dual[i], 0.0)
                            price[j, s] = max(dual[i], 0.0) / capacity[j, s] if capacity[j, s] > 0.0 else 1e12
                cost, chosen = _plan(work, usable, role, region, price)
                if cost > 0.0 and weight / cost < best:
                    best = weight / cost
                    best_price[:] = price
                if best < 1.0 - 1e-7 or 1.0 - cost - dual[demand] <= 1e-10:
                    break
                enter = rows
        else:
            enter = rows
        if enter == rows:
            column[:] = 0.0
            column[demand] = 1.0
            for k in range(classes):
                for c in range(2):
                    j = chosen[k, c]
                    if j >= 0:
                        for s in range(2):
                            if place[j, s] >= 0 and work[k, j, s] > 0.0:
                                column[place[j, s]] += work[k, j, s] / max(capacity[j, s], 1e-12)
            for i in range(rows):
                step[i] = 0.0
                for r in range(rows):
                    step[i] += inverse[i, r] * column[r]
        out, most = -1, np.inf
        for i in range(rows):
            if step[i] > 1e-11:
                ratio = x[i] / step[i]
                if ratio < most - 1e-14 or (out >= 0 and ratio <= most + 1e-14 and step[i] > step[out]):
                    out, most = i, min(ratio, most)
        if out < 0:
            break
        most = max(most, 0.0)
        for i in range(rows):
            x[i] = max(x[i] - most * step[i], 0.0)
        x[out] = most
        for i in range(rows):
            inverse[out, i] /= step[out]
        for r in range(rows):
            if r != out and step[r] != 0.0:
                for i in range(rows):
                    inverse[r, i] -= step[r] * inverse[out, i]
        value[out] = 1.0 if enter == rows else 0.0
        if enter == rows:
            plans[out] = chosen
        served = 0.0
        for r in range(rows):
            served += value[r] * x[r]
        if served >= 1.0 - 1e-9:
            break
    for r in range(rows):
        if value[r] > 0.0 and x[r] > 0.0:
            for k in range(classes):
                for c in range(2):
                    if plans[r, k, c] >= 0:
                        share[k, plans[r, k, c]] += x[r] / served
    return (min(served, 1.0) if served >= 1.0 - 1e-7 else min(best, 1.0 - 1e-7)), share, best_price
