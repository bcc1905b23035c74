"""Refinement: local searches of Fiduccia and Mattheyses with K parts, that climb hills and roll back to the best.

A search begins with some nodes in a heap for each part, by what the best move of each would gain. It moves the node of
most gain, also at a loss, and each node once; neighbours of moved nodes join. A part may become too full by one node
when none is; the next moves are then out of the fullest part, so that two moves make a swap. The search ends when it
has not found a better state for some moves, and goes back to the best.
"""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.graph_partition.graph import Graph
from ecoopt.heuristics.graph_partition.heaps import NONE, Heaps, push, take

_LOOKED_AT = 8
_TINY = 1e-12
_LEAST_GAIN = 1e-9
_FREE, _WAITING, _MOVED = 0, 1, 2


@njit(cache=True)
def refine(graph: Graph, home: IntArray, order: IntArray, seeds: int, patience: int) -> float:  # pragma: no cover
    """Refine a partition in place by one pass of searches, and return the excess that is left.

    Less excess counts first, then more weight; neither gets worse. O((m + n K) log n) for the whole pass, roughly.

    Parameters
    ----------
    graph : Graph
        What is partitioned.
    home : int array [n]
        Part of each node, changed in place.
    order : int array [n]
        Order in which nodes begin searches.
    seeds : int
        Nodes that a search begins with; from n on, a single search begins with all, else only nodes with an edge to
        another part, or in a part too full, begin.
    patience : int
        Moves in a row without a better state that end a search.
    """
    n, parts, limits = len(home), graph.room.shape[0], graph.room.shape[1]
    pull, used = graph.bias.copy(), np.zeros((parts, limits))
    largest, scale, none = np.zeros(limits), np.zeros(limits), np.zeros(limits)
    for v in range(n):
        for e in range(graph.begin[v], graph.begin[v + 1]):
            pull[v, home[graph.neighbour[e]]] += graph.weight[e]
        for d in range(limits):
            used[home[v], d] += graph.need[v, d]
            largest[d] = max(largest[d], graph.need[v, d])
    for d in range(limits):
        for k in range(parts):
            scale[d] = max(scale[d], abs(graph.room[k, d]))
        if scale[d] == 0.0:
            scale[d] = 1.0
    over = np.zeros(parts)
    for k in range(parts):
        over[k] = _over(graph, used, scale, k)
    excess: float = over.sum()
    heaps = Heaps(np.full(parts, NONE), np.zeros(n), np.empty(n, np.int64), np.empty(n, np.int64),
                  np.empty(n, np.int64))
    state = np.zeros(n, np.int8)
    joined, moved, came = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    looked = np.empty(_LOOKED_AT, np.int64)
    at = 0
    while at < n:
        held = 0
        while at < n and held < seeds:
            v = order[at]
            at += 1
            heaps.key[v] = _key(graph, pull, v, home[v])
            begins = seeds >= n or heaps.key[v] > -pull[v, home[v]] or over[home[v]] > 0
            if state[v] == _FREE and begins and heaps.key[v] > -np.inf:
                push(heaps, home[v], v)
                state[v] = _WAITING
                joined[held] = v
                held += 1
        steps = best_steps = 0
        gain = best_gain = 0.0
        best_excess = excess
        while steps - best_steps <= patience:
            full = NONE
            if excess > _TINY:
                for k in range(parts):
                    if heaps.root[k] >= 0 and over[k] > _TINY and (full < 0 or over[k] > over[full]):
                        full = k
                if full < 0:
                    break
            slack = none if full >= 0 else largest
            seen = 0
            v = t = NONE
            value = -np.inf
            while seen < _LOOKED_AT:
                k = full
                if full < 0:
                    for q in range(parts):
                        if heaps.root[q] >= 0 and (k < 0 or heaps.key[heaps.root[q]] > heaps.key[heaps.root[k]]):
                            k = q
                if k < 0 or heaps.root[k] < 0 or heaps.key[heaps.root[k]] <= value:
                    break
                u = heaps.root[k]
                take(heaps, k, u)
                looked[seen] = u
                seen += 1
                to = _target(graph, pull, used, slack, u, k)
                if to >= 0 and pull[u, to] - pull[u, k] > value:
                    v, t, value = u, to, pull[u, to] - pull[u, k]
            if seen == 0:
                break
            for i in range(seen):
                if v < 0:
                    state[looked[i]] = _FREE
                elif looked[i] != v:
                    push(heaps, home[looked[i]], looked[i])
            if v < 0:
                continue
            p = home[v]
            _shift(graph, home, pull, used, v, t)
            over[p], over[t] = _over(graph, used, scale, p), _over(graph, used, scale, t)
            excess = over.sum()
            gain += value
            state[v] = _MOVED
            moved[steps], came[steps] = v, p
            steps += 1
            for e in range(graph.begin[v], graph.begin[v + 1]):
                u = graph.neighbour[e]
                if state[u] == _MOVED:
                    continue
                q = home[u]
                key = _key(graph, pull, u, q)
                if state[u] == _WAITING:
                    if key == heaps.key[u]:
                        continue
                    take(heaps, q, u)
                elif key <= -pull[u, q] or held == n:
                    continue
                else:
                    joined[held] = u
                    held += 1
                    state[u] = _WAITING
                heaps.key[u] = key
                push(heaps, q, u)
            if excess < best_excess - _TINY or (excess <= best_excess + _TINY and gain > best_gain + _LEAST_GAIN):
                best_steps, best_gain, best_excess = steps, gain, excess
        while steps > best_steps:
            steps -= 1
            p = home[moved[steps]]
            _shift(graph, home, pull, used, moved[steps], came[steps])
            over[p], over[came[steps]] = _over(graph, used, scale, p), _over(graph, used, scale, came[steps])
        excess = over.sum()
        heaps.root[:] = NONE
        for i in range(held):
            if state[joined[i]] == _WAITING:
                state[joined[i]] = _FREE
    return excess


@njit(cache=True)
def _over(graph: Graph, used: FloatArray, scale: FloatArray, k: int) -> float:  # pragma: no cover
    """Return by how much part k exceeds its limits."""
    total = 0.0
    for d in range(used.shape[1]):
        if used[k, d] > graph.room[k, d]:
            total += (used[k, d] - graph.room[k, d]) / scale[d]
    return total


@njit(cache=True)
def _key(graph: Graph, pull: FloatArray, v: int, p: int) -> float:  # pragma: no cover
    """Return what the best move of a node gains, were there room; minus infinity without another part."""
    best: float = -np.inf
    for t in range(pull.shape[1]):
        if t != p and pull[v, t] > best and graph.allowed[v, t]:
            best = pull[v, t]
    gain: float = best - pull[v, p]
    return gain


@njit(cache=True)
def _target(
    graph: Graph, pull: FloatArray, used: FloatArray, slack: FloatArray, v: int, p: int,
) -> int:  # pragma: no cover
    """Return the best other part with room for a node, up to some slack; of equals the emptier one, -1 for none."""
    best: int = NONE
    for t in range(pull.shape[1]):
        if t == p or not graph.allowed[v, t] or (best >= 0 and pull[v, t] < pull[v, best]):
            continue
        if best >= 0 and pull[v, t] == pull[v, best] and (
                graph.room[t, 0] - used[t, 0] <= graph.room[best, 0] - used[best, 0]):
            continue
        fits = True
        for d in range(used.shape[1]):
            if used[t, d] + graph.need[v, d] > graph.room[t, d] + slack[d]:
                fits = False
                break
        if fits:
            best = t
    return best


@njit(cache=True)
def _shift(
    graph: Graph, home: IntArray, pull: FloatArray, used: FloatArray, v: int, t: int,
) -> None:  # pragma: no cover
    """Move a node to part t."""
    p = home[v]
    home[v] = t
    for d in range(used.shape[1]):
        used[p, d] -= graph.need[v, d]
        used[t, d] += graph.need[v, d]
    for e in range(graph.begin[v], graph.begin[v + 1]):
        pull[graph.neighbour[e], p] -= graph.weight[e]
        pull[graph.neighbour[e], t] += graph.weight[e]
