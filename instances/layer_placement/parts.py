"""Parts: types of machines parted so that all links between two parts are slow."""

import numpy as np
from scipy.sparse.csgraph import connected_components

from ecoopt.core.arrays import IntArray
from ecoopt.instances.layer_placement.schema import LayerPlacementInstance


def link_parts(instance: LayerPlacementInstance) -> list[IntArray]:
    """Return every way to part the types at a speed of links, part of each type, int arrays [Q]; fewest parts first.

    At a speed, two types are in one part when links faster than that lead from one to the other, over others if need
    be. Ways with a single part are left out; none without links.
    """
    if instance.links is None:
        return []
    either = np.maximum(instance.links.between, instance.links.between.T)
    ways: list[IntArray] = []
    for speed in np.unique(either).tolist():
        parts, labels = connected_components(either > speed, directed=False)
        if parts > 1 and not any(np.array_equal(labels, way) for way in ways):
            ways.append(labels.astype(np.int64))
    return ways


def crossing(instance: LayerPlacementInstance, labels: IntArray) -> int:
    """Return the tokens per second that can go between parts at most.

    Two machines hand over in one direction alone: a machine hands over to those that end later.
    """
    if instance.links is None:
        return 0
    either = np.maximum(instance.links.between, instance.links.between.T)
    apart = labels[:, None] != labels[None]
    pairs = instance.count[:, None] * instance.count[None]
    return int((either * pairs * apart).sum()) // 2


def entering(instance: LayerPlacementInstance) -> int:
    """Return the tokens per second that can enter the machines at most, or leave them, where that is less."""
    if instance.links is None:
        return int(instance.count @ instance.speed[:, 1])
    through = [int(instance.count @ np.minimum(limit, instance.speed[:, 1]))
               for limit in (instance.links.entry, instance.links.leaving)]
    return min(through)
