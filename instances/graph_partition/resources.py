"""Resources: load, memory and relation balance as rows of one kind, what each entity needs and each device has."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.graph_partition.schema import SLACK, GraphPartitionInstance


@dataclass(frozen=True, eq=False)
class Resources:
    """Limits of an epoch: the needs at home on device k, of copies and of concepts there sum to ``room[k]`` at most.

    Parameters
    ----------
    names : tuple of str [D]
        The dimensions: ``load`` first, then ``memory`` and ``relation <name>`` where there are any.
    need : float array [n, D]
        Of an entity at home.
    copy_need : float array [n, D]
        Of a copy of an entity.
    concept_need : float array [D]
        Of a concept that is placed (``selective``); where all are everywhere, `room` is what they leave.
    room : float array [K, D]
        Of each device, rounding included; may be negative.
    allowed : bool array [n, K]
        Where each entity may be at home. Only in forced and forbidden pairs, memory O(n K) bytes.
    copy_allowed : bool array [n, K]
        Where copies may be.
    """

    names: tuple[str, ...]
    need: FloatArray
    copy_need: FloatArray
    concept_need: FloatArray
    room: FloatArray
    allowed: np.ndarray
    copy_allowed: np.ndarray


def resources(instance: GraphPartitionInstance) -> Resources:
    """Return what entities need and devices have."""
    n, devices = instance.entities, instance.devices
    names, need, room = ["load"], [instance.load], [instance.capacity]
    copy_need, concept_need = [np.zeros(n)], [0.0]
    if (memory := instance.memory) is not None:
        ends = np.bincount(instance.edge_u, minlength=n) + np.bincount(instance.edge_v, minlength=n)
        links = np.bincount(instance.link_entity, minlength=n)
        fixed = 0 if instance.replication == "selective" else instance.concepts
        names.append("memory")
        need.append(memory.node_gb + memory.edge_gb * (links + ends / 2))
        copy_need.append(memory.node_gb + memory.edge_gb * ends / 2)
        concept_need.append(memory.node_gb)
        room.append(memory.device_gb - memory.node_gb * fixed)
    if instance.relation_slack is not None:
        share = instance.speed / instance.speed.sum()
        for r, name in enumerate(instance.relations):
            degree = np.bincount(instance.link_entity[instance.link_relation == r], minlength=n).astype(float)
            names.append(f"relation {name}")
            need.append(degree)
            copy_need.append(np.zeros(n))
            concept_need.append(0.0)
            room.append((1 + instance.relation_slack) * share * degree.sum())
    rooms = np.stack(room, axis=1)
    copy_allowed = np.ones((n, devices), bool)
    copy_allowed[instance.forbidden_entity, instance.forbidden_device] = False
    allowed = copy_allowed.copy()
    forced: IntArray = instance.forced_entity
    kept = allowed[forced, instance.forced_device]
    allowed[forced] = False
    allowed[forced, instance.forced_device] = kept
    return Resources(tuple(names), np.stack(need, axis=1), np.stack(copy_need, axis=1), np.array(concept_need),
                     rooms + SLACK * np.abs(rooms), allowed, copy_allowed)
