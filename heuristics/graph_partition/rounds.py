"""Rounds over all nodes, compiled: label propagation with limits, and parts chosen as nodes come."""

import numpy as np
from numba import njit

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.graph_partition.graph import Graph
from ecoopt.heuristics.graph_partition.heaps import NONE

_NO_ROOM = 1e18


@njit(cache=True)
def propagate(
    graph: Graph, label: IntArray, room: FloatArray, most_mass: float, barrier: IntArray, order: IntArray,
    parts: bool,
) -> int:  # pragma: no cover
    """Let each node in turn take the label that most weight ties it to, where there is room; return how many moved.

    Size-constrained label propagation (Meyerhenke, Sanders and Schulz, SEA 2014); O(m + n D).

    Parameters
    ----------
    graph : Graph
        A graph.
    label : int array [n]
        Labels, below `len(room)`, changed in place.
    room : float array [labels, D]
        Limits of each label.
    most_mass : float
        Most entities of a label.
    barrier : int array [n]
        Nodes take labels of neighbours with the same entry only.
    order : int array [n]
        Turns.
    parts : bool
        Whether labels are parts, so that a node must be allowed there, and its bias counts. If not, labels are
        clusters, and weights count relative to the root of the cluster's size.
    """
    n, labels, limits = len(label), room.shape[0], room.shape[1]
    used, mass, tie = np.zeros((labels, limits)), np.zeros(labels), np.zeros(labels)
    for v in range(n):
        mass[label[v]] += graph.mass[v]
        for d in range(limits):
            used[label[v], d] += graph.need[v, d]
    seen = np.empty(labels, np.int64)
    moves = 0
    for i in range(n):
        v = order[i]
        own, found = label[v], 0
        if parts:
            for k in range(labels):
                seen[k] = k
                tie[k] = graph.bias[v, k]
            found = labels
        for e in range(graph.begin[v], graph.begin[v + 1]):
            u = graph.neighbour[e]
            if barrier[u] == barrier[v]:
                if not parts and tie[label[u]] == 0.0:
                    seen[found] = label[u]
                    found += 1
                tie[label[u]] += graph.weight[e]
        best = own
        value = tie[own] if parts else tie[own] / np.sqrt(max(mass[own] - graph.mass[v], 1.0))
        for j in range(found):
            other = seen[j]
            rate = tie[other] if parts else tie[other] / np.sqrt(mass[other])
            if other == own or rate <= value or mass[other] + graph.mass[v] > most_mass or (
                    parts and not graph.allowed[v, other]):
                continue
            fits = True
            for d in range(limits):
                if used[other, d] + graph.need[v, d] > room[other, d]:
                    fits = False
                    break
            if fits:
                best, value = other, rate
        for j in range(found):
            tie[seen[j]] = 0.0
        if best != own:
            label[v] = best
            moves += 1
            mass[own] -= graph.mass[v]
            mass[best] += graph.mass[v]
            for d in range(limits):
                used[own, d] -= graph.need[v, d]
                used[best, d] += graph.need[v, d]
    return moves


@njit(cache=True)
def assign(
    graph: Graph, home: IntArray, order: IntArray, ties: float, fullness: float, marginal: float, power: float,
) -> bool:  # pragma: no cover
    """Give each node in turn its best part, looking at edges to nodes with a part alone; return whether all fit.

    The best part is that of most ``ties w (1 - fullness f) - marginal q g x^(g - 1)``, for w the weight of edges
    there, f the share of room that is taken, x the load there in units of the mean load so far, g `power`, and
    ``q = sqrt(K) M / n^1.5`` with M the weight of all edges as those seen so far let expect. Where it fits nowhere, it
    goes where it is allowed. O(m + n K).

    Parameters
    ----------
    graph : Graph
        A graph.
    home : int array [n]
        Parts, -1 where there is none yet; changed in place.
    order : int array
        Turns.
    ties, fullness, marginal, power : float
        What counts.
    """
    parts, limits, n = graph.room.shape[0], graph.room.shape[1], len(home)
    used, tie = np.zeros((parts, limits)), np.zeros(parts)
    seen_weight = seen_load = 0.0
    all_fit = True
    for i in range(len(order)):
        v = order[i]
        tie[:] = 0.0
        for e in range(graph.begin[v], graph.begin[v + 1]):
            k = home[graph.neighbour[e]]
            if k >= 0:
                tie[k] += graph.weight[e]
                seen_weight += graph.weight[e]
        expected = seen_weight * (n / (i + 1.0)) ** 2
        price = marginal * power * np.sqrt(parts) * expected / n ** 1.5
        seen_load += graph.need[v, 0]
        unit = seen_load / (i + 1.0)
        best, value, emptiest = NONE, -np.inf, np.inf
        fitted = False
        for k in range(parts):
            if not graph.allowed[v, k]:
                continue
            fits = True
            for d in range(limits):
                if used[k, d] + graph.need[v, d] > graph.room[k, d]:
                    fits = False
                    break
            full = used[k, 0] / graph.room[k, 0] if graph.room[k, 0] > 0 else 1.0
            load = used[k, 0] / unit if unit > 0 else 0.0
            worth = ties * tie[k] * (1.0 - fullness * full) - price * load ** (power - 1.0)
            if not fits:
                worth -= _NO_ROOM
            if best < 0 or worth > value or (worth == value and full < emptiest):
                best, value, emptiest, fitted = k, worth, full, fits
        home[v] = best
        all_fit = all_fit and fitted
        for d in range(limits):
            used[best, d] += graph.need[v, d]
    return all_fit
