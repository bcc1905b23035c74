"""From a bound on the weight kept by homes in one epoch to a bound on the objective of any schedule."""

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.graph_partition import GraphPartitionInstance

_PARTS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 100, 1000)
_NEAR, _TOLERANCE, _LARGEST = 1e-10, 1e-6, 1e5


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
    """Return the largest weight that edges can have and that does not exceed a bound."""
    return _rounded(instance.edge_weight, kept, instance.edges * _NEAR)


def rounded_objective(instance: GraphPartitionInstance, bound: float) -> float:
    """Return the largest objective that does not exceed a bound, which may be off by a linear program's tolerance."""
    prices = [instance.link_weight, instance.copy_price, instance.concept_price]
    return _rounded(np.append(instance.edge_weight, prices), bound, _TOLERANCE)


def _rounded(amounts: FloatArray, bound: float, error: float) -> float:
    """Return the largest sum of amounts within a bound that may be too low by `error`.

    Where all amounts are multiples of 1 / q for a small q, every sum of them is; else the bound is left as it is.
    """
    if not np.isfinite(bound) or amounts.sum() > _LARGEST:
        return bound
    for q in _PARTS:
        scaled = amounts * q
        if (np.abs(scaled - np.rint(scaled)) <= _NEAR).all():
            return float(np.floor(bound * q + error) / q)
    return bound
