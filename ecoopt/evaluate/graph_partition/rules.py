"""Rules of a partitioned graph: homes, capacity, memory, relation balance, copies and places."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray
from ecoopt.core.score import Violation
from ecoopt.evaluate.graph_partition.held import Held
from ecoopt.evaluate.violations import broken
from ecoopt.instances.graph_partition import SLACK, GraphPartitionInstance, GraphPartitionSchedule


def violations(
    instance: GraphPartitionInstance, schedule: GraphPartitionSchedule, epochs: list[Held],
) -> list[Violation]:
    """Return every broken rule, in the order of the schema."""
    shape = (instance.epochs, instance.entities)
    if schedule.home.shape != shape:
        off = max(abs(have - want) for have, want in zip(schedule.home.shape, shape, strict=True))
        found = [Violation(what="home has another shape than epochs and entities", where=f"{schedule.home.shape}",
                           by=float(max(off, 1)))]
    else:
        found = _homes(instance, schedule)
    for s, epoch in enumerate(epochs):
        found += _limits(instance, epoch, s)
    return found + _copies(instance, schedule) + _places(instance, schedule, epochs)


def _homes(instance: GraphPartitionInstance, schedule: GraphPartitionSchedule) -> list[Violation]:
    """Return homes that do not exist, or are not the forced ones, or are forbidden."""
    home, n = schedule.home, instance.entities
    return [
        *broken("home on a device that does not exist", "", (home >= instance.devices).ravel(),
                lambda i: f"epoch {i // n}, entity {i % n}"),
        *broken("home is not the forced one", "", (home[:, instance.forced_entity] != instance.forced_device).ravel(),
                lambda i: f"epoch {i // len(instance.forced_entity)}, entity "
                f"{instance.forced_entity[i % len(instance.forced_entity)]}"),
        *broken("home is forbidden", "", (home[:, instance.forbidden_entity] == instance.forbidden_device).ravel(),
                lambda i: f"epoch {i // len(instance.forbidden_entity)}, entity "
                f"{instance.forbidden_entity[i % len(instance.forbidden_entity)]}")]


def _limits(instance: GraphPartitionInstance, epoch: Held, s: int) -> list[Violation]:
    """Return devices with too much load, memory, or of a relation."""
    found = broken("load exceeds capacity", "load", _beyond(epoch.load, instance.capacity),
                   lambda k: f"epoch {s}, device {k}")
    if instance.memory is not None:
        found += broken("memory is exceeded", "GB", _beyond(epoch.reserved_gb, instance.memory.device_gb),
                        lambda k: f"epoch {s}, device {k}")
    if instance.relation_slack is not None:
        all_links = np.bincount(instance.link_relation, minlength=len(instance.relations))
        share = instance.speed / instance.speed.sum()
        limit = (1 + instance.relation_slack) * np.outer(share, all_links)
        kinds = len(instance.relations)
        found += broken("a relation is too frequent", "edges", _beyond(epoch.links.astype(np.float64), limit).ravel(),
                        lambda i: f"epoch {s}, device {i // kinds}, relation {instance.relations[i % kinds]}")
    return found


def _beyond(amount: FloatArray, limit: FloatArray) -> FloatArray:
    """Return by how much amounts exceed limits, 0 where that is rounding."""
    over: FloatArray = np.where(amount > limit + 2 * SLACK * np.abs(limit), amount - limit, 0.0)
    return over


def _copies(instance: GraphPartitionInstance, schedule: GraphPartitionSchedule) -> list[Violation]:
    """Return copies that may not be."""
    epoch, entity, device = schedule.copy_epoch, schedule.copy_entity, schedule.copy_device

    def where(i: int) -> str:
        return f"copies row {i}: epoch {epoch[i]}, entity {entity[i]}, device {device[i]}"

    found = _outside("copy", [(epoch, instance.epochs), (entity, instance.entities), (device, instance.devices)])
    if instance.replication != "halo":
        found += broken("copies are not allowed", "", np.ones(len(entity)), where)
    forbidden = np.isin(entity * np.int64(instance.devices) + device,
                        instance.forbidden_entity * np.int64(instance.devices) + instance.forbidden_device)
    found += broken("copy is forbidden", "", forbidden & (device < instance.devices), where)
    if instance.most_copies is not None:
        counts = np.bincount(epoch[epoch < instance.epochs], minlength=instance.epochs)
        found += broken("too many copies", "copies", counts - instance.most_copies, lambda s: f"epoch {s}")
    return found


def _places(instance: GraphPartitionInstance, schedule: GraphPartitionSchedule, epochs: list[Held]) -> list[Violation]:
    """Return places that may not be, and concepts that lack one."""
    epoch, concept, device = schedule.place_epoch, schedule.place_concept, schedule.place_device
    if instance.replication != "selective":
        return broken("concepts are everywhere and have no places", "", np.ones(len(concept)),
                      lambda i: f"places row {i}")
    found = _outside("place", [(epoch, instance.epochs), (concept, instance.concepts), (device, instance.devices)])
    least = np.ones(instance.concepts)
    least[instance.everywhere] = instance.devices
    for s, have in enumerate(epochs):
        found += broken("concept lacks places", "devices", least - have.places_of_concept,
                        lambda j, s=s: f"epoch {s}, concept {j}")  # type: ignore[misc]
    return found


def _outside(what: str, columns: list[tuple[NDArray[np.int64], int]]) -> list[Violation]:
    """Return rows that name something that does not exist."""
    wrong = np.logical_or.reduce([column >= size for column, size in columns])
    return broken(f"{what} names what does not exist", "", wrong, lambda i: f"row {i}")
