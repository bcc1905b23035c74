"""Places of concepts: each once where most of its entities are, then where a place pays, the best first."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.instances.graph_partition import GraphPartitionInstance, Resources


def placed(
    instance: GraphPartitionInstance, limits: Resources, homes: IntArray,
) -> tuple[IntArray, IntArray, IntArray] | None:
    """Return epoch, concept and device of places, for given homes [S, n]; None where there is no room.

    A place gains the weight of the semantic edges at that device that no epoch before keeps. Without memory limits
    this is optimal for a single epoch.
    """
    seen = np.zeros(instance.links, bool)
    rows: list[tuple[int, int, int]] = []
    for s, home in enumerate(homes):
        device = home[instance.link_entity]
        there = _epoch(instance, limits, home, device, seen)
        if there is None:
            return None
        seen |= there[instance.link_concept, device]
        rows += [(s, int(j), int(k)) for j, k in np.argwhere(there)]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy()


def _epoch(
    instance: GraphPartitionInstance, limits: Resources, home: IntArray, device: IntArray, seen: np.ndarray,
) -> np.ndarray | None:
    """Return which concept is on which device in one epoch, bool array [J, K]."""
    concepts, devices = instance.concepts, instance.devices
    gain = instance.link_weight * np.bincount(
        instance.link_concept[~seen] * devices + device[~seen], minlength=concepts * devices).reshape(concepts, devices)
    used = np.stack([np.bincount(home, column, devices) for column in limits.need.T], axis=1)
    room, need = limits.room - used, limits.concept_need
    there = np.zeros((concepts, devices), bool)
    there[instance.everywhere] = True
    room -= there.sum(axis=0)[:, None] * need
    if (room < 0).any():
        return None
    lonely = np.setdiff1d(np.arange(concepts), instance.everywhere)
    for j in lonely[np.argsort(-gain[lonely].max(axis=1, initial=0), kind="stable")]:
        k = next((k for k in np.argsort(-gain[j], kind="stable") if (need <= room[k]).all()), None)
        if k is None:
            return None
        there[j, k] = True
        room[k] -= need
    worth = np.where(there, -np.inf, gain - instance.concept_price).ravel()
    for i in np.argsort(-worth, kind="stable")[:int((worth > 0).sum())]:
        j, k = divmod(int(i), devices)
        if (need <= room[k]).all():
            there[j, k] = True
            room[k] -= need
    return there
