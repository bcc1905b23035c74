"""Shortage: limits that plainly no schedule can keep, told in few lines."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import Problem
from ecoopt.instances.graph_partition.resources import resources
from ecoopt.instances.graph_partition.schema import GraphPartitionInstance

_NAMED = 5


def shortages(instance: GraphPartitionInstance) -> list[Problem]:
    """Return why plainly no schedule exists; nothing where that is not plain.

    Entities are looked at one by one; where each has a device, all together. Concepts that need a place count as far
    as they must be everywhere. Where needs are whole, rooms are rounded down.
    """
    limits = resources(instance)
    room = limits.room - limits.concept_need * len(instance.everywhere)
    may, fits = limits.allowed.any(axis=1), np.zeros(instance.entities, bool)
    for k in range(instance.devices):
        fits |= limits.allowed[:, k] & (limits.need <= room[k]).all(axis=1)
    found = []
    if len(nowhere := np.flatnonzero(~may)):
        found.append(Problem("", f"{_named(instance, nowhere)} may be on no device: forced and forbidden pairs exclude "
                             "each other", "remove one of each"))
    if len(large := np.flatnonzero(may & ~fits)):
        fit, they = ("fits", "it") if len(large) == 1 else ("fit", "they")
        found.append(Problem("", f"{_named(instance, large)} {fit} on no device that {they} may be on",
                             "raise capacity or memory there"))
    if found:
        return found
    whole = (limits.need == np.floor(limits.need)).all(axis=0)
    usable = np.maximum(np.where(whole, np.floor(room), room), 0.0).sum(axis=0)
    return [Problem("", f"{name}: all entities need {needed:.6g}, all devices have room for {have:.6g}",
                    "add devices or room")
            for name, needed, have in zip(limits.names, limits.need.sum(axis=0).tolist(), usable.tolist(), strict=True)
            if needed > have * (1 + 1e-12)]


def _named(instance: GraphPartitionInstance, entities: IntArray) -> str:
    """Return the first of some entities by number and name, and how many more there are."""
    names = instance.entity_names
    shown = [str(v) if names is None else f"{v} ({names[v]})" for v in entities[:_NAMED].tolist()]
    more = f" and {len(entities) - _NAMED} more" if len(entities) > _NAMED else ""
    return ("entity " if len(entities) == 1 else "entities ") + ", ".join(shown) + more
