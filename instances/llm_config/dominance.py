"""Dominance: configurations that another one replaces without any loss, whatever the prices and the demand."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray


def undominated(
    group: IntArray, shards: IntArray, power_w: FloatArray, idle_w: FloatArray, tokens_per_s: FloatArray,
    serves: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Return which configurations are left, bool array [K]. O(K^2 Q).

    Within a group, one is left out if another has no more GPUs, no more power, idle or busy, no more energy per token
    beyond idle, no lower rate, and serves every class that it serves; of equals the first is kept. Replicas of the one
    may then become as many of the other, tokens and all. With starts charged the groups are placements, whose numbers
    of replicas stay as they are; otherwise they are models on types of GPU.

    Parameters
    ----------
    group, shards : int array [K]
        Group, and GPUs of a replica.
    power_w, idle_w, tokens_per_s : float array [K]
        As in ``Configuration``.
    serves : bool array [Q, K]
        Which classes a configuration serves.
    """
    busy_j = (power_w - idle_w) / tokens_per_s
    columns = [shards.astype(np.float64), power_w, idle_w, busy_j, -tokens_per_s]
    as_good = group[:, None] == group[None, :]
    better = np.zeros_like(as_good)
    for column in columns:
        as_good &= column[:, None] <= column[None, :]
        better |= column[:, None] < column[None, :]
    for row in serves:
        as_good &= row[:, None] >= row[None, :]
        better |= row[:, None] > row[None, :]
    earlier = np.arange(len(group))[:, None] < np.arange(len(group))[None, :]
    dominated: NDArray[np.bool_] = (as_good & (better | earlier)).any(axis=0)
    return ~dominated
