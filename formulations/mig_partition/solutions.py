"""The ways between solutions of the snapshot model and schedules."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.mig_partition.snapshot_model import SnapshotModel
from ecoopt.instances.mig import pack
from ecoopt.instances.mig.layouts import Layout, layout_of
from ecoopt.instances.mig_partition import Cuts, MigPartitionSchedule, Placed, cuts_of, fill, joined, slot_of_job


def schedule_of(model: SnapshotModel, x: FloatArray) -> MigPartitionSchedule:
    """Return the schedule of a solution."""
    whole = {name: np.rint(x[columns]).astype(np.int64) for name, columns in model.columns.items()}
    classes, here, occupied = model.classes, model.residency, model.occupied
    counts = np.zeros(classes.value.shape, dtype=np.int64)
    counts[model.pairs[:, 0], model.pairs[:, 1]] = whole["run"]
    settled = [occupied.stays[k].resident for k in np.flatnonzero(whole["stay"])]
    placed = [(here.job[r], here.gpu[r], here.slot[r], here.start[r]) for r in settled]
    used: set[int] = set()
    opened = np.flatnonzero(whole["open"]).tolist()
    for k in np.flatnonzero(whole["transfer"]).tolist():
        r, slot = occupied.transfers[k]
        i = next(i for i in opened if i not in used and occupied.openings[i].slot == slot
                 and here.gpus[occupied.openings[i].gpu] == here.gpu[r])
        used.add(i)
        placed.append((here.job[r], here.gpu[r], slot, occupied.openings[i].start))
    rest = [occupied.openings[i] for i in opened if i not in used]
    parts = [Cuts(here.gpus[np.array([opening.gpu for opening in rest], dtype=np.int64)],
                  np.array([opening.slot for opening in rest], dtype=np.int64),
                  np.array([opening.start for opening in rest], dtype=np.int64))] if rest else []
    needed = counts.sum(axis=0) - np.bincount(joined(parts).slot, minlength=len(classes.slots.block))
    parts += _empty_cuts(model, np.minimum(np.maximum(needed, 0), whole["cut"]), whole["gpus"])
    return fill(model.instance, classes, counts, joined(parts),
                Placed(*np.array(placed, dtype=np.int64).reshape(-1, 4).T))


def _empty_cuts(model: SnapshotModel, cut: IntArray, gpus: IntArray) -> list[Cuts]:
    """Return the instances cut on the GPUs without residents that matter."""
    parts, at, first = [], 0, model.classes.slots.first
    for b, block in enumerate(model.instance.blocks):
        empty = model.residency.empty[b]
        vectors = model.patterns[b]
        if len(vectors):
            layouts: tuple[Layout, ...] | None = tuple(
                layout_of(block.geometry, vector) or ()
                for vector, times in zip(vectors.tolist(), gpus[at:at + len(vectors)].tolist(), strict=True)
                for _ in range(times))
            at += len(vectors)
        else:
            layouts = pack(block.geometry, cut[first[b]:first[b + 1]], len(empty))
        assert layouts is not None, "counts that keep the rows fit"
        parts.append(cuts_of(empty[:len(layouts)], int(first[b]), layouts))
    return parts


def solution_of(model: SnapshotModel, schedule: MigPartitionSchedule) -> FloatArray:
    """Return the complete solution of a feasible schedule."""
    instance, classes, here, occupied = model.instance, model.classes, model.residency, model.occupied
    columns = model.columns
    x = np.zeros(model.linear.columns)
    slot = slot_of_job(instance, classes.slots, schedule)
    position = {gpu: o for o, gpu in enumerate(here.gpus.tolist())}
    where = list(zip(schedule.gpu.tolist(), slot.tolist(), schedule.start.tolist(), strict=True))
    profile = classes.slots.profile
    anew = np.zeros(len(here.gpus), dtype=bool)
    for gpu, s, start in where:
        o = position.get(gpu)
        if o is not None and (int(profile[s]), start) not in here.before[o]:
            anew[o] = True
    paying = np.isin(np.arange(len(here.gpus)), occupied.resets)
    x[columns["anew"]] = anew[occupied.resets]
    anew &= paying

    stay_at = {(stay.resident, stay.anew): k for k, stay in enumerate(occupied.stays)}
    transfer_at = {pair: k for k, pair in enumerate(occupied.transfers)}
    open_at = {(one.gpu, one.slot, one.start, one.anew): i for i, one in enumerate(occupied.openings)}
    ordinary = slot >= 0
    settled = np.zeros(instance.jobs, dtype=bool)
    for r, job in enumerate(here.job.tolist()):
        if where[job] == (here.gpu[r], here.slot[r], here.start[r]):
            x[columns["stay"][stay_at[r, bool(anew[position[int(here.gpu[r])]])]]] = 1.0
            settled[job] = True
        elif here.pin[r] == 1:
            x[columns["transfer"][transfer_at[r, int(slot[job])]]] = 1.0
            ordinary[job] = False
    ordinary &= ~settled
    counts = np.zeros(classes.value.shape)
    np.add.at(counts, (classes.of_job[ordinary], slot[ordinary]), 1)
    x[columns["run"]] = counts[model.pairs[:, 0], model.pairs[:, 1]]
    for job in np.flatnonzero((slot >= 0) & ~settled & np.isin(schedule.gpu, here.gpus)).tolist():
        gpu, s, start = where[job]
        o = position[gpu]
        x[columns["open"][open_at[o, s, start, bool(anew[o])]]] = 1.0
    on_empty = (slot >= 0) & ~np.isin(schedule.gpu, here.gpus)
    x[columns["cut"]] = np.bincount(slot[on_empty], minlength=len(profile))
    x[columns["gpus"]] = _pattern_counts(model, schedule, slot, on_empty)
    return x


def _pattern_counts(
    model: SnapshotModel, schedule: MigPartitionSchedule, slot: IntArray, on_empty: NDArray[np.bool_]
) -> FloatArray:
    """Return how many GPUs are cut by each pattern, a pattern that holds what the GPU runs being taken for each."""
    times = np.zeros(sum(map(len, model.patterns)))
    at = 0
    for b, vectors in enumerate(model.patterns):
        first, last = model.classes.slots.first[b:b + 2].tolist()
        jobs = np.flatnonzero(on_empty & (slot >= first) & (slot < last))
        if len(vectors) and len(jobs):
            gpus, row = np.unique(schedule.gpu[jobs], return_inverse=True)
            held = np.zeros((len(gpus), last - first), dtype=np.int64)
            np.add.at(held, (row, slot[jobs] - first), 1)
            kinds, number = np.unique(held, axis=0, return_counts=True)
            for kind, n in zip(kinds, number.tolist(), strict=True):
                times[at + int(np.flatnonzero((vectors >= kind).all(axis=1))[0])] += n
        at += len(vectors)
    return times
