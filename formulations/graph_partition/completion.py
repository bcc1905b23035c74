"""Completion: from homes of one epoch to a schedule, every epoch alike; and the value of a schedule."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.formulations.graph_partition.value_bounds import constant_terms
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule, resources


def complete(instance: GraphPartitionInstance, home: IntArray) -> GraphPartitionSchedule | None:
    """Return the schedule with the same homes in every epoch, None where concepts do not find room.

    No entity is copied. Where concepts are placed, each is on the device on which most entities want it, and on
    others where that is worth its price, the most wanted first while there is room.

    Parameters
    ----------
    home : int array [n]
        Within the limits of homes.
    """
    epochs = instance.epochs
    homes = np.tile(home, (epochs, 1))
    if instance.replication != "selective" or not instance.concepts:
        return GraphPartitionSchedule(home=homes)
    limits = resources(instance)
    left = limits.room.copy()
    np.subtract.at(left, home, limits.need)
    devices, concepts = instance.devices, instance.concepts
    wanted = np.zeros((concepts, devices))
    np.add.at(wanted, (instance.link_concept, home[instance.link_entity]), instance.link_weight)
    places = np.zeros((concepts, devices), bool)
    must = np.zeros(concepts, bool)
    must[instance.everywhere] = True

    def place(j: int, k: int) -> bool:
        if (left[k] < limits.concept_need).any():
            return False
        left[k] -= limits.concept_need
        places[j, k] = True
        return True

    if not all(place(j, k) for j in np.flatnonzero(must).tolist() for k in range(devices)):
        return None
    for j in np.argsort(-wanted.max(axis=1), kind="stable").tolist():
        if not must[j] and not any(place(j, k) for k in np.argsort(-wanted[j], kind="stable").tolist()):
            return None
    worth = np.where(places, 0.0, wanted - instance.concept_price)
    for pair in np.argsort(-worth, axis=None, kind="stable").tolist():
        j, k = divmod(pair, devices)
        if worth[j, k] <= 0:
            break
        place(j, k)
    concept, device = np.nonzero(places)
    return GraphPartitionSchedule(
        home=homes, place_epoch=np.repeat(np.arange(epochs), len(concept)), place_concept=np.tile(concept, epochs),
        place_device=np.tile(device, epochs))


def value_of(instance: GraphPartitionInstance, schedule: GraphPartitionSchedule) -> float:
    """Return the objective of a feasible schedule."""
    covered, seen = np.zeros(instance.edges, bool), np.zeros(instance.links, bool)
    selective = instance.replication == "selective"
    for s, home in enumerate(schedule.home):
        covered |= home[instance.edge_u] == home[instance.edge_v]
        copied = schedule.copy_epoch == s
        for k in np.unique(schedule.copy_device[copied]).tolist():
            here = home == k
            here[schedule.copy_entity[copied & (schedule.copy_device == k)]] = True
            covered |= here[instance.edge_u] & here[instance.edge_v]
        if selective:
            places = np.zeros((instance.concepts, instance.devices), bool)
            rows = schedule.place_epoch == s
            places[schedule.place_concept[rows], schedule.place_device[rows]] = True
            seen |= places[instance.link_concept, home[instance.link_entity]]
    value = float(instance.edge_weight[covered].sum()) - instance.copy_price * len(schedule.copy_entity)
    if not selective:
        return value + constant_terms(instance)
    extra = len(schedule.place_concept) - instance.epochs * instance.concepts
    return value + instance.link_weight * float(seen.sum()) - instance.concept_price * extra
