"""Adjacency: for each entity its neighbours and the weights of the edges to them, as three arrays."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.graph_partition.schema import GraphPartitionInstance


@dataclass(frozen=True, eq=False)
class Adjacency:
    """Compressed rows: the neighbours of v are ``neighbour[begin[v]:begin[v + 1]]``, in ascending order.

    Parameters
    ----------
    begin : int array [n + 1]
        Where each entity's row begins.
    neighbour : int array [2 m]
        The other ends.
    weight : float array [2 m]
        Weights of the edges.
    edge : int array [2 m]
        Numbers of the edges.
    """

    begin: IntArray
    neighbour: IntArray
    weight: FloatArray
    edge: IntArray


def adjacency(instance: GraphPartitionInstance) -> Adjacency:
    """Return the co-engagement edges by entity, each from both ends; O(n + m log m)."""
    ends = np.concatenate([instance.edge_u, instance.edge_v])
    others = np.concatenate([instance.edge_v, instance.edge_u])
    order = np.lexsort((others, ends))
    edge = np.tile(np.arange(instance.edges), 2)[order]
    begin = np.zeros(instance.entities + 1, np.int64)
    np.cumsum(np.bincount(ends, minlength=instance.entities), out=begin[1:])
    return Adjacency(begin, others[order], instance.edge_weight[edge], edge)
