"""From a bound on the weight kept by homes in one epoch to a bound on the objective of any schedule."""

import numpy as np

from ecoopt.instances.graph_partition import GraphPartitionInstance

_PARTS = (1, 2, 3, 4, 5, 6, 8, 10, 100, 1000)
_NEAR, _LARGEST = 1e-10, 1e5


def objective_bound(instance: GraphPartitionInstance, kept: float) -> float:
    """Return a bound on the objective.

    Parameters
    ----------
    kept : float
        Bound on the weight within devices, no entity being copied, in an epoch.

    Notes
    -----
    All edges kept by an entity's copies have the entity as one end, so that its copies add at most its edges' weight
    less the price of one. S epochs cover S times as much as one at most, and no more than everything.
    """
    each = kept
    if instance.replication == "halo" and instance.devices > 1:
        ends = np.bincount(instance.edge_u, instance.edge_weight, instance.entities) + np.bincount(
            instance.edge_v, instance.edge_weight, instance.entities)
        gains = np.sort(np.maximum(ends - instance.copy_price, 0.0))[::-1]
        each += float(gains[:instance.most_copies].sum())
    covered = min(instance.epochs * each, instance.total_weight)
    return covered + constant_terms(instance)


def constant_terms(instance: GraphPartitionInstance) -> float:
    """Return what semantic edges add at most, less the price of concepts that are everywhere."""
    links = instance.link_weight * instance.links
    extra = instance.devices - 1
    if instance.replication != "selective":
        return links - instance.concept_price * instance.epochs * instance.concepts * extra
    return links - instance.concept_price * instance.epochs * len(instance.everywhere) * extra


def homes_decide(instance: GraphPartitionInstance) -> bool:
    """Return whether the objective is the weight kept by the homes of one epoch, up to a constant."""
    return instance.replication == "full" and instance.epochs == 1


def rounded_down(instance: GraphPartitionInstance, kept: float) -> float:
    """Return the largest weight that edges can have and that does not exceed a bound.

    Where all weights are multiples of 1 / q for a small q, every sum of them is.
    """
    if not np.isfinite(kept) or instance.total_weight > _LARGEST:
        return kept
    for q in _PARTS:
        scaled = instance.edge_weight * q
        if (np.abs(scaled - np.rint(scaled)) <= _NEAR).all():
            return float(np.floor(kept * q + instance.edges * _NEAR) / q)
    return kept
