"""The referee of a partitioned graph: what each device keeps in each epoch, and every broken rule.

The problem is that of training on subgraphs with concepts replicated (SemanticGNN, arXiv:2312.04071).
"""

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term
from ecoopt.evaluate.graph_partition.held import Held, held
from ecoopt.evaluate.graph_partition.rules import violations
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule

__all__ = ["evaluate"]


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return the weight kept less the price of copies, figures and all violations of a schedule.

    What is written is judged, allowed or not: an entity at an unknown home keeps nothing and loads nobody, rows of
    copies and places outside epochs, entities, concepts and devices are paid for and hold nothing. A copy where its
    entity is at home is paid for and stored. Figures that differ between epochs are means, but the greatest imbalance,
    divergence, memory and epoch time. O(S (m + L + n) + C log C).

    Parameters
    ----------
    instance : GraphPartitionInstance
        What is asked.
    schedule : GraphPartitionSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type.
    """
    if not isinstance(instance, GraphPartitionInstance) or not isinstance(schedule, GraphPartitionSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a GraphPartitionInstance and a GraphPartitionSchedule")
    epochs = [held(instance, schedule, s) for s in range(instance.epochs)]
    covered = np.logical_or.reduce([epoch.edge_kept for epoch in epochs])
    links_seen = np.logical_or.reduce([epoch.link_kept for epoch in epochs])
    extra = _extra_places(instance, schedule)
    edges_weight = float(instance.edge_weight[covered].sum())
    links_weight = instance.link_weight * float(links_seen.sum())
    copies_weight = instance.copy_price * len(schedule.copy_entity)
    places_weight = instance.concept_price * extra
    terms = {"covered_weight": (edges_weight, "weight"), "semantic_weight": (links_weight, "weight"),
             "copies_cost": (copies_weight, "weight"), "places_cost": (places_weight, "weight"),
             **_figures(instance, epochs, edges_weight)}
    return Score(objective=edges_weight + links_weight - copies_weight - places_weight,
                 terms={name: Term(value=float(value), unit=unit) for name, (value, unit) in terms.items()},
                 violations=tuple(violations(instance, schedule, epochs)))


def _extra_places(instance: GraphPartitionInstance, schedule: GraphPartitionSchedule) -> int:
    """Return how many places concepts have beyond their first, over all epochs."""
    if instance.replication != "selective":
        return instance.epochs * instance.concepts * (instance.devices - 1)
    first = np.unique(schedule.place_epoch * np.int64(instance.concepts + 1) + schedule.place_concept)
    return len(schedule.place_concept) - len(first)


def _figures(
    instance: GraphPartitionInstance, epochs: list[Held], covered_weight: float,
) -> dict[str, tuple[float, str]]:
    """Return the figures people report."""
    total = float(instance.edge_weight.sum())
    kept = [float(instance.edge_weight[epoch.edge_kept].sum()) for epoch in epochs]
    links = instance.links
    nodes = instance.entities + instance.concepts
    stored = [epoch.entities_held.sum() + epoch.concepts_held.sum() for epoch in epochs]
    figures = {
        "kept_weight": (np.mean(kept), "weight"), "cut_weight": (total - np.mean(kept), "weight"),
        "kept_share": (np.mean(kept) / total if total else 1.0, ""),
        "coverage": (covered_weight / total if total else 1.0, ""),
        "semantic_retention": (np.mean([epoch.link_kept.mean() for epoch in epochs]) if links else 1.0, ""),
        "imbalance": (max(_imbalance(instance, epoch) for epoch in epochs), ""),
        "relation_divergence": (max(_divergence(instance, epoch) for epoch in epochs), ""),
        "replication_factor": (np.mean(stored) / nodes, ""),
        "epoch_s": (max(_epoch_s(instance, epoch) for epoch in epochs), "s")}
    if instance.memory is not None:
        figures["largest_memory_gb"] = (max(epoch.reserved_gb.max() for epoch in epochs), "GB")
        figures["largest_used_gb"] = (max(epoch.used_gb.max() for epoch in epochs), "GB")
    return figures


def _imbalance(instance: GraphPartitionInstance, epoch: Held) -> float:
    """Return the most load of a device over its share by speed, less 1."""
    share = instance.speed / instance.speed.sum() * instance.load.sum()
    return float((epoch.load / share).max()) - 1 if instance.load.sum() else 0.0


def _divergence(instance: GraphPartitionInstance, epoch: Held) -> float:
    """Return the largest relative difference between a device's share of a relation's edges and its own share."""
    total = epoch.links.sum(axis=0)
    share = instance.speed / instance.speed.sum()
    known = total > 0
    return float(np.abs(epoch.links[:, known] / total[known] / share[:, None] - 1).max(initial=0.0))


def _epoch_s(instance: GraphPartitionInstance, epoch: Held) -> float:
    """Return the slowest device's seconds, and those of a ring all-reduce of what several devices share."""
    work_s = float((epoch.load / instance.speed).max())
    if (sync := instance.synchronisation) is None:
        return work_s
    shared = (epoch.places_of_concept > 1).mean() if instance.concepts else 1.0
    around = 2 * (instance.devices - 1) / instance.devices
    return work_s + float(around * shared * sync.exchanged_gb / sync.bandwidth_gb_per_s)
