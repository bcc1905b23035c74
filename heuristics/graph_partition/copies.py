"""Copies: entities copied to other devices one after the other, each time where that gains most weight."""

from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import IntArray
from ecoopt.instances.graph_partition import Adjacency, GraphPartitionInstance, Resources

_LEAST_GAIN = 1e-9


def copied(
    instance: GraphPartitionInstance, adjacent: Adjacency, limits: Resources, homes: IntArray,
) -> tuple[IntArray, IntArray, IntArray]:
    """Return epoch, entity and device of copies that pay, for given homes [S, n].

    The gain of a copy is the weight of edges that no device keeps yet, and that it would have both ends of, less the
    price. A copy may also pay together with others alone; these are not found.
    """
    ends = (instance.edge_u, instance.edge_v)
    covered = np.logical_or.reduce([home[ends[0]] == home[ends[1]] for home in homes])
    rows = [(s, v, k) for s, home in enumerate(homes)
            for v, k in _epoch(instance, adjacent, limits, home, covered)]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy()


def _epoch(
    instance: GraphPartitionInstance, adjacent: Adjacency, limits: Resources, home: IntArray,
    covered: NDArray[np.bool_],
) -> list[tuple[int, int]]:
    """Return entity and device of one epoch's copies, and note in `covered` the edges they keep."""
    n, devices = instance.entities, instance.devices
    one = np.repeat(np.arange(n), np.diff(adjacent.begin))
    open_ = ~covered[adjacent.edge]
    weights = np.bincount(one[open_] * devices + home[adjacent.neighbour[open_]], adjacent.weight[open_], n * devices)
    gain = weights.astype(np.float64).reshape(n, devices)
    least = instance.copy_price + _LEAST_GAIN
    used = np.stack([np.bincount(home, column, devices) for column in limits.need.T], axis=1)
    room = limits.room - used
    heap = [(-float(gain[v, k]), int(v), int(k)) for v, k in np.argwhere((gain > least) & limits.copy_allowed)]
    heapify(heap)
    where: dict[int, list[int]] = {}
    most = n * devices if instance.most_copies is None else instance.most_copies
    rows: list[tuple[int, int]] = []
    while heap and len(rows) < most:
        worth, v, k = heappop(heap)
        if k == home[v] or k in where.get(v, ()) or gain[v, k] <= least:
            continue
        if gain[v, k] < -worth - _LEAST_GAIN:
            heappush(heap, (-float(gain[v, k]), v, k))
            continue
        if (limits.copy_need[v] > room[k]).any():
            continue
        room[k] -= limits.copy_need[v]
        where.setdefault(v, []).append(k)
        rows.append((v, k))
        for e in range(adjacent.begin[v], adjacent.begin[v + 1]):
            edge, u, weight = adjacent.edge[e], int(adjacent.neighbour[e]), adjacent.weight[e]
            if covered[edge]:
                continue
            if home[u] == k or k in where.get(u, ()):
                covered[edge] = True
                for other, near in ((v, u), (u, v)):
                    gain[other, home[near]] -= weight
                    for there in where.get(near, ()):
                        if not (near == v and there == k):
                            gain[other, there] -= weight
            else:
                gain[u, k] += weight
                if gain[u, k] > least and limits.copy_allowed[u, k]:
                    heappush(heap, (-float(gain[u, k]), u, k))
    return rows
