"""The persistent model: containers that live past a call, as a flow on the idle containers of each function."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.keepalive.occupancy import MemoryRows, Waits, memory_rows
from ecoopt.formulations.keepalive.persistent_cells import PersistentCells, persistent_cells
from ecoopt.formulations.keepalive.persistent_start import useful_waits
from ecoopt.instances.keepalive import KeepAliveInstance, KeepAliveSchedule

LONG_MIN = 4


@dataclass(frozen=True)
class PersistentModel:
    """A Pyomo model and what its columns mean.

    Parameters
    ----------
    model : pyomo ConcreteModel
        Its variables are ``wait``, ``long_gb``, ``warm`` and ``moved`` (or, without relocation, ``cold``).
    cells : PersistentCells
        Cells, costs and bounds behind it; L linked cells, C cells, G generations.
    waits : Waits
        What ``wait[l, s]`` occupies, in order of (l, s).
    memory : MemoryRows
        The memory rows in terms of ``wait``.
    """

    model: Any
    cells: PersistentCells
    waits: Waits
    memory: MemoryRows

    def column_minutes(self) -> tuple[IntArray, IntArray]:
        """Return first minute and end minute of every column."""
        cells, generations = self.cells, self.cells.keep_cost.shape[1]
        begin, end = self.memory.column_minutes(self.waits)
        calls = (cells.start_min + cells.step_min)[~cells.serves_all]
        last = cells.start_min[cells.moves] if cells.relocation else cells.minutes
        begin = np.concatenate([begin, np.repeat(calls, generations), np.repeat(last, generations)])
        return begin, np.concatenate([end, begin[len(end):] + 1])

    def schedule(self, x: FloatArray) -> KeepAliveSchedule:
        """Return the schedule of a solution of the model."""
        cells, wait, warm, cold = self.cells, *self._blocks(x)
        generations = wait.shape[1]
        planned = np.zeros((cells.cells, generations), dtype=np.int64)
        planned[cells.linked + 1] = np.where(cells.serves_all[:, None], np.minimum(wait, cells.serving), warm)
        runs = planned.copy()
        if cells.relocation:
            runs[np.arange(cells.cells), cells.cheapest] += cells.counts - runs.sum(axis=1)
        else:
            runs += cold
        waiting = np.zeros_like(runs)
        waiting[cells.linked + 1] = wait
        fresh = np.where(waiting > planned, runs - planned, 0)
        row, generation = np.nonzero(wait)
        cell = cells.linked[row]
        return KeepAliveSchedule(
            runs=runs, fresh=fresh if fresh.any() else None, keep_cell=cell, keep_generation=generation,
            keep_containers=wait[row, generation], keep_min=cells.step_min[row])

    def solution(self, schedule: KeepAliveSchedule) -> FloatArray:
        """Return a complete solution of the model that is no worse than a feasible schedule."""
        cells = self.cells
        generations = schedule.runs.shape[1]
        wait = np.zeros((cells.cells, generations), dtype=np.int64)
        np.add.at(wait, (schedule.keep_cell, schedule.keep_generation), np.where(
            schedule.keep_min >= cells.step_of_cell[schedule.keep_cell], schedule.keep_containers, 0))
        wait = wait[cells.linked]
        warm = np.minimum(schedule.willing[cells.linked + 1], wait)
        wait, warm = useful_waits(cells, wait, warm, schedule.runs)
        levels = self.memory.long_levels(wait.ravel().astype(float))
        parts = [wait.ravel(), levels, warm[~cells.serves_all].ravel()]
        if cells.relocation:
            left = np.zeros((cells.cells, generations), dtype=np.int64)
            left[cells.linked + 1] = wait - warm
            here = cells.linked[cells.moves]
            parts.append(np.maximum(wait[cells.moves] - left[here], 0).ravel())
        else:
            served = np.zeros((cells.cells, generations), dtype=np.int64)
            served[cells.linked + 1] = warm
            parts.append((schedule.runs - served).ravel())
        return np.concatenate(parts).astype(float)

    def _blocks(self, x: FloatArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return wait [L, G], warm [L, G] and, without relocation, cold [C, G] (else an empty array)."""
        cells, whole = self.cells, np.rint(x).astype(np.int64)
        generations = cells.keep_cost.shape[1]
        size = len(cells.linked) * generations
        wait = whole[:size].reshape(-1, generations)
        begin = size + self.memory.levels
        free = ~cells.serves_all
        warm = np.zeros_like(wait)
        warm[free] = whole[begin: begin + int(free.sum()) * generations].reshape(-1, generations)
        cold = whole[begin + int(free.sum()) * generations:].reshape(-1, generations)
        return wait, warm, cold


@uncollected
def persistent_model(instance: KeepAliveInstance) -> PersistentModel:
    """Return the integer program on idle containers.

    Variables: ``wait[l, s]``, containers that wait on generation s from linked cell l to the function's next call;
    ``warm[l, s]``, those of them that serve it, left out where all of them do; ``moved[l, s]``, executed containers
    kept on s, only where containers may be left over (with relocation); ``cold[c, s]``, cold starts (without).
    """
    cells = persistent_cells(instance)
    generations = len(instance.generations)
    most = np.where(cells.keep_pays, cells.most[:, None], 0)
    linked = cells.linked
    waits = Waits(
        np.repeat(cells.start_min, generations), np.repeat(cells.start_min + cells.step_min, generations),
        np.tile(np.arange(generations), len(linked)), np.repeat(cells.profile, generations),
        np.repeat(instance.profiles.memory_gb[cells.profile], generations), most.ravel())
    memory = memory_rows(waits, instance.pool_memory_gb, instance.invocations.horizon_min, LONG_MIN)

    model = pyo.ConcreteModel(name=instance.name)
    bound = waits.most.tolist()
    model.wait = pyo.Var(range(len(bound)), within=pyo.NonNegativeIntegers, bounds=lambda _, v: (0, bound[v]))
    model.long_gb = pyo.Var(range(memory.levels), within=pyo.NonNegativeReals)
    free = np.flatnonzero(~cells.serves_all)
    serving = np.repeat(cells.serving[free, 0], generations).tolist()
    model.warm = pyo.Var(range(len(serving)), within=pyo.NonNegativeIntegers, bounds=lambda _, v: (0, serving[v]))
    wait, level, warm = _grid(model.wait, generations), list(model.long_gb.values()), _grid(model.warm, generations)
    warm_at = dict(zip(free.tolist(), warm, strict=True))
    cost = (cells.keep_cost + np.where(cells.serves_all[:, None], cells.warm_cost, 0.0)).ravel().tolist()
    terms = [*cost, *cells.warm_cost[free].ravel().tolist()], [*_flat(wait), *_flat(warm)]
    if cells.relocation:
        _relocating_rows(model, cells, wait, warm_at)
    else:
        terms = _tied_rows(model, cells, wait, warm_at, terms)
    model.objective = pyo.Objective(expr=linear(*terms, cells.constant))
    flat = _flat(wait)
    rows, sums = memory.direct, memory.running
    model.memory = pyo.Constraint(range(rows.rows), rule=lambda _, r: (
        linear(*rows.terms(r, flat, level)) <= rows.right[r]))
    model.long = pyo.Constraint(range(sums.rows), rule=lambda _, r: linear(*sums.terms(r, flat, level)) == 0.0)
    return PersistentModel(model, cells, waits, memory)


def _relocating_rows(model: Any, cells: PersistentCells, wait: list[list[Any]], warm: dict[int, list[Any]]) -> None:
    """Add the rows of containers that may change generation when they execute."""
    generations = cells.keep_cost.shape[1]
    ones = [1.0] * generations
    moves = np.flatnonzero(cells.moves).tolist()
    limit = np.repeat(cells.available[cells.moves], generations).tolist()
    model.moved = pyo.Var(
        range(len(limit)), within=pyo.NonNegativeIntegers, bounds=lambda _, v: (0, limit[v]))
    moved = dict(zip(moves, _grid(model.moved, generations), strict=True))
    useful = cells.most.tolist()
    model.useful = pyo.Constraint(range(len(wait)), rule=lambda _, i: linear(ones, wait[i]) <= useful[i])
    available = cells.available.tolist()
    model.executed = pyo.Constraint(moves, rule=lambda _, i: linear(ones, moved[i]) <= available[i])
    before = cells.link_before.tolist()
    model.left = pyo.Constraint(moves, range(generations), rule=lambda _, i, s: linear(
        [1.0, -1.0, -1.0, 1.0], [wait[i][s], moved[i][s], wait[before[i]][s], warm[before[i]][s]]) <= 0.0)
    _serving_rows(model, cells, wait, warm)


def _tied_rows(
    model: Any, cells: PersistentCells, wait: list[list[Any]], warm: dict[int, list[Any]],
    terms: tuple[list[float], list[Any]],
) -> tuple[list[float], list[Any]]:
    """Add the rows of containers that stay where they started; return the objective's terms with the cold starts."""
    generations = cells.keep_cost.shape[1]
    counts, before = cells.counts.tolist(), cells.link_into.tolist()
    model.cold = pyo.Var(range(cells.cells * generations), within=pyo.NonNegativeIntegers,
                         bounds=lambda _, v: (0, counts[v // generations]))
    cold = _grid(model.cold, generations)
    ones = [1.0] * generations
    model.served = pyo.Constraint(range(cells.cells), rule=lambda _, c: (
        linear(ones, cold[c]) if before[c] < 0 else linear(ones + ones, cold[c] + warm[before[c]])) == counts[c])
    linked = cells.linked.tolist()

    def stay(_: Any, i: int, s: int) -> Any:
        came = [wait[before[linked[i]]][s]] if before[linked[i]] >= 0 else []
        return linear([1.0, -1.0] + [-1.0] * len(came), [wait[i][s], cold[linked[i]][s], *came]) <= 0.0

    model.stay = pyo.Constraint(range(len(wait)), range(generations), rule=stay)
    _serving_rows(model, cells, wait, warm)
    return terms[0] + cells.cold_cost.ravel().tolist(), terms[1] + _flat(cold)


def _serving_rows(model: Any, cells: PersistentCells, wait: list[list[Any]], warm: dict[int, list[Any]]) -> None:
    """Add: only waiting containers serve, and no more of them than there are calls."""
    generations = cells.keep_cost.shape[1]
    rows, ones = list(warm), [1.0] * generations
    model.waited = pyo.Constraint(
        rows, range(generations), rule=lambda _, i, s: linear([1.0, -1.0], [warm[i][s], wait[i][s]]) <= 0.0)
    if cells.relocation:
        calls = cells.serving[:, 0].tolist()
        model.calls = pyo.Constraint(rows, rule=lambda _, i: linear(ones, warm[i]) <= calls[i])


def _grid(variable: Any, generations: int) -> list[list[Any]]:
    """Return an indexed variable as rows of one entry per generation."""
    entries = list(variable.values())
    return [entries[k: k + generations] for k in range(0, len(entries), generations)]


def _flat(rows: list[list[Any]]) -> list[Any]:
    return [entry for row in rows for entry in row]
