"""The integer program of shifting: starts of jobs without breaks, slots of jobs with breaks, GPUs of every slot."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.highs import HandedOver, hand_over
from ecoopt.instances.shifting import ShiftingCosts, ShiftingSchedule
from ecoopt.instances.shifting.options import RunOptions, run_options, useful


@dataclass(frozen=True, eq=False)
class ShiftingModel:
    """A Pyomo model and what its columns mean.

    Parameters
    ----------
    model : pyomo ConcreteModel
        The model.
    costs : ShiftingCosts
        Tables of the instance.
    alike : int array [J]
        The first job that is like each job without breaks in everything; for one with breaks, itself.
    options : RunOptions
        What each ``run_from[i]`` means; of first jobs alone.
    hours : int array [n, 3]
        Job, region and slot of each ``busy[i]``.
    """

    model: Any
    costs: ShiftingCosts
    alike: IntArray
    options: RunOptions
    hours: IntArray

    @cached_property
    def handed(self) -> HandedOver:
        """The model in arrays."""
        return hand_over(self.model)

    def schedule(self, x: FloatArray) -> ShiftingSchedule:
        """Return the schedule of a solution, whole columns whole."""
        instance, options = self.costs.instance, self.options
        count = np.rint(x[self.handed.columns_of(self.model.run_from)]).astype(np.int64)
        chosen = np.repeat(np.arange(len(count)), count)
        chosen = chosen[np.argsort(options.job[chosen], kind="stable")]
        whole = np.flatnonzero(~instance.interruptible)
        whole = whole[np.argsort(self.alike[whole], kind="stable")]
        region = np.zeros(instance.jobs, dtype=np.int64)
        region[whole] = options.region[chosen]
        length = instance.length_slots
        busy = self.hours[np.rint(x[self.handed.columns_of(self.model.busy)]) > 0]
        region[busy[:, 0]] = busy[:, 1]
        within = np.arange(int(length[whole].sum())) - np.repeat(np.cumsum(length[whole]) - length[whole],
                                                                 length[whole])
        job = np.concatenate([np.repeat(whole, length[whole]), busy[:, 0]])
        slot = np.concatenate([np.repeat(options.start[chosen], length[whole]) + within, busy[:, 2]])
        order = np.lexsort((slot, job))
        return ShiftingSchedule.of_slots(region, np.concatenate([[0], np.cumsum(length)]), slot[order])

    def solution(self, schedule: ShiftingSchedule) -> FloatArray | None:
        """Return a schedule as a solution, None where it has a run that the model left out as needless."""
        instance, options = self.costs.instance, self.options
        x = np.zeros(self.handed.model.columns)
        index = {place: i for i, place in enumerate(zip(
            options.job.tolist(), options.region.tolist(), options.start.tolist(), strict=True))}
        column = self.handed.columns_of(self.model.run_from)
        region, offsets = schedule.region.tolist(), schedule.run_offsets
        for j in np.flatnonzero(~instance.interruptible).tolist():
            place = index.get((int(self.alike[j]), region[j], int(schedule.run_start[offsets[j]])))
            if place is None:
                return None
            x[column[place]] += 1.0
        taken = set()
        for j in np.flatnonzero(instance.interruptible).tolist():
            for k in range(int(offsets[j]), int(offsets[j + 1])):
                start, size = int(schedule.run_start[k]), int(schedule.run_length[k])
                taken |= {(j, region[j], t) for t in range(start, start + size)}
        busy, begin, here = (self.handed.columns_of(getattr(self.model, name)) for name in ("busy", "begin", "here"))
        for i, (j, z, t) in enumerate(self.hours.tolist()):
            x[busy[i]] = (j, z, t) in taken
            x[begin[i]] = (j, z, t) in taken and (j, z, t - 1) not in taken
        for i, (j, z) in enumerate(self.model.places):
            x[here[i]] = region[j] == z
        return x


@uncollected
def shifting_model(costs: ShiftingCosts) -> ShiftingModel:
    """Return the integer program of an instance.

    Variables: ``run_from[i]``, jobs without breaks that are alike and run by an option; for jobs with breaks
    ``here[i]``, job in region; ``busy[i]``, job in region and slot; ``begin[i]``, a run begins there. Rows: ``once``
    (2), every job runs; ``done`` (3), in its region for its length; ``begins`` (4) and ``first`` (5), runs have
    beginnings; ``capacity`` (6), where all who may come do not fit together.
    """
    instance = costs.instance
    alike = _alike(costs)
    leaders, jobs = np.unique(alike[~instance.interruptible], return_counts=True)
    hours = _hours(costs)
    others = np.zeros(instance.capacity_gpus.shape, dtype=np.int64)
    np.add.at(others, (hours[:, 1], hours[:, 2]), instance.gpus[hours[:, 0]])
    every = run_options(costs, np.flatnonzero(~instance.interruptible))
    options, most = useful(costs, every, others)
    options = options.kept(alike[options.job] == options.job)

    model = pyo.ConcreteModel(name=instance.name)
    number = np.zeros(instance.jobs, dtype=np.int64)
    number[leaders] = jobs
    upper = number[options.job].tolist()
    model.run_from = pyo.Var(range(len(upper)), within=pyo.NonNegativeIntegers, bounds=lambda _, i: (0, upper[i]))
    model.busy = pyo.Var(range(len(hours)), within=pyo.Binary)
    model.begin = pyo.Var(range(len(hours)), bounds=(0.0, 1.0))
    places = [(int(j), int(z)) for j, z in np.unique(hours[:, :2], axis=0)]
    model.places = places
    model.here = pyo.Var(range(len(places)), within=pyo.Binary)
    run_from, busy, begin, here = (list(block.values()) for block in (
        model.run_from, model.busy, model.begin, model.here))

    resume = instance.resume_g
    energy = instance.power_kw[hours[:, 0]] * costs.slot_g_per_kw[hours[:, 1], hours[:, 2]]
    breaking = np.flatnonzero(instance.interruptible)
    model.objective = pyo.Objective(expr=linear(
        [*options.carbon_g.tolist(), *energy.tolist(), *resume[hours[:, 0]].tolist(),
         *[float(costs.fixed[j, z]) for j, z in places]],
        [*run_from, *busy, *begin, *here], -float(resume[breaking].sum())))

    of_job: dict[int, list[Any]] = {int(j): [] for j in (*leaders, *breaking)}
    for i, j in enumerate(options.job.tolist()):
        of_job[j].append(run_from[i])
    for i, (j, _) in enumerate(places):
        of_job[j].append(here[i])
    model.once = pyo.ConstraintList()
    for j, members in of_job.items():
        whole = float(max(number[j], 1))
        # A job with no option makes a row without columns, which Pyomo refuses; a column fixed at 0 stands for it.
        model.once.add(linear([1.0] * len(members), members) == whole if members else _nowhere(model) == whole)
    _add_runs(model, costs, hours, places)

    row: dict[tuple[int, int], list[tuple[float, Any]]] = {
        (int(z), int(t)): [] for z, t in np.argwhere(most > instance.capacity_gpus)}
    for i, (j, z, s) in enumerate(zip(options.job.tolist(), options.region.tolist(), options.start.tolist(),
                                      strict=True)):
        for t in range(s, s + int(instance.length_slots[j])):
            if (z, t) in row:
                row[z, t].append((float(instance.gpus[j]), run_from[i]))
    for i, (j, z, t) in enumerate(hours.tolist()):
        if (z, t) in row:
            row[z, t].append((float(instance.gpus[j]), busy[i]))
    model.capacity = pyo.ConstraintList()
    for (z, t), terms in row.items():
        if terms:
            model.capacity.add(linear([size for size, _ in terms], [column for _, column in terms])
                               <= float(instance.capacity_gpus[z, t]))
    return ShiftingModel(model, costs, alike, options, hours)


def _nowhere(model: Any) -> Any:
    """Return a column that is 0."""
    if not hasattr(model, "nowhere"):
        model.nowhere = pyo.Var(bounds=(0.0, 0.0))
    return linear([1.0], [model.nowhere])


def _add_runs(model: Any, costs: ShiftingCosts, hours: IntArray, places: list[tuple[int, int]]) -> None:
    """Add the rows of jobs with breaks: done in one region, and runs that have a beginning."""
    instance = costs.instance
    model.done, model.inside = pyo.ConstraintList(), pyo.ConstraintList()
    model.begins, model.first = pyo.ConstraintList(), pyo.ConstraintList()
    index = {place: i for i, place in enumerate(places)}
    members: list[list[int]] = [[] for _ in places]
    at = {(j, z, t): i for i, (j, z, t) in enumerate(hours.tolist())}
    for (j, z, t), i in at.items():
        members[index[j, z]].append(i)
        model.inside.add(linear([1.0, -1.0], [model.busy[i], model.here[index[j, z]]]) <= 0.0)
        before = at.get((j, z, t - 1))
        terms = [model.busy[i], model.begin[i]] + ([] if before is None else [model.busy[before]])
        model.begins.add(linear([1.0, -1.0, -1.0][:len(terms)], terms) <= 0.0)
    for k, (j, _) in enumerate(places):
        size = float(instance.length_slots[j])
        model.done.add(linear([1.0] * len(members[k]) + [-size],
                              [*(model.busy[i] for i in members[k]), model.here[k]]) == 0.0)
        model.first.add(linear([-1.0] * len(members[k]) + [1.0],
                               [*(model.begin[i] for i in members[k]), model.here[k]]) <= 0.0)


def _alike(costs: ShiftingCosts) -> IntArray:
    """Return the first job like each job without breaks; itself for one with breaks, int array [J]."""
    instance = costs.instance
    own = np.where(instance.interruptible, np.arange(instance.jobs), -1)
    table = np.array([instance.release_slot, instance.deadline_slot, instance.length_slots, instance.gpus,
                      instance.power_kw, instance.home, own], dtype=np.float64).T
    _, first, kind = np.unique(table, axis=0, return_index=True, return_inverse=True)
    alike: IntArray = first[kind.ravel()].astype(np.int64)
    return alike


def _hours(costs: ShiftingCosts) -> IntArray:
    """Return job, region and slot wherever a job with breaks may be busy, int array [n, 3]; enough slots or none."""
    instance = costs.instance
    jobs = np.flatnonzero(instance.interruptible)
    regions = len(instance.regions)
    window = (instance.deadline_slot - instance.release_slot)[jobs]
    job = np.repeat(jobs, window * regions)
    within = np.arange(len(job)) - np.repeat(np.cumsum(window * regions) - window * regions, window * regions)
    many = np.repeat(window, window * regions)
    region, slot = within // np.maximum(many, 1), instance.release_slot[job] + within % np.maximum(many, 1)
    fits = instance.capacity_gpus[region, slot] >= instance.gpus[job]
    place = job * regions + region
    enough = np.bincount(place, fits, minlength=instance.jobs * regions) >= np.repeat(instance.length_slots, regions)
    keep = fits & enough[place]
    return np.array([job[keep], region[keep], slot[keep]], dtype=np.int64).T
