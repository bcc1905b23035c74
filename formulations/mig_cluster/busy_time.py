"""The mean-busy-time model: when each job makes its progress, on which profiles, under what the GPUs can hold together.

It drops overheads and lets GPUs be cut anew at any moment, so that its optimum bounds every schedule from below; the
page of the family has the proof.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.mig_cluster.points import Points
from ecoopt.instances.mig import CountRows, count_rows
from ecoopt.instances.mig_cluster import MigClusterInstance


@dataclass(frozen=True)
class BusyTime:
    """A Pyomo model and what its columns mean.

    Parameters
    ----------
    model : pyomo ConcreteModel
        Variables ``jct_s[j]``, ``left_s[j]``, ``run_s[v]``, in this order; then ``done[w]`` and ``whole_s[j]`` of the
        integer model.
    job, profile, point : int array [V]
        What ``run_s[v]`` counts: seconds of a job on a profile, weighed by the hat of a point.
    """

    model: Any
    job: IntArray
    profile: IntArray
    point: IntArray


@uncollected
def busy_time_model(instance: MigClusterInstance, points: Points, *, completions: bool = False) -> BusyTime:
    """Return the relaxation of an instance.

    Parameters
    ----------
    instance : MigClusterInstance
        What is asked.
    points : Points
        Merged for the linear model, split for the integer one.
    completions : bool
        Whether integers say in which slot each job is done.

    Raises
    ------
    InputError
        When the exact rows of the geometry are not known.

    Notes
    -----
    Rows by their equations on the page: ``work`` (1), ``one_place`` (2), ``gpus`` (3), ``busy`` (4), ``running`` (5);
    of the integer model ``order`` (6), ``enough`` (7), ``over`` (8), ``slots`` (9), ``last`` (10).
    """
    rows = count_rows(instance.geometry)
    if rows is None:
        raise InputError.one("mig_cluster", "geometry", f"exact rows of {instance.geometry.name} are not known",
                             "use an A30 or a GPU with seven compute slices, with the legal starts of its profiles")
    job, profile, point = _columns(instance, points)
    speed = instance.job_speed
    fastest, work_s, jobs = speed.max(axis=1), instance.work_s, instance.jobs
    model = pyo.ConcreteModel(name=instance.name)
    model.jct_s = pyo.Var(range(jobs), within=pyo.NonNegativeReals)
    model.left_s = pyo.Var(range(jobs), within=pyo.NonNegativeReals)
    model.run_s = pyo.Var(range(len(job)), within=pyo.NonNegativeReals)
    jct_s, left_s, run_s = (list(block.values()) for block in (model.jct_s, model.left_s, model.run_s))
    model.objective = pyo.Objective(expr=linear([1 / jobs] * jobs, jct_s))

    rate = speed[job, profile]
    since_s = points.time_s[point] - instance.arrival_s[job]
    end_s = points.time_s[-1] - instance.arrival_s
    border = np.searchsorted(job, np.arange(jobs + 1)).tolist()
    pieces = [slice(border[j], border[j + 1]) for j in range(jobs)]
    model.work = pyo.Constraint(range(jobs), rule=lambda _, j: linear(
        [*rate[pieces[j]].tolist(), 1.0], [*run_s[pieces[j]], left_s[j]]) == float(work_s[j]))
    busy = (-rate * since_s / work_s[job]).tolist()
    model.busy = pyo.Constraint(range(jobs), rule=lambda _, j: linear(
        [*busy[pieces[j]], 1.0, float(-end_s[j] / work_s[j])], [*run_s[pieces[j]], jct_s[j], left_s[j]])
        >= float(work_s[j] / (2 * fastest[j])))
    model.running = pyo.Constraint(range(jobs), rule=lambda _, j: linear(
        [1.0, float(-1 / fastest[j]), *[-1.0] * (border[j + 1] - border[j])],
        [jct_s[j], left_s[j], *run_s[pieces[j]]]) >= 0.0)
    _one_place(model, points, job, point, run_s)
    _gpus(model, instance, rows, points, profile, point, run_s)
    if completions:
        _completions(model, instance, points, job, point, rate, run_s, jct_s)
    return BusyTime(model, job, profile, point)


def _columns(instance: MigClusterInstance, points: Points) -> tuple[IntArray, IntArray, IntArray]:
    """Return job, profile and point of every column, by job, then by point."""
    size = len(points.time_s)
    job, point = np.nonzero(np.arange(size) >= points.first[:, None])
    able = instance.job_speed[job] > 0
    column, profile = np.nonzero(able)
    return job[column], profile, point[column]


def _one_place(model: Any, points: Points, job: IntArray, point: IntArray, run_s: list[Any]) -> None:
    """At every point a job has no more than the point's time."""
    group = job * len(points.time_s) + point
    starts = np.append(np.flatnonzero(np.diff(group, prepend=-1)), len(group))
    first = starts[:-1]
    width_s = np.where(point[first] == points.first[job[first]], points.first_width_s[job[first]],
                       points.width_s[point[first]]).tolist()
    borders = starts.tolist()
    model.one_place = pyo.Constraint(range(len(first)), rule=lambda _, r: linear(
        [1.0] * (borders[r + 1] - borders[r]), run_s[borders[r]:borders[r + 1]]) <= width_s[r])


def _gpus(
    model: Any, instance: MigClusterInstance, rows: CountRows, points: Points, profile: IntArray, point: IntArray,
    run_s: list[Any],
) -> None:
    """At every point the instances in use are, on average, what the GPUs can hold."""
    order = np.argsort(point, kind="stable")
    borders = np.searchsorted(point[order], np.arange(len(points.time_s) + 1))
    found, right = [], []
    for q in range(len(points.time_s)):
        here = order[borders[q]:borders[q + 1]]
        for coefficients, per_gpu in zip(rows.coefficients, rows.per_gpu.tolist(), strict=True):
            used = coefficients[profile[here]]
            some = np.flatnonzero(used)
            if some.size:
                found.append((used[some].astype(float).tolist(), [run_s[v] for v in here[some].tolist()]))
                right.append(float(instance.gpus * per_gpu * points.width_s[q]))
    model.gpus = pyo.Constraint(range(len(found)), rule=lambda _, r: linear(*found[r]) <= right[r])


def _completions(
    model: Any, instance: MigClusterInstance, points: Points, job: IntArray, point: IntArray, rate: FloatArray,
    run_s: list[Any], jct_s: list[Any],
) -> None:
    """Say by ``done[w]`` that a job is done by the end of a slot, and what follows of its completion."""
    slots = len(points.grid_s) - 1
    length_s = np.diff(points.grid_s)
    first_slot = points.slot[points.first]
    offset = np.append(0, np.cumsum(slots - first_slot))
    slot = points.slot[point]
    at = offset[job] + slot - first_slot[job]
    owner = np.repeat(np.arange(instance.jobs), slots - first_slot)
    number = np.arange(offset[-1]) - offset[owner] + first_slot[owner]
    model.done = pyo.Var(range(len(owner)), within=pyo.Binary)
    model.whole_s = pyo.Var(range(instance.jobs), within=pyo.NonNegativeReals)
    done, whole_s = list(model.done.values()), list(model.whole_s.values())
    later = np.flatnonzero(number > first_slot[owner]).tolist()
    model.order = pyo.Constraint(later, rule=lambda _, w: done[w - 1] - done[w] <= 0)
    before = np.searchsorted(at, np.arange(len(owner) + 1)).tolist()
    start = [before[entry] for entry in offset.tolist()]
    needed = instance.work_s[owner].tolist()
    rates, home = rate.tolist(), owner.tolist()
    model.enough = pyo.Constraint(range(len(owner)), rule=lambda _, w: linear(
        [-needed[w], *rates[start[home[w]]:before[w + 1]]],
        [done[w], *run_s[start[home[w]]:before[w + 1]]]) >= 0.0)
    spans = length_s[number].tolist()
    model.over = pyo.Constraint(later, rule=lambda _, w: linear(
        [spans[w], *[1.0] * (before[w + 1] - before[w])], [done[w - 1], *run_s[before[w]:before[w + 1]]]) <= spans[w])
    begins = (points.grid_s[first_slot] - instance.arrival_s).tolist()
    borders = offset.tolist()
    model.slots = pyo.Constraint(range(instance.jobs), rule=lambda _, j: linear(
        [1.0, *spans[borders[j]:borders[j + 1]]], [whole_s[j], *done[borders[j]:borders[j + 1]]])
        >= begins[j] + sum(spans[borders[j]:borders[j + 1]]))
    model.last = pyo.Constraint(range(len(owner)), rule=lambda _, w: linear(
        [1.0, -1.0, -spans[w], *[-1.0] * (before[w + 1] - before[w])],
        [jct_s[home[w]], whole_s[home[w]], done[w], *run_s[before[w]:before[w + 1]]]) >= -spans[w])
