"""Allocation: for given GPUs, the work of each period to those where it emits least, by a small simplex method.

Each period is a transport problem with gains: W workloads, P groups of GPUs, and a unit takes another share of a GPU in
every group. Groups have no row in common, so that the simplex method with generalised upper bounds (Dantzig and Van
Slyke, *Journal of Computer and System Sciences* 1, 1967) keeps one *key* activity for each group, and a basis of only W
others. Work that finds no GPU is an activity that costs far more than any other.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.refresh.tables import Tables

_TRACE = 1e-9
_FAR = 1e4


class Allocation(NamedTuple):
    """Work by period, group and workload.

    Parameters
    ----------
    work : float array [K, G, S, W]
        Units.
    missing : float array [K, W]
        Units that find no GPU.
    price_g : float array [K, W]
        Carbon of the next unit, a great deal where there is no room for it.
    """

    work: FloatArray
    missing: FloatArray
    price_g: FloatArray


def allocate(
    tables: Tables, gpus: FloatArray, periods: slice = slice(None), demand: FloatArray | None = None
) -> Allocation:
    """Return the best allocation of the work of some periods: least missing, then least carbon.

    A pivot takes O(P W + W^3); there are about as many as groups that work.

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
    missing = _solve(np.ascontiguousarray(unit_g).reshape(length, groups, workloads),
                     np.ascontiguousarray(tables.unit_share.reshape(groups, workloads)), there, units, work, price)
    return Allocation(work.reshape(unit_g.shape), missing, price)


@njit(cache=True)
def _solve(
    unit_g: FloatArray, share: FloatArray, there: FloatArray, demand: FloatArray, work: FloatArray, price: FloatArray
) -> FloatArray:  # pragma: no cover
    """Fill zeros in `work` [K, P, W] and `price` [K, W]; return what is missing [K, W].

    An activity is a group times W + 1 and a workload, or W for idling; missing work comes after all groups.
    """
    length, groups, workloads = unit_g.shape
    missing = np.zeros((length, workloads))
    key, held = np.empty(groups, np.int64), np.empty(groups)
    basis, column = np.empty(workloads, np.int64), np.empty(workloads)
    matrix, value, step = np.empty((workloads, 2 * workloads)), np.empty(workloads), np.empty(workloads)
    for k in range(length):
        dear = 1.0
        for p in range(groups):
            for w in range(workloads):
                if unit_g[k, p, w] < np.inf:
                    dear = max(dear, _FAR * unit_g[k, p, w])
            key[p] = workloads
        for w in range(workloads):
            basis[w] = groups * (workloads + 1) + w
        for pivot in range(200 * (groups + workloads) + 1000):
            # The basis of the W activities beside the keys, inverted; what they do, and prices.
            matrix[:] = 0.0
            for i in range(workloads):
                p, w = basis[i] // (workloads + 1), basis[i] % (workloads + 1)
                if p == groups:
                    matrix[w, i] = 1.0
                else:
                    if w < workloads:
                        matrix[w, i] += 1.0 / share[p, w]
                    if key[p] < workloads:
                        matrix[key[p], i] -= 1.0 / share[p, key[p]]
                matrix[i, workloads + i] = 1.0
            _invert(matrix)
            column[:] = demand[k]
            for p in range(groups):
                held[p] = there[k, p]
                if key[p] < workloads:
                    column[key[p]] -= there[k, p] / share[p, key[p]]
            price[k] = 0.0
            for i in range(workloads):
                p, w = basis[i] // (workloads + 1), basis[i] % (workloads + 1)
                grams = dear if p == groups else 0.0
                if p < groups:
                    grams += unit_g[k, p, w] / share[p, w] if w < workloads else 0.0
                    grams -= unit_g[k, p, key[p]] / share[p, key[p]] if key[p] < workloads else 0.0
                value[i] = 0.0
                for v in range(workloads):
                    value[i] += matrix[i, workloads + v] * column[v]
                    price[k, v] += grams * matrix[i, workloads + v]
                if p < groups:
                    held[p] -= value[i]
            # The activity that saves most by the GPU; the first one after many pivots, so that none comes again.
            enters, best, first = -1, -1e-9, pivot > 20 * (groups + workloads) + 100
            for p in range(groups):
                if there[k, p] <= 0.0:
                    continue
                kept = (unit_g[k, p, key[p]] - price[k, key[p]]) / share[p, key[p]] if key[p] < workloads else 0.0
                for w in range(workloads + 1):
                    if w == key[p] or (w < workloads and unit_g[k, p, w] == np.inf):
                        continue
                    own = (unit_g[k, p, w] - price[k, w]) / share[p, w] if w < workloads else 0.0
                    size = abs(own) + abs(kept) + 1e-12
                    if own - kept < min(best, -1e-11 * size):
                        enters, best = p * (workloads + 1) + w, own - kept
                        if first:
                            break
                if first and enters >= 0:
                    break
            if enters < 0:
                break
            # What the others do as it grows, and which of them ends first.
            p, w = enters // (workloads + 1), enters % (workloads + 1)
            for i in range(workloads):
                step[i] = matrix[i, workloads + w] / share[p, w] if w < workloads else 0.0
                if key[p] < workloads:
                    step[i] -= matrix[i, workloads + key[p]] / share[p, key[p]]
            most, leaves, group = np.inf, -1, -1
            for i in range(workloads):
                if step[i] > 1e-12:
                    ratio = max(value[i], 0.0) / step[i]
                    if ratio < most:
                        most, leaves, group = ratio, i, -1
            for i in range(workloads + 1):
                q = p if i == workloads else basis[i] // (workloads + 1)
                if q == groups:
                    continue
                change = -1.0 if q == p else 0.0
                for j in range(workloads):
                    if basis[j] // (workloads + 1) == q:
                        change += step[j]
                if change < -1e-12:
                    ratio = max(held[q], 0.0) / -change
                    if ratio < most:
                        most, leaves, group = ratio, -1, q
            if group < 0:
                if leaves < 0:
                    break
                basis[leaves] = enters
            elif group == p:
                key[p] = w
            else:
                for i in range(workloads):
                    if basis[i] // (workloads + 1) == group:
                        key[group], basis[i] = basis[i] % (workloads + 1), enters
                        break
        for p in range(groups):
            if key[p] < workloads and held[p] > 0.0:
                work[k, p, key[p]] = held[p] / share[p, key[p]]
        for i in range(workloads):
            p, w = basis[i] // (workloads + 1), basis[i] % (workloads + 1)
            if p == groups:
                missing[k, w] = value[i] if value[i] > _TRACE * (1.0 + demand[k, w]) else 0.0
            elif w < workloads and value[i] > 0.0:
                work[k, p, w] = value[i] / share[p, w]
    return missing


@njit(cache=True)
def _invert(matrix: FloatArray) -> None:  # pragma: no cover
    """Turn [A, I] into [I, inverse of A] by elimination with row exchanges."""
    size = matrix.shape[0]
    for i in range(size):
        pivot = i
        for r in range(i + 1, size):
            if abs(matrix[r, i]) > abs(matrix[pivot, i]):
                pivot = r
        if pivot != i:
            for c in range(2 * size):
                matrix[i, c], matrix[pivot, c] = matrix[pivot, c], matrix[i, c]
        scale = 1.0 / matrix[i, i]
        for c in range(2 * size):
            matrix[i, c] *= scale
        for r in range(size):
            if r != i and matrix[r, i] != 0.0:
                factor = matrix[r, i]
                for c in range(2 * size):
                    matrix[r, c] -= factor * matrix[i, c]
