"""Allocation: for given GPUs, the work of each period to those where it emits least, by shortest augmenting paths.

Each period is a transport problem with gains: W workloads, P groups of GPUs, and a unit takes another share of a GPU in
every group. Work is served along the cheapest path of displacements, as minimum-cost flows are found (Ahuja, Magnanti
and Orlin, *Network Flows*, 1993, 9.7 and chapter 15). A unit that could be served only around a cycle of gains is left
out, so the result is nearly always, but not in every case, the least.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.refresh.tables import Tables

_TRACE = 1e-10


class Allocation(NamedTuple):
    """Work by period, group and workload.

    Parameters
    ----------
    work : float array [K, G, S, W]
        Units.
    missing : float array [K, W]
        Units that found no GPU.
    price_g : float array [K, W]
        Carbon of the next unit; infinite where there is no room.
    """

    work: FloatArray
    missing: FloatArray
    price_g: FloatArray


def allocate(
    tables: Tables, gpus: FloatArray, periods: slice = slice(None), demand: FloatArray | None = None
) -> Allocation:
    """Return the allocation of the work of some periods, about O(P W^2) each path, about P + W paths a period.

    Parameters
    ----------
    tables : Tables
        Of the instance.
    gpus : float array [G, S, K]
        GPUs that are there in these periods.
    periods : slice
        Which; all by default.
    demand : float array [W, K], optional
        Work to be served, by default all there is.
    """
    unit_g = tables.unit_g[periods]
    length, generations, sites, workloads = unit_g.shape
    groups = generations * sites
    there = np.ascontiguousarray(np.moveaxis(gpus, 2, 0).reshape(length, groups), dtype=np.float64)
    units = np.ascontiguousarray((tables.demand[:, periods] if demand is None else demand).T)
    work, price = np.zeros((length, groups, workloads)), np.zeros((length, workloads))
    missing = _augment(np.ascontiguousarray(unit_g).reshape(length, groups, workloads),
                       np.ascontiguousarray(tables.unit_share.reshape(groups, workloads)), there, units, work, price)
    return Allocation(work.reshape(unit_g.shape), missing, price)


@njit(cache=True)
def _augment(
    unit_g: FloatArray, share: FloatArray, there: FloatArray, demand: FloatArray, work: FloatArray, price: FloatArray
) -> FloatArray:  # pragma: no cover
    """Serve the demand [K, W] in place of zeros in `work` [K, P, W]; fill `price` [K, W] and return what is missing."""
    length, _, workloads = unit_g.shape
    missing = demand.copy()
    group_of, next_of = np.empty(workloads, np.int64), np.empty(workloads, np.int64)
    for k in range(length):
        free = there[k].copy()
        stuck = np.zeros(workloads, np.bool_)
        while True:
            _paths(unit_g[k], share, free, work[k], price[k], group_of, next_of)
            w = -1
            for v in range(workloads):
                if missing[k, v] > _TRACE * (1.0 + demand[k, v]) and price[k, v] < np.inf and not stuck[v]:
                    w = v
                    break
            if w < 0:
                break
            # How much can go along the path: `scale` units of v move for each unit of w.
            most, scale, v, steps = missing[k, w], 1.0, w, 0
            while next_of[v] >= 0 and steps <= workloads:
                p, u = group_of[v], next_of[v]
                scale *= share[p, v] / share[p, u]
                most = min(most, work[k, p, u] / scale)
                v, steps = u, steps + 1
            if steps > workloads:
                stuck[w] = True
                continue
            most = min(most, free[group_of[v]] / (share[group_of[v], v] * scale))
            scale, v = 1.0, w
            while next_of[v] >= 0:
                p, u = group_of[v], next_of[v]
                work[k, p, v] += most * scale
                scale *= share[p, v] / share[p, u]
                left = work[k, p, u] - most * scale
                work[k, p, u] = left if left > _TRACE * (1.0 + demand[k, u]) else 0.0
                v = u
            p = group_of[v]
            work[k, p, v] += most * scale
            left = free[p] - most * scale * share[p, v]
            free[p] = left if left > _TRACE * (1.0 + there[k, p]) else 0.0
            missing[k, w] = max(missing[k, w] - most, 0.0)
        for v in range(workloads):
            if missing[k, v] <= _TRACE * (1.0 + demand[k, v]):
                missing[k, v] = 0.0
    return missing


@njit(cache=True)
def _paths(
    unit_g: FloatArray, share: FloatArray, free: FloatArray, work: FloatArray, price: FloatArray, group_of: FloatArray,
    next_of: FloatArray,
) -> None:  # pragma: no cover
    """Find the cheapest way to serve one more unit of each workload: where there is room, or in place of another."""
    groups, workloads = unit_g.shape
    for w in range(workloads):
        price[w], group_of[w], next_of[w] = np.inf, -1, -1
        for p in range(groups):
            if free[p] > 0.0 and unit_g[p, w] < price[w]:
                price[w], group_of[w] = unit_g[p, w], p
    for _ in range(workloads):
        changed = False
        for p in range(groups):
            if free[p] > 0.0:
                continue
            for v in range(workloads):
                if work[p, v] <= 0.0 or price[v] == np.inf:
                    continue
                gain = (price[v] - unit_g[p, v]) / share[p, v]
                for w in range(workloads):
                    found = unit_g[p, w] + share[p, w] * gain
                    if w != v and found < price[w] - 1e-12 * abs(price[w]):
                        price[w], group_of[w], next_of[w] = found, p, v
                        changed = True
        if not changed:
            break
