"""Slots: the useful ways in which a machine of a type can hold layers."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.instances.layer_placement.schedule import LayerPlacementSchedule
from ecoopt.instances.layer_placement.schema import LayerPlacementInstance


class Slots(NamedTuple):
    """Ways to hold layers, ordered by type and layers.

    Parameters
    ----------
    kind : int array [n]
        Type of machine.
    held : int array [n]
        Layers it holds.
    speed : int array [n]
        Tokens per second that it then takes.
    """

    kind: IntArray
    held: IntArray
    speed: IntArray


@lru_cache(maxsize=16)
def slots_of(instance: LayerPlacementInstance) -> Slots:
    """Return the slots of all types that have machines.

    A way is left out when one more layer can be held at the same speed: where links do not bind, to hold more never
    covers less.
    """
    kind, held = np.nonzero(instance.speed)
    speed = instance.speed[kind, held]
    further = np.append(instance.speed, np.zeros((len(instance.types), 1), dtype=np.int64), axis=1)[kind, held + 1]
    kept = (further < speed) & (instance.count[kind] > 0)
    return Slots(kind[kept], held[kept], speed[kept])


def placed(instance: LayerPlacementInstance, starts: Iterable[tuple[int, int]]) -> LayerPlacementSchedule:
    """Return the schedule of slots put down at layers; each type's machines are taken in order.

    Parameters
    ----------
    starts : iterable of (int, int)
        Slot and first layer; layers beyond the last are not held.
    """
    slots = slots_of(instance)
    free = [np.flatnonzero(instance.kind == q).tolist() for q in range(len(instance.types))]
    first, held = np.zeros((2, len(instance.kind)), dtype=np.int64)
    for slot, layer in starts:
        machine = free[int(slots.kind[slot])].pop(0)
        first[machine], held[machine] = layer, min(int(slots.held[slot]), instance.layers - layer)
    return LayerPlacementSchedule(first=first, held=held)
