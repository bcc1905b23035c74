"""Throughput of a placement: its least covered layer where links do not bind, a compiled maximum flow elsewhere."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.instances.layer_placement.schedule import LayerPlacementSchedule
from ecoopt.instances.layer_placement.schema import LayerPlacementInstance, Links

_UNBOUND = 2**31 - 1


def capacity(instance: LayerPlacementInstance, held: IntArray) -> IntArray:
    """Return the tokens per second of each machine with the layers it holds, int array [M]; 0 where it holds none."""
    taken: IntArray = instance.speed[instance.kind, held]
    return taken


def coverage(instance: LayerPlacementInstance, first: IntArray, held: IntArray) -> IntArray:
    """Return the tokens per second that the holders of each layer take together, int array [L]."""
    taken = capacity(instance, held)
    steps = np.zeros(instance.layers + 1, dtype=np.int64)
    np.add.at(steps, np.where(held > 0, first, 0), taken)
    np.add.at(steps, np.where(held > 0, first + held, 0), -taken)
    covered: IntArray = np.cumsum(steps)[:-1]
    return covered


def throughput(instance: LayerPlacementInstance, first: IntArray, held: IntArray) -> int:
    """Return the largest flow of a placement that keeps every rule, in tokens per second.

    Without links it is the coverage of the least covered layer: no more can cross that layer; and the flow F on the
    machines that hold layer l goes on to those that hold layer l + 1, since what those have to spare that stay is at
    least what leaves, as long as together they take F.
    """
    if instance.links is None:
        return int(coverage(instance, first, held).min())
    return _with_links(instance, instance.links, first, held)


def _with_links(instance: LayerPlacementInstance, links: Links, first: IntArray, held: IntArray) -> int:
    """Return the maximum flow through machines, split into an entrance and an exit each, and links."""
    used = np.flatnonzero(held > 0)
    if not used.size:
        return 0
    kind, begin, taken = instance.kind[used], first[used], capacity(instance, held)[used]
    end, n = begin + held[used], len(used)
    before = (begin[None] <= end[:, None]) & (end[:, None] < end[None])
    origin, target = np.nonzero(before & (links.between[np.ix_(kind, kind)] > 0))
    entry, leaving = np.flatnonzero(begin == 0), np.flatnonzero(end == instance.layers)
    source, sink = 2 * n, 2 * n + 1
    rows = np.concatenate([np.arange(n), n + origin, np.full(len(entry), source), n + leaving])
    columns = np.concatenate([n + np.arange(n), target, entry, np.full(len(leaving), sink)])
    carried = np.concatenate([taken, links.between[kind[origin], kind[target]], links.entry[kind[entry]],
                              links.leaving[kind[leaving]]])
    graph = csr_array((np.minimum(carried, _UNBOUND).astype(np.int32), (rows, columns)), shape=(sink + 1, sink + 1))
    return int(maximum_flow(graph, source, sink).flow_value)


def weights(instance: LayerPlacementInstance) -> FloatArray:
    """Return what the objective charges for a machine of each type that is used, float array [Q]."""
    if instance.objective == "throughput":
        return np.zeros(len(instance.types))
    if instance.objective == "cost":
        return np.array([each.price_per_h for each in instance.types])
    g_per_wh = instance.intensity_g_per_kwh * instance.pue / 1000
    return np.array([each.power_w * g_per_wh + each.embodied_g_per_h for each in instance.types])


def placement_value(instance: LayerPlacementInstance, first: IntArray, held: IntArray) -> float | None:
    """Return the objective of a placement, None where it does not reach the demand."""
    flow = throughput(instance, first, held)
    if instance.demand_tokens_per_s is None:
        return float(flow)
    if flow < instance.demand_tokens_per_s:
        return None
    used = np.bincount(instance.kind, weights=held > 0, minlength=len(instance.types))
    return -float(weights(instance) @ used)


def compute_bound(instance: LayerPlacementInstance) -> int:
    """Return the tokens per second that all machines compute for, each at its best: ``sum_i max_k k T_i(k) / L``.

    No placement has more: every token takes one layer's work in each layer.
    """
    work = (instance.speed * np.arange(instance.speed.shape[1])).max(axis=1)
    return int(instance.count @ work) // instance.layers


def offer_start(instance: LayerPlacementInstance, run: Run, start: LayerPlacementSchedule | None) -> None:
    """Offer the schedule that a method starts from, if there is one, and the empty one where that is allowed."""
    if start is not None:
        offer(instance, run, start)
    if instance.objective == "throughput" and run.objective is None:
        nothing = np.zeros(len(instance.kind), dtype=np.int64)
        run.offer(0.0, LayerPlacementSchedule(first=nothing, held=nothing))


def offer(instance: LayerPlacementInstance, run: Run, schedule: LayerPlacementSchedule) -> float | None:
    """Offer a placement to a run where it reaches the demand, and return its objective."""
    value = placement_value(instance, schedule.first, schedule.held)
    if value is not None:
        run.offer(value, schedule)
    return value
