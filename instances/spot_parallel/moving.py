"""Moving: in which order layers go from GPU to GPU when configurations change, so that little memory is needed at once.

All GPUs receive what they lack of a layer, then those that no longer need it free it, as in SpotServe: a GPU holds the
old and the new together of one layer alone.
"""

from math import lcm
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.instances.spot_parallel.schedule import SpotParallelSchedule
from ecoopt.instances.spot_parallel.schema import SpotParallelInstance

FEWEST_PARTS = 16
"""Parts that a model is cut into at least; models have more layers."""


class MoveOrder(NamedTuple):
    """An order of layers: of equal parts of the model of which stages of both configurations have whole numbers.

    Parameters
    ----------
    layers : int array [L]
        Numbers of the parts, in the order in which they are moved.
    lacking_gb : float array [L, GPUs]
        What each GPU receives of each of them, in that order.
    held_gb : float array [L + 1, GPUs]
        What each GPU holds before the first and after each, what is not needed any more freed.
    """

    layers: IntArray
    lacking_gb: FloatArray
    held_gb: FloatArray

    @property
    def peak_gb(self) -> float:
        """The most that a GPU holds at once."""
        return float(max((self.held_gb[:-1] + self.lacking_gb).max(initial=0.0), self.held_gb.max(initial=0.0)))


def move_order(instance: SpotParallelInstance, schedule: SpotParallelSchedule, node: int) -> MoveOrder:
    """Return the order of layers for the change before a node: next is always the one with the lowest peak.

    Parameters
    ----------
    instance : SpotParallelInstance
        With names.
    schedule : SpotParallelSchedule
        Of it, feasible.
    node : int
        One with a parent.

    Raises
    ------
    InputError
        When GPUs have no names, or the node no parent.
    """
    if schedule.slot is None or not 0 <= node < instance.nodes or instance.parent[node] < 0:
        raise InputError.one("move order", "node", "has no change of named GPUs before it",
                             "give a schedule with slots, and a node with a parent")
    parent = int(instance.parent[node])
    old, new = int(schedule.config[parent]), int(schedule.config[node])
    parts = [lcm(int(degree[old]), int(degree[new])) for degree in (instance.pipeline, instance.tensor)]
    parts[0] *= -(-FEWEST_PARTS // parts[0])
    lives = np.append(instance.alive[node] if instance.alive is not None else [], np.ones(instance.most_on_demand))
    had = _pieces(instance, old, np.where(lives > 0, schedule.slot[parent], -1), parts)
    needs = _pieces(instance, new, schedule.slot[node], parts)
    replica = [np.where(row >= 0, row // int(instance.pipeline[c] * instance.tensor[c]), -1)
               for row, c in ((schedule.slot[parent], old), (schedule.slot[node], new))]
    cache_gb = float(instance.kv_gb[old]) / (parts[0] * parts[1])
    weight_gb = instance.weights_gb / (parts[0] * parts[1])
    same = (replica[0] == replica[1])[:, None]
    cached = ((replica[1] >= 0) & (replica[1] < instance.data[old]))[:, None]
    both = (had & needs).sum(axis=2)
    lacking = (needs & ~had).sum(axis=2) * weight_gb + (needs.sum(axis=2) - both * same) * cached * cache_gb
    frees = (had & ~needs).sum(axis=2) * weight_gb + (had.sum(axis=2) - both * same) * cache_gb
    held = [(had.sum(axis=2) * (weight_gb + cache_gb)).sum(axis=1)]
    left, order = list(range(parts[0])), []
    while left:
        peaks = [float((held[-1] + lacking[:, layer]).max()) for layer in left]
        after = [float((lacking[:, layer] - frees[:, layer]).max()) for layer in left]
        layer = left.pop(min(range(len(left)), key=lambda k: (peaks[k], after[k])))
        order.append(layer)
        held.append(held[-1] + lacking[:, layer] - frees[:, layer])
    return MoveOrder(np.array(order, dtype=np.int64), lacking[:, order].T, np.array(held))


def _pieces(instance: SpotParallelInstance, config: int, slots: IntArray, parts: list[int]) -> NDArray[np.bool_]:
    """Return which pieces of layers and shards each GPU has in its slot, bool array [GPUs, layers, shards]."""
    stages, shards = int(instance.pipeline[config]), int(instance.tensor[config])
    stage, shard = slots // shards % stages, slots % shards
    layer = np.arange(parts[0]) * stages // parts[0] == stage[:, None]
    piece = np.arange(parts[1]) * shards // parts[1] == shard[:, None]
    return np.asarray(layer[:, :, None] & piece[:, None, :] & (slots >= 0)[:, None, None])
