"""The spectral bound of Donath and Hoffman: what a balanced partition must cut, from eigenvalues of the Laplacian."""

from time import perf_counter

import numpy as np
from scipy.linalg import eigvalsh

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.graph_partition.completion import value_of
from ecoopt.formulations.graph_partition.one_thread import one_thread
from ecoopt.formulations.graph_partition.value_bounds import objective_bound, rounded_down
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule, resources

MOST_ENTITIES = 4000
_TINY = 1e-3
_ROUNDING = 1e-13
_SAMPLE = 600


def spectral(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None,
) -> Outcome:
    """Bound the kept weight by the Laplacian's eigenvalues. One iteration.

    A decomposition cannot be stopped: one that seems to take longer than the time that is left is not begun.
    """
    if start is not None:
        run.offer(value_of(instance, start), start)
    run.prove(objective_bound(instance, instance.total_weight))
    if run.stop() is not None:
        return run.outcome()
    joined = np.unique(np.concatenate([instance.edge_u, instance.edge_v]))
    if len(joined) > MOST_ENTITIES:
        return run.outcome(reason=f"over {MOST_ENTITIES:,} entities with edges are too many for all their eigenvalues; "
                           "the bound is the whole weight")
    with one_thread():
        needed_s = _decomposition_s(len(joined)) if run.budget.seconds is not None else 0.0
        if needed_s > run.seconds_left:
            return run.outcome(reason=f"the eigenvalues take about {needed_s:.2g} s, more than the limit leaves; the "
                               "bound is the whole weight")
        _prove(instance, joined, run, needed_s)
    run.tick()
    return run.outcome()


def _prove(instance: GraphPartitionInstance, joined: IntArray, run: Run, needed_s: float) -> None:
    """Prove the bound of every resource on the weight kept by homes in an epoch, while there is time.

    Donath and Hoffman, "Lower bounds for the partitioning of graphs" (IBM Journal 17, 1973), with loads: a partition's
    parts have indicators x_k, and y_k = A^(1/2) x_k are orthogonal with squares equal to the loads, so that the cut is
    at least half of the least eigenvalues of A^(-1/2) L A^(-1/2) times the loads, largest first. Loads that fill the
    largest devices first give the least such sum. Entities without edges are left out: a Laplacian has an eigenvalue 0
    for each.
    """
    if instance.devices == 1 or not len(joined):
        return
    laplacian = np.zeros((len(joined), len(joined)))
    ends = np.searchsorted(joined, instance.edge_u), np.searchsorted(joined, instance.edge_v)
    laplacian[ends] = -instance.edge_weight
    laplacian += laplacian.T
    np.fill_diagonal(laplacian, -laplacian.sum(axis=0))
    limits = resources(instance)
    for need, room in zip(limits.need[joined].T, limits.room.T, strict=True):
        if needed_s > run.seconds_left:
            return
        if need.any() and (room >= 0).all():
            kept = instance.total_weight - _least_cut(laplacian, need, room)
            run.prove(objective_bound(instance, rounded_down(instance, kept)))


def _decomposition_s(nodes: int) -> float:
    """Return about how many seconds the eigenvalues of a matrix take, by those of a smaller one."""
    if nodes <= 2 * _SAMPLE:
        return 0.0
    sample = np.random.default_rng(0).random((_SAMPLE, _SAMPLE))
    began = perf_counter()
    eigvalsh(sample + sample.T, subset_by_index=(0, 1))
    return (perf_counter() - began) * (nodes / _SAMPLE) ** 3


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
