"""The snapshot model: how many jobs of each class run on each slot, and how many instances of each slot are cut."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import IntArray
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.highs import HandedOver, LinearModel, hand_over
from ecoopt.formulations.mig_partition.occupied import OccupiedGpus, add_occupied_gpus
from ecoopt.instances.mig import count_rows, maximal_layouts
from ecoopt.instances.mig.layouts import layout_counts
from ecoopt.instances.mig_partition import JobClasses, MigPartitionInstance, Residency, residency


@dataclass(frozen=True)
class SnapshotModel:
    """A Pyomo model and what its columns mean.

    Parameters
    ----------
    model : pyomo ConcreteModel
        The model.
    instance : MigPartitionInstance
        What it was made of.
    classes : JobClasses
        Its C classes.
    residency : Residency
        Residents whose place matters.
    pairs : int array [n, 2]
        Class and slot of each ``run[i]``.
    patterns : list of int arrays [B]
        Count vectors [V, P] that the GPUs of a block are cut into, where it has ``gpus[v]`` columns; else empty.
    occupied : OccupiedGpus
        What the columns of occupied GPUs mean.
    """

    model: Any
    instance: MigPartitionInstance
    classes: JobClasses
    residency: Residency
    pairs: IntArray
    patterns: list[IntArray]
    occupied: OccupiedGpus

    @cached_property
    def handed(self) -> HandedOver:
        """The model in arrays."""
        return hand_over(self.model)

    @property
    def linear(self) -> LinearModel:
        """The model in arrays."""
        return self.handed.model

    @cached_property
    def columns(self) -> dict[str, IntArray]:
        """Columns of each variable."""
        names = ("run", "cut", "gpus", "stay", "open", "transfer", "anew")
        return {name: self.handed.columns_of(getattr(self.model, name)) for name in names}


@uncollected
def snapshot_model(
    instance: MigPartitionInstance, classes: JobClasses, *, patterns: bool = False, place_all: bool | None = None,
) -> SnapshotModel:
    """Return the integer program of a snapshot.

    Variables: ``run[i]``, jobs of a class on a slot; ``cut[s]``, instances of a slot on GPUs without residents that
    matter; ``gpus[v]``, GPUs cut by a pattern, where the block is written in patterns; and those of `occupied`.
    Rows: ``jobs`` (2), every job runs once, or at most once; ``supply`` (3), no more jobs than instances; ``fits`` (4),
    the exact rows of counts on identical GPUs; or ``pattern`` and ``whole`` (5), counts as sums of patterns.

    Parameters
    ----------
    instance, classes
        What to model. The values may be others than those of the instance's objective.
    patterns : bool
        Whether all blocks are written in patterns rather than by rows; those whose rows are not known are in any case.
    place_all : bool, optional
        Whether every job must run; as the instance says by default.
    """
    here = residency(instance)
    value, slots = classes.value, classes.slots
    pairs = np.argwhere(classes.allowed)
    everyone = instance.place_all if place_all is None else place_all
    model = pyo.ConcreteModel(name=instance.name)
    supply = _may_move(classes, here)
    most = supply.tolist()
    kind = pairs[:, 0].tolist()
    model.run = pyo.Var(range(len(pairs)), within=pyo.NonNegativeIntegers, bounds=lambda _, i: (0, most[kind[i]]))
    model.cut = pyo.Var(range(len(slots.block)), within=pyo.NonNegativeIntegers)
    vectors = _patterns(instance, patterns)
    model.gpus = pyo.Var(range(sum(map(len, vectors))), within=pyo.NonNegativeIntegers)
    occupied = add_occupied_gpus(model, instance, classes, here)
    run = list(model.run.values())
    stay, transfer = list(model.stay.values()), list(model.transfer.values())

    class_of = classes.of_job[here.job]
    saved = [float(here.migration_cost[k.resident]) for k in occupied.stays]
    gain = (occupied.stay_gain + np.array(saved)).tolist() if saved else []
    moved = [float(value[class_of[r], slot]) for r, slot in occupied.transfers]
    model.objective = pyo.Objective(
        expr=linear([*value[pairs[:, 0], pairs[:, 1]].tolist(), *gain, *moved], [*run, *stay, *transfer],
                    -float(here.migration_cost.sum())), sense=pyo.maximize)

    of_class: list[list[Any]] = [[] for _ in most]
    for i, c in enumerate(kind):
        of_class[c].append(run[i])
    for k, one in enumerate(occupied.stays):
        if here.pin[one.resident] == 0:
            of_class[class_of[one.resident]].append(stay[k])
    model.jobs = pyo.ConstraintList()
    for c, members in enumerate(of_class):
        if most[c] or members:
            body = linear([1.0] * len(members), members)
            model.jobs.add(body == float(most[c]) if everyone else body <= float(most[c]))
    model.home = pyo.ConstraintList()
    for r in np.flatnonzero(here.pin > 0).tolist():
        members = [stay[k] for k, one in enumerate(occupied.stays) if one.resident == r]
        members += [transfer[k] for k, (other, _) in enumerate(occupied.transfers) if other == r]
        model.home.add(linear([1.0] * len(members), members) == 1.0)

    wanted: list[list[Any]] = [[] for _ in slots.block]
    offered: list[list[Any]] = [[model.cut[s]] for s in range(len(slots.block))]
    for i, s in enumerate(pairs[:, 1].tolist()):
        wanted[s].append(run[i])
    for k, (_, s) in enumerate(occupied.transfers):
        wanted[s].append(transfer[k])
    for i, opening in enumerate(occupied.openings):
        offered[opening.slot].append(model.open[i])
    model.supply = pyo.Constraint(range(len(wanted)), rule=lambda _, s: linear(
        [1.0] * len(wanted[s]) + [-1.0] * len(offered[s]), [*wanted[s], *offered[s]]) <= 0.0)
    _add_capacity(model, instance, classes, vectors, [len(gpus) for gpus in here.empty])
    return SnapshotModel(model, instance, classes, here, pairs, vectors, occupied)


def _may_move(classes: JobClasses, here: Residency) -> IntArray:
    """Return the jobs of each class that are not pinned, int array [C]."""
    pinned = classes.of_job[here.job[here.pin > 0]]
    left: IntArray = classes.jobs - np.bincount(pinned, minlength=len(classes.jobs))
    return left


def _patterns(instance: MigPartitionInstance, every: bool) -> list[IntArray]:
    """Return the largest count vectors of one GPU for each block that is written in patterns, none for the others."""
    found = []
    for block in instance.blocks:
        vectors = np.zeros((0, len(block.geometry.profiles)), dtype=np.int64)
        if every or count_rows(block.geometry) is None:
            every_count = [layout_counts(block.geometry, layout) for layout in maximal_layouts(block.geometry)]
            vectors = np.unique(np.array(every_count), axis=0)[::-1]
            exceeded = [(vector <= vectors).all(axis=1).sum() > 1 for vector in vectors]
            vectors = vectors[~np.array(exceeded)]
        found.append(vectors)
    return found


def _add_capacity(
    model: Any, instance: MigPartitionInstance, classes: JobClasses, vectors: list[IntArray], empty: list[int]
) -> None:
    """Add the rows that say which counts fit on each block's empty GPUs."""
    model.fits, model.pattern, model.whole = pyo.ConstraintList(), pyo.ConstraintList(), pyo.ConstraintList()
    at = 0
    for b, block in enumerate(instance.blocks):
        first = int(classes.slots.first[b])
        cut = [model.cut[first + p] for p in range(len(block.geometry.profiles))]
        if len(vectors[b]):
            gpus = [model.gpus[at + v] for v in range(len(vectors[b]))]
            at += len(gpus)
            model.whole.add(linear([1.0] * len(gpus), gpus) <= float(empty[b]))
            for p, column in enumerate(vectors[b].T.tolist()):
                terms = [(-float(n), gpu) for n, gpu in zip(column, gpus, strict=True) if n]
                model.pattern.add(linear([1.0, *(n for n, _ in terms)], [cut[p], *(gpu for _, gpu in terms)]) <= 0.0)
            continue
        rows = count_rows(block.geometry)
        assert rows is not None
        for coefficients, limit in zip(rows.coefficients.tolist(), rows.per_gpu.tolist(), strict=True):
            terms = [(float(n), c) for n, c in zip(coefficients, cut, strict=True) if n]
            model.fits.add(linear([n for n, _ in terms], [c for _, c in terms]) <= float(limit * empty[b]))


