"""Graph: entities, or clusters of them, with their edges, needs and places, as all searches and kernels read them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from ecoopt.core.arrays import FloatArray, IntArray


class Graph(NamedTuple):
    """A graph to be partitioned. n nodes, m edges, K parts, D limits; all arrays writable and contiguous.

    Parameters
    ----------
    begin, neighbour, weight : int array [n + 1], int array [2 m], float array [2 m]
        Compressed rows of neighbours with the weights of edges.
    need : float array [n, D]
        What each node takes of each limit.
    room : float array [K, D]
        What each part has.
    allowed : bool array [n, K]
        Where each node may be.
    bias : float array [n, K]
        Weight that a node gains in each part, whatever is there.
    mass : float array [n]
        Number of entities in each node.
    kind : int array [n]
        Nodes of one kind have the same row of `allowed`.
    """

    begin: IntArray
    neighbour: IntArray
    weight: FloatArray
    need: FloatArray
    room: FloatArray
    allowed: NDArray[np.bool_]
    bias: FloatArray
    mass: FloatArray
    kind: IntArray

    @property
    def nodes(self) -> int:
        """Number of nodes n."""
        return len(self.mass)

    @property
    def parts(self) -> int:
        """Number of parts K."""
        return len(self.room)

    def ends(self) -> IntArray:
        """Return the node that each entry of `neighbour` is a neighbour of, int array [2 m]."""
        return np.repeat(np.arange(self.nodes), np.diff(self.begin))

    def value(self, home: IntArray) -> float:
        """Return the weight within parts, and the bias of all nodes where they are."""
        within = home[self.ends()] == home[self.neighbour]
        return float(self.weight[within].sum() / 2 + self.bias[np.arange(self.nodes), home].sum())

    def excess(self, home: IntArray) -> float:
        """Return by how much limits are exceeded, each relative to the largest room; 0 when all are kept."""
        used = np.stack([np.bincount(home, column, self.parts) for column in self.need.T], axis=1)
        scale = np.abs(self.room).max(axis=0)
        return float((np.maximum(used - self.room, 0.0) / np.where(scale > 0, scale, 1.0)).sum())

    def judged(self, home: IntArray) -> tuple[float, float]:
        """Return less excess first, then more weight: what is larger is better."""
        return -self.excess(home), self.value(home)


def contracted(graph: Graph, label: IntArray) -> tuple[Graph, IntArray, IntArray]:
    """Return the graph of clusters, the cluster of each node, and a node of each cluster.

    Parameters
    ----------
    graph : Graph
        A graph.
    label : int array [n]
        Nodes of one label, which are of one kind, become a node.
    """
    _, first, cluster = np.unique(label, return_index=True, return_inverse=True)
    size = len(first)
    one, other = np.repeat(cluster, np.diff(graph.begin)), cluster[graph.neighbour]
    between = one != other
    joined = coo_array((graph.weight[between], (one[between], other[between])), shape=(size, size)).tocsr()
    joined.sum_duplicates()

    def summed(columns: FloatArray) -> FloatArray:
        return np.ascontiguousarray(np.stack([np.bincount(cluster, column, size) for column in columns.T], axis=1))

    coarse = Graph(
        joined.indptr.astype(np.int64), joined.indices.astype(np.int64), joined.data, summed(graph.need), graph.room,
        graph.allowed[first], summed(graph.bias), np.bincount(cluster, graph.mass, size).astype(np.float64),
        graph.kind[first])
    return coarse, cluster, first
