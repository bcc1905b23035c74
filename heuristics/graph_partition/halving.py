"""Halving: parts found by splitting a graph in two again and again, the parts shared out between the halves."""

from collections.abc import Callable

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.graph_partition.graph import Graph

Split = Callable[[Graph], IntArray]
"""Partitions a graph of two parts."""


def halved(graph: Graph, split: Split) -> IntArray:
    """Return a partition by recursive bisection.

    Each half has the room of its parts together, of which slack is spent evenly over the levels (as METIS does:
    Karypis and Kumar, SIAM J. Sci. Comput. 20, 1998), so that what is left over can be shared out further down.

    Parameters
    ----------
    graph : Graph
        What is partitioned.
    split : callable
        How a graph is split in two.
    """
    home = np.zeros(graph.nodes, np.int64)
    waiting = [(np.arange(graph.nodes), np.arange(graph.parts))]
    while waiting:
        nodes, parts = waiting.pop()
        if len(parts) == 1 or not len(nodes):
            home[nodes] = parts[0]
            continue
        middle = len(parts) // 2
        halves = parts[:middle], parts[middle:]
        side = split(_two(graph, nodes, halves))
        waiting += [(nodes[side == i], half) for i, half in enumerate(halves)]
    return home


def _two(graph: Graph, nodes: IntArray, halves: tuple[IntArray, IntArray]) -> Graph:
    """Return the graph of some nodes with two parts, each of which stands for some parts."""
    number = np.full(graph.nodes, -1, np.int64)
    number[nodes] = np.arange(len(nodes))
    one, other = number[graph.ends()], number[graph.neighbour]
    inside = (one >= 0) & (other >= 0)
    need = graph.need[nodes]
    return Graph(
        np.append(0, np.cumsum(np.bincount(one[inside], minlength=len(nodes)))), other[inside], graph.weight[inside],
        need, _room(graph, need, halves), _of_halves(graph.allowed[nodes], halves, np.any),
        _of_halves(graph.bias[nodes], halves, np.max), graph.mass[nodes], graph.kind[nodes])


def _of_halves(table: np.ndarray, halves: tuple[IntArray, IntArray], what: Callable[..., np.ndarray]) -> np.ndarray:
    return np.stack([what(table[:, half], axis=1) for half in halves], axis=1)


def _room(graph: Graph, need: FloatArray, halves: tuple[IntArray, IntArray]) -> FloatArray:
    """Return the room of both halves, float array [2, D]."""
    room: FloatArray = np.stack([graph.room[half].sum(axis=0) for half in halves])
    whole, needed = room.sum(axis=0), need.sum(axis=0)
    levels = np.ceil(np.log2(len(halves[0]) + len(halves[1])))
    slack = np.divide(whole, needed, out=np.ones_like(whole), where=needed > 0)
    share = np.divide(room, whole, out=np.zeros_like(room), where=whole > 0)
    even: FloatArray = share * needed * np.maximum(slack, 1.0) ** (1 / levels)
    return np.asarray(np.minimum(room, even))
