"""The spectral bound of Donath and Hoffman: what a balanced partition must cut, from eigenvalues of the Laplacian."""

import numpy as np
from scipy.linalg import eigvalsh

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.graph_partition import GraphPartitionInstance, resources

MOST_ENTITIES = 4000
_TINY = 1e-3
_ROUNDING = 1e-13


def spectral_bound(instance: GraphPartitionInstance) -> float | None:
    """Return a bound on the weight kept by homes in an epoch, None where the graph is too large.

    Donath and Hoffman, "Lower bounds for the partitioning of graphs" (IBM Journal 17, 1973), with loads: a partition's
    parts have indicators x_k, and y_k = A^(1/2) x_k are orthogonal with squares equal to the loads, so that the cut is
    at least half of the least eigenvalues of A^(-1/2) L A^(-1/2) times the loads, largest first. Loads that fill the
    largest devices first give the least such sum. Every resource gives a bound. Entities without edges are left out: a
    Laplacian has an eigenvalue 0 for each.
    """
    joined, end = np.unique(np.concatenate([instance.edge_u, instance.edge_v]), return_inverse=True)
    n = len(joined)
    if n > MOST_ENTITIES:
        return None
    if instance.devices == 1 or not n:
        return instance.total_weight
    laplacian = np.zeros((n, n))
    laplacian[end[:instance.edges], end[instance.edges:]] = -instance.edge_weight
    laplacian += laplacian.T
    np.fill_diagonal(laplacian, -laplacian.sum(axis=0))
    limits = resources(instance)
    cut = 0.0
    for need, room in zip(limits.need[joined].T, limits.room.T, strict=True):
        if need.any() and (room >= 0).all():
            cut = max(cut, _least_cut(laplacian, need, room))
    return instance.total_weight - cut


def _least_cut(laplacian: FloatArray, need: FloatArray, room: FloatArray) -> float:
    """Return what must be cut by the limits of one resource."""
    if (need == np.floor(need)).all():
        room = np.floor(room)
    if not (need > 0).all():
        # A little for everybody keeps the needs invertible; parts may then have as much more.
        little = _TINY * float(need.mean())
        room, need = room + little * len(need), need + little
    root = 1 / np.sqrt(need)
    count = min(len(room), len(need))
    eigenvalue = eigvalsh(laplacian * root[:, None] * root[None, :], subset_by_index=(0, count - 1))
    scale = float((np.diag(laplacian) / need).max())
    eigenvalue = np.maximum(eigenvalue - _ROUNDING * len(need) * scale, 0.0)
    left, cut = float(need.sum()), 0.0
    for size, value in zip(sorted(room.tolist(), reverse=True), eigenvalue.tolist(), strict=False):
        amount = min(size, left)
        cut += value * amount / 2
        left -= amount
    return cut
