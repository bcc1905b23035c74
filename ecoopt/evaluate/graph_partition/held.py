"""Held: what the devices have in one epoch of a schedule, as it is written, and the edges kept there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule


@dataclass(frozen=True, eq=False)
class Held:
    """An epoch.

    Parameters
    ----------
    load : float array [K]
        Work at home on each device.
    links : int array [K, R]
        Semantic edges of each relation by the home of their entity.
    entities_held, concepts_held : int array [K]
        Entities, copies among them, and concepts on each device.
    places_of_concept : int array [J]
        Devices of each concept.
    edge_kept : bool array [m]
        Co-engagement edges with both ends on one device.
    link_kept : bool array [L]
        Semantic edges with their concept at the entity's home.
    reserved_gb, used_gb : float array [K]
        Memory reserved for all edges that the entities may bring, and what the kept ones take; 0 without a memory.
    """

    load: FloatArray
    links: IntArray
    entities_held: IntArray
    concepts_held: IntArray
    places_of_concept: IntArray
    edge_kept: NDArray[np.bool_]
    link_kept: NDArray[np.bool_]
    reserved_gb: FloatArray
    used_gb: FloatArray


def held(instance: GraphPartitionInstance, schedule: GraphPartitionSchedule, epoch: int) -> Held:
    """Return what the devices have in an epoch; an entity without a known home is nowhere."""
    devices, relations = instance.devices, len(instance.relations)
    home = _homes(instance, schedule, epoch)
    there = home >= 0
    load = np.bincount(home[there], instance.load[there], devices).astype(np.float64)
    link_home = home[instance.link_entity]
    known = link_home >= 0
    links = np.bincount(link_home[known] * relations + instance.link_relation[known],
                        minlength=devices * relations).reshape(devices, relations)
    copied = (schedule.copy_epoch == epoch) & (schedule.copy_entity < instance.entities) & (
        schedule.copy_device < devices)
    entity, device = schedule.copy_entity[copied], schedule.copy_device[copied]
    edge_kept, edges_stored = _edges(instance, home, entity, device)
    places = _places(instance, schedule, epoch)
    link_kept = np.zeros(instance.links, bool)
    link_kept[known] = places[instance.link_concept[known], link_home[known]]
    reserved_gb = used_gb = np.zeros(devices)
    entities_held = np.bincount(home[there], minlength=devices) + np.bincount(device, minlength=devices)
    concepts_held = places.sum(axis=0)
    if (memory := instance.memory) is not None:
        degree = np.bincount(np.concatenate([instance.edge_u, instance.edge_v]), minlength=instance.entities)
        halves = np.bincount(home[there], degree[there], devices) + np.bincount(device, degree[entity], devices)
        nodes_gb = memory.node_gb * (entities_held + concepts_held)
        reserved_gb = nodes_gb + memory.edge_gb * (halves / 2 + links.sum(axis=1))
        links_kept = np.bincount(link_home[link_kept], minlength=devices)
        used_gb = nodes_gb + memory.edge_gb * (edges_stored + links_kept)
    return Held(load, links, entities_held, concepts_held, places.sum(axis=1), edge_kept, link_kept,
                reserved_gb, used_gb)


def _homes(instance: GraphPartitionInstance, schedule: GraphPartitionSchedule, epoch: int) -> IntArray:
    """Return the device of each entity, -1 where it is not known."""
    home = np.full(instance.entities, -1, np.int64)
    if epoch < len(schedule.home):
        size = min(instance.entities, schedule.home.shape[1])
        row = schedule.home[epoch, :size].astype(np.int64)
        home[:size] = np.where(row < instance.devices, row, -1)
    return home


def _edges(
    instance: GraphPartitionInstance, home: IntArray, entity: IntArray, device: IntArray,
) -> tuple[NDArray[np.bool_], IntArray]:
    """Return whether any device has both ends of each edge [m], and of how many edges each device has both [K]."""
    kept, stored = np.zeros(instance.edges, bool), np.zeros(instance.devices, np.int64)
    if not len(entity):
        at = home[instance.edge_u]
        kept = (at >= 0) & (at == home[instance.edge_v])
        return kept, np.bincount(at[kept], minlength=instance.devices)
    for k in range(instance.devices):
        here = home == k
        here[entity[device == k]] = True
        both = here[instance.edge_u] & here[instance.edge_v]
        kept |= both
        stored[k] = both.sum()
    return kept, stored


def _places(instance: GraphPartitionInstance, schedule: GraphPartitionSchedule, epoch: int) -> NDArray[np.bool_]:
    """Return which concept is on which device, bool array [J, K]."""
    if instance.replication != "selective":
        return np.ones((instance.concepts, instance.devices), bool)
    places = np.zeros((instance.concepts, instance.devices), bool)
    here = (schedule.place_epoch == epoch) & (schedule.place_concept < instance.concepts) & (
        schedule.place_device < instance.devices)
    places[schedule.place_concept[here], schedule.place_device[here]] = True
    return places
