"""Edges as they come, to edges as an instance holds them: ends in order, duplicates merged, loops left out."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.graph_partition.schema import pair_number


def merged_edges(
    first: IntArray, second: IntArray, weight: FloatArray, entities: int,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return ``edge_u``, ``edge_v`` and ``edge_weight``; weights of one pair are added up.

    Parameters
    ----------
    first, second : int array [k]
        Ends, in any order.
    weight : float array [k]
        Weights.
    entities : int
        Number of entities, above every end.
    """
    low, high = np.minimum(first, second), np.maximum(first, second)
    proper = low < high
    keys, group = np.unique(pair_number(low[proper], high[proper], entities), return_inverse=True)
    weights: FloatArray = np.bincount(group, weight[proper], len(keys)).astype(np.float64)
    return keys // entities, keys % entities, weights
