"""The multi-mode program: each job takes one option of cap and start, and slots have GPUs and power for all."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.formulations.expressions import go_on, linear, uncollected
from ecoopt.formulations.highs import LinearModel, hand_over
from ecoopt.instances.power_cap_jobs import PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.options import Options


@dataclass(frozen=True, eq=False)
class Program:
    """A model handed over, and what its columns mean. N options are in it.

    Parameters
    ----------
    options : Options
        All there are.
    linear : LinearModel
        The arrays.
    kept : int array [N]
        Number of each column's option, in order; the column of the peak, where it has a price, comes last.
    job_row : int array [J]
        Row that gives each job its option.
    gpu_row, power_row : int array [T]
        Rows of GPUs and of power of each slot, -1 where none can be violated.
    """

    options: Options
    linear: LinearModel
    kept: IntArray
    job_row: IntArray
    gpu_row: IntArray
    power_row: IntArray

    def schedule(self, x: FloatArray) -> PowerCapJobsSchedule:
        """Return the schedule of a solution."""
        taken = self.kept[x[:len(self.kept)] > 0.5]
        return PowerCapJobsSchedule(start_slot=self.options.start[taken], cap=self.options.cap[taken])

    def solution(self, schedule: PowerCapJobsSchedule) -> FloatArray | None:
        """Return the solution of a schedule, None where the program lacks one of its options."""
        taken = self.options.index(schedule.start_slot, schedule.cap)
        at = np.searchsorted(self.kept, taken)
        if (at == len(self.kept)).any() or (self.kept[at] != taken).any():
            return None
        x = np.zeros(self.linear.columns)
        x[at] = 1.0
        if self.linear.columns > len(self.kept):
            x[-1] = float(self.options.drawn_w(schedule.start_slot, schedule.cap).max()) / 1000
        return x


@uncollected
def program_of(options: Options, kept: NDArray[np.bool_], run: Run | None = None) -> Program:
    """Return the program over some of the options. Equation numbers are those of the family's page.

    Variables: ``x[i]`` binary, option i taken; ``peak`` in kW beyond idle GPUs where it has a price. Rows: ``once``
    (2); ``gpus`` (3) and ``power`` (4) in slots where they can be violated, in shares of the limit; ``highest`` (5).

    Parameters
    ----------
    kept : bool array [M]
        Which of the options.
    run : Run, optional
        Asked now and then whether to go on.

    Raises
    ------
    StoppedError
        When the run must stop before the program is done.
    """
    number = np.flatnonzero(kept)
    job, cap, start = options.job[number], options.cap[number], options.start[number]
    held, watts = options.slots[job, cap], options.power_w[job, cap]
    row = np.repeat(np.arange(len(number)), held)
    slot = np.repeat(start, held) + np.arange(len(row)) - np.repeat(np.cumsum(held) - held, held)
    order = np.argsort(slot, kind="stable")
    inside, edges = row[order], np.searchsorted(slot[order], np.arange(options.horizon + 1)).tolist()
    priced = options.peak_g_per_w > 0

    go_on(run)
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(len(number)), within=pyo.Binary)
    x, costs = list(model.x.values()), options.cost_g[number].tolist()
    if priced:
        model.peak = pyo.Var(within=pyo.NonNegativeReals)
        costs.append(1000 * options.peak_g_per_w)
    constant = options.base_g + options.peak_g_per_w * options.base_w
    model.objective = pyo.Objective(expr=linear(costs, [*x, model.peak] if priced else x, constant))
    go_on(run)
    first = np.searchsorted(job, np.arange(options.jobs + 1)).tolist()
    model.once = pyo.Constraint(range(options.jobs), rule=lambda _, j: linear(
        [1.0] * (first[j + 1] - first[j]), x[first[j]:first[j + 1]]) == 1)

    most_gpus, most_w = np.zeros(options.horizon), np.zeros(options.horizon)
    for amount, most in ((options.gpus[job], most_gpus), (watts, most_w)):
        most += _most_per_slot(job[inside], slot[order], amount[inside], options)
    gpu_slots = np.flatnonzero(most_gpus > options.free_gpus).tolist()
    power_slots = np.flatnonzero(most_w > options.free_w).tolist()
    taken = options.gpus[job].astype(float)

    def within(t: int, amounts: FloatArray, limit: float) -> Any:
        go_on(run)
        some = inside[edges[t]:edges[t + 1]].tolist()
        return linear((amounts[some] / limit).tolist(), [x[i] for i in some]) <= 1.0

    model.gpus, model.power = pyo.Constraint(gpu_slots), pyo.Constraint(power_slots)
    for t in gpu_slots:
        model.gpus.add(t, within(t, taken, float(options.free_gpus)))
    for t in power_slots:
        model.power.add(t, within(t, watts, max(float(options.free_w[t]), 1e-9)))
    if priced:
        used = np.flatnonzero(most_w > 0).tolist()
        model.highest = pyo.Constraint(used, rule=lambda _, t: linear(
            [*(watts[inside[edges[t]:edges[t + 1]]] / 1000).tolist(), -1.0],
            [*(x[i] for i in inside[edges[t]:edges[t + 1]].tolist()), model.peak]) <= 0.0)
    go_on(run)
    handed = hand_over(model)
    gpu_row, power_row = (np.full(options.horizon, -1, dtype=np.int64) for _ in range(2))
    gpu_row[gpu_slots] = options.jobs + np.arange(len(gpu_slots))
    power_row[power_slots] = options.jobs + len(gpu_slots) + np.arange(len(power_slots))
    return Program(options, handed.model, number, np.arange(options.jobs), gpu_row, power_row)


def _most_per_slot(job: IntArray, slot: IntArray, amount: FloatArray | IntArray, options: Options) -> FloatArray:
    """Return the sum over jobs of the most that each can take in every slot, float array [T]."""
    most = np.zeros((options.jobs, options.horizon))
    np.maximum.at(most, (job, slot), amount)
    return np.asarray(most.sum(axis=0), dtype=np.float64)
