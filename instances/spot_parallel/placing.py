"""Placing: which slot each GPU takes when configurations change, so that least has to be moved, by assignment.

A slot is a shard of a stage of a replica. It needs its part of the weights, and of the cache of its replica's requests
if that replica was there before; what its GPU holds of that already need not be moved.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.spot_parallel.schedule import NO_SLOT, SpotParallelSchedule
from ecoopt.instances.spot_parallel.schema import SpotParallelInstance

BoolArray = NDArray[np.bool_]

_TIE = 1e-11
"""Share of the weights that a slot on a GPU that stays for ever is worth: it decides between equals alone."""


class Slots:
    """What slots of configurations need and share, worked out once for each pair of configurations.

    Parameters
    ----------
    instance : SpotParallelInstance
        What was asked.
    """

    def __init__(self, instance: SpotParallelInstance) -> None:
        self.instance = instance
        self._shared: dict[tuple[int, int], FloatArray] = {}
        self._parts: dict[tuple[int, ...], FloatArray] = {}

    def shared_gb(self, old: int, new: int) -> FloatArray:
        """Return what each new slot [columns] needs that each old one [rows] holds; O(GPUs^2)."""
        if (old, new) not in self._shared:
            self._shared[old, new] = self.overlap_gb(old, new)
        return self._shared[old, new]

    def needed_gb(self, old: int, new: int) -> FloatArray:
        """Return what each new slot needs, the old configuration before it, float array [GPUs]."""
        instance = self.instance
        parts = int(instance.pipeline[new] * instance.tensor[new])
        kept = np.arange(instance.gpus[new]) // parts < instance.data[old]
        return np.asarray((instance.weights_gb + instance.kv_gb[old] * kept) * (1 / parts))

    def most_shared_gb(self, old: int, new: int, shared: FloatArray) -> float:
        """Return the most of what is shared that need not be moved when all GPUs of the old one are still there."""
        instance = self.instance
        if (instance.pipeline[old], instance.tensor[old]) == (instance.pipeline[new], instance.tensor[new]):
            return float(self.needed_gb(old, new)[:instance.gpus[old]].sum())  # old slots go on as what they were
        rows, columns = linear_sum_assignment(shared, maximize=True)
        return float(shared[rows, columns].sum())

    def overlap_gb(self, old: int, new: int) -> FloatArray:
        """Return what `shared_gb` does, and do not keep it."""
        instance = self.instance
        part = self._common_part(*(int(degree[c]) for degree in (instance.pipeline, instance.tensor)
                                   for c in (old, new)))
        held = np.full((instance.data[old], instance.data[new]), instance.weights_gb)
        np.fill_diagonal(held, instance.weights_gb + instance.kv_gb[old])
        shared = held[:, None, :, None] * part[None, :, None, :]
        return np.asarray(shared.reshape(int(instance.gpus[old]), int(instance.gpus[new])))

    def _common_part(self, stages: int, later: int, shards: int, others: int) -> FloatArray:
        """Return which part of a model slots of a replica of one shape [rows] share with those of another."""
        if (key := (stages, later, shards, others)) not in self._parts:
            part = _common(stages, later)[:, None, :, None] * _common(shards, others)[None, :, None, :]
            self._parts[key] = (part / (stages * later * shards * others)).reshape(stages * shards, later * others)
        return self._parts[key]


class Placement:
    """Slots of named GPUs, node by node from the first one on.

    Parameters
    ----------
    instance : SpotParallelInstance
        With names.
    foresight : bool
        Whether, of equal placings, GPUs that stay longer are preferred.
    """

    def __init__(self, instance: SpotParallelInstance, *, foresight: bool = True) -> None:
        assert instance.alive is not None
        self.instance, self.alive, self.slots = instance, instance.alive, Slots(instance)
        self.lasts = _lasts(instance, instance.alive) if foresight else np.zeros(instance.alive.shape)

    @cached_property
    def spot(self) -> int:
        """Number of spot GPUs with names."""
        return int(self.alive.shape[1])

    def first(self, node: int, new: int, extra: int) -> IntArray:
        """Return slots where nothing is held before, in order of names, those that stay longer first."""
        there = self._there(node)
        there = there[np.argsort(-self._bonus(node, there), kind="stable")]
        spot, rented = there[there < self.spot], there[there >= self.spot]
        used = np.concatenate([spot[:int(self.instance.gpus[new]) - extra], rented[:extra]])
        return self._row(used, np.arange(len(used)))

    def best(self, node: int, before: IntArray, old: int, new: int, extra: int) -> IntArray:
        """Return slots with which least is moved, by assignment.

        Parameters
        ----------
        node : int
            The node.
        before : int array [G + K]
            Slots at its parent.
        old, new : int
            Configurations there and here.
        extra : int
            On-demand GPUs.
        """
        there, size = self._there(node), int(self.instance.gpus[new])
        if old == new and int((before[there] >= 0).sum()) == size and int((before[self.spot:] >= 0).sum()) == extra:
            return np.where(np.isin(np.arange(len(before)), there), before, NO_SLOT)
        rented = there >= self.spot
        idle_spot, idle_rented = int((~rented).sum()) - size + extra, int(rented.sum()) - extra
        worth = np.zeros((len(there), size + idle_spot + idle_rented))
        held = before[there]
        worth[held >= 0, :size] = self.slots.shared_gb(old, new)[held[held >= 0]]
        worth[:, :size] += self._bonus(node, there)[:, None]
        worth[rented, size:size + idle_spot] = -np.inf
        worth[~rented, size + idle_spot:] = -np.inf
        rows, columns = linear_sum_assignment(worth, maximize=True)
        used = columns < size
        return self._row(there[rows[used]], columns[used])

    def moved_gb(self, before: IntArray, after: IntArray, old: int, new: int) -> float:
        """Return what is moved from slots at a parent to slots at a node."""
        used = np.flatnonzero(after >= 0)
        held = before[used]
        kept = held >= 0
        total = self.slots.needed_gb(old, new)[after[used]].sum()
        return max(float(total - self.slots.shared_gb(old, new)[held[kept], after[used][kept]].sum()), 0.0)

    def _bonus(self, node: int, there: IntArray) -> FloatArray:
        """Return what it is worth that GPUs stay: too little to move more for it."""
        stays = np.append(self.lasts[node], np.full(self.instance.devices - self.spot, 1.0))[there]
        return np.asarray(stays * (_TIE * self.instance.weights_gb))

    def _there(self, node: int) -> IntArray:
        """Return the GPUs that can be used at a node, in order."""
        return np.append(np.flatnonzero(self.alive[node]), np.arange(self.spot, self.instance.devices))

    def _row(self, used: IntArray, slots: IntArray) -> IntArray:
        row = np.full(self.instance.devices, NO_SLOT, dtype=np.int64)
        row[used] = slots
        return row


def placed(instance: SpotParallelInstance, config: IntArray, extra: IntArray, *, foresight: bool) -> IntArray:
    """Return the slots of named GPUs with which least is moved at each node, int array [N, G + K].

    Node by node: what is best now may be worse later.

    Parameters
    ----------
    config, extra : int array [N]
        Configuration and on-demand GPUs of each node, which fit.
    foresight : bool
        Whether, of equal placings, GPUs that stay longer are preferred.
    """
    placement = Placement(instance, foresight=foresight)
    slot = np.empty((instance.nodes, instance.devices), dtype=np.int64)
    for n, (parent, new, more) in enumerate(zip(
            instance.parent.tolist(), config.tolist(), extra.tolist(), strict=True)):
        slot[n] = placement.first(n, new, more) if parent < 0 else placement.best(
            n, slot[parent], int(config[parent]), new, more)
    return slot


def moved_gb(instance: SpotParallelInstance, schedule: SpotParallelSchedule) -> FloatArray:
    """Return what is moved at each node of a schedule with slots, float array [N]; 0 where there is no parent."""
    assert schedule.slot is not None
    placement, config = Placement(instance, foresight=False), schedule.config.tolist()
    return np.array([0.0 if parent < 0 else placement.moved_gb(
        schedule.slot[parent], schedule.slot[n], config[parent], config[n])
        for n, parent in enumerate(instance.parent.tolist())])


def least_moved_rows(instance: SpotParallelInstance) -> Iterator[FloatArray]:
    """Yield for each configuration the least that is moved from it to each when no GPU is lost, float array [C]."""
    slots, (distinct, place) = Slots(instance), _distinct(instance)
    for old in range(instance.configs):
        moved = [float(slots.needed_gb(old, new).sum()) - slots.most_shared_gb(old, new, slots.overlap_gb(old, new))
                 for new in distinct]
        row = np.maximum(moved, 0.0)[place]
        row[old] = 0.0
        yield row


def needed_and_kept_rows(instance: SpotParallelInstance) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield for each configuration what changes from it need, and a bound on what of it 0, 1, ... GPUs have kept.

    So many GPUs keep no more than the slots that share most, nor than all of them together.

    Yields
    ------
    float array [C], float array [C, GPUs + 1]
        To each configuration.
    """
    slots, (distinct, place), most = Slots(instance), _distinct(instance), int(instance.gpus.max())
    for old in range(instance.configs):
        needed, kept = np.zeros(len(distinct)), np.zeros((len(distinct), most + 1))
        for k, new in enumerate(distinct):
            needed[k], shared = slots.needed_gb(old, new).sum(), slots.overlap_gb(old, new)
            each = np.sort(shared.max(axis=1, initial=0.0))[::-1]
            kept[k, 1:len(each) + 1] = np.cumsum(each)
            kept[k, len(each) + 1:] = each.sum()
            kept[k] = np.minimum(kept[k], slots.most_shared_gb(old, new, shared))
        yield needed[place], kept[place]


def _distinct(instance: SpotParallelInstance) -> tuple[list[int], IntArray]:
    """Return configurations that differ in more than the batch, which nothing moves for, and which each is as."""
    found = np.unique(np.stack([instance.data, instance.pipeline, instance.tensor]), axis=1, return_index=True,
                      return_inverse=True)
    return found[1].tolist(), found[2].reshape(-1)


def _lasts(instance: SpotParallelInstance, alive: BoolArray) -> FloatArray:
    """Return how long each GPU is expected to stay from each node on, as a share of all intervals, [N, G]."""
    stays = np.zeros(alive.shape)
    for n in range(instance.nodes - 1, -1, -1):
        stays[n] = (stays[n] + 1.0) * alive[n]
        if (parent := int(instance.parent[n])) >= 0:
            stays[parent] += stays[n] * (instance.probability[n] / instance.probability[parent])
    return stays / instance.intervals


def _common(parts: int, others: int) -> IntArray:
    """Return how much each part of one division has in common with each of another, in units of 1 / (parts others)."""
    one, other = np.arange(parts)[:, None] * others, np.arange(others) * parts
    common: IntArray = np.maximum(np.minimum(one + others, other + parts) - np.maximum(one, other), 0)
    return common
