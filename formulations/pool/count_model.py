"""The integer program on counts: machines, starts, and what each period and model takes, by rows of the frontier."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.status import Sense
from ecoopt.formulations.highs import LinearModel, ModelBuilder
from ecoopt.formulations.pool.frontier import Frontier
from ecoopt.instances.pool.terms import Terms


@dataclass(frozen=True, eq=False)
class CountModel:
    """The program and where its columns are. T periods, M models, K types.

    Parameters
    ----------
    linear : LinearModel
        The program, in the family's sense.
    count : int array [T, M, K]
        Columns of machines.
    start : int array [T, M, K]
        Columns of starts.
    amount : int array [T, M]
        Columns of watts, or of queries lost; -1 where there is nothing to count.
    step : int array [T, M, K, N]
        Columns "at least n+1 machines", for types whose load is no multiple of their number; -1 elsewhere. Empty where
        there is no such type, or the program is a relaxation.
    """

    linear: LinearModel
    count: IntArray
    start: IntArray
    amount: IntArray
    step: IntArray

    def point(self, terms: Terms, count: IntArray) -> FloatArray:
        """Return the solution that machines [T, M, K] with their best routing are, float array of columns."""
        x = np.zeros(self.linear.columns)
        x[self.count] = count
        if self.start.size:
            x[self.start] = terms.starts(count)
        for t, m in np.argwhere(self.amount >= 0):
            found = terms.routed(t, m, count[t, m])
            lost = max(float(terms.demand[t, m]) - found.rate_per_s, 0.0)
            x[self.amount[t, m]] = found.extra_w if terms.energy else lost
        if self.step.size:
            at = self.step >= 0
            x[self.step[at]] = (count[:, :, :, None] > np.arange(self.step.shape[3]))[at]
        return x

    def counts(self, x: FloatArray) -> IntArray:
        """Return the machines of a solution, int array [T, M, K]."""
        return np.rint(x[self.count]).astype(np.int64)

    def capacity(self, terms: Terms, x: FloatArray) -> FloatArray:
        """Return the machines' time of a point, whole or not, float array [T, M, K]."""
        given = x[self.count] * _slope(terms)
        if self.step.size:
            stepped = (self.step >= 0).any(axis=3)
            gain = np.diff(terms.instance.load, axis=2)[None]
            given = np.where(stepped, (np.where(self.step >= 0, x[self.step], 0.0) * gain).sum(axis=3), given)
        return given


def count_model(terms: Terms, frontiers: list[Frontier], *, relaxed: bool = False) -> CountModel:
    """Return the program with the rows known so far.

    T M K whole columns, as many of starts, and for each period and model the rows of its model's frontier.

    Parameters
    ----------
    terms : Terms
        The pool.
    frontiers : list of Frontier [M]
        Rows of each model.
    relaxed : bool
        Whether loads that are no multiple of the number of machines are taken for the least multiple above them, so
        that the program is small and only its bound counts.
    """
    instance = terms.instance
    periods, models, kinds = len(terms.demand), len(frontiers), len(instance.types)
    shape = periods, models, kinds
    most = np.broadcast_to(instance.max_count, shape)
    builder = ModelBuilder(Sense.MAX, -terms.constant)
    count = builder.add_columns("machines", shape, cost=-np.broadcast_to(terms.running[:, None], shape), upper=most,
                                integer=True)
    startable = bool(terms.starting.any()) or (instance.budget_per_h is not None and instance.start_h > 0)
    start = np.empty((0, models, kinds), dtype=np.int64)
    if startable:
        start = builder.add_columns("starts", shape, cost=-np.broadcast_to(terms.starting[:, None], shape))
        rows = builder.add_rows("start", shape, lower=np.concatenate(
            [-terms.before[None], np.zeros((periods - 1, models, kinds))]))
        builder.add_terms(rows, start, 1.0)
        builder.add_terms(rows, count, -1.0)
        builder.add_terms(rows[1:], count[:-1], 1.0)
    amount = np.full((periods, models), -1)
    if terms.energy:
        amount = builder.add_columns("watts", (periods, models), cost=-np.broadcast_to(
            terms.per_watt[:, None], (periods, models)))
    elif not terms.must_serve:
        amount = builder.add_columns("lost", (periods, models), cost=-terms.per_lost, upper=terms.demand)
    if models > 1:
        together = builder.add_rows("there", (periods, kinds), upper=instance.max_count)
        builder.add_terms(together[:, None], count, 1.0)
    if instance.budget_per_h is not None:
        spent = builder.add_rows("budget", periods, upper=instance.budget_per_h)
        builder.add_terms(spent[:, None, None], count, terms.budget_running[:, None])
        if startable:
            builder.add_terms(spent[:, None, None], start, terms.budget_starting[:, None])
    step = np.empty((0, 0, 0, 0), dtype=np.int64) if relaxed else _add_steps(builder, terms, count)
    for m, frontier in enumerate(frontiers):
        _add_frontier(builder, terms, frontier, m, count, amount, step)
    return CountModel(builder.model(), count, start, amount, step)


def _slope(terms: Terms) -> FloatArray:
    """Return the most machines' time per machine that any number of them gives, float array [M, K]."""
    load = terms.instance.load
    numbers = np.arange(1, load.shape[2])
    within = numbers <= terms.instance.max_count[:, None]
    slope: FloatArray = np.max(load[:, :, 1:] / numbers, axis=2, where=within, initial=0.0)
    return slope


def _add_steps(builder: ModelBuilder, terms: Terms, count: IntArray) -> IntArray:
    """Add columns that count machines one by one where their load is no multiple of their number."""
    load, periods = terms.instance.load, len(count)
    most = terms.instance.max_count
    numbers = np.arange(load.shape[2])
    off = np.abs(load - _slope(terms)[:, :, None] * numbers) > 1e-12 * numbers
    even = np.logical_not(np.any(off & (numbers <= most[:, None]), axis=2))
    if even.all():
        return np.empty((0, 0, 0, 0), dtype=np.int64)
    wanted = ~even[:, :, None] & (numbers[:-1] < most[:, None])
    where = np.argwhere(np.broadcast_to(wanted, (periods, *wanted.shape)))
    step = np.full((periods, *wanted.shape), -1)
    columns = builder.add_columns("step", len(where), upper=1.0, integer=True)
    step[tuple(where.T)] = columns
    counted = np.argwhere(np.broadcast_to(~even, count.shape))
    rows = builder.add_rows("stepped", len(counted), lower=0.0, upper=0.0)
    row_of = np.full(count.shape, -1)
    row_of[tuple(counted.T)] = rows
    builder.add_terms(rows, count[tuple(counted.T)], 1.0)
    builder.add_terms(row_of[tuple(where[:, :3].T)], columns, -1.0)
    later = where[:, 3] > 0
    ordered = builder.add_rows("ordered", int(later.sum()), upper=0.0)
    builder.add_terms(ordered, columns[later], 1.0)
    builder.add_terms(ordered, columns[np.flatnonzero(later) - 1], -1.0)
    return step


def _add_frontier(
    builder: ModelBuilder, terms: Terms, frontier: Frontier, m: int, count: IntArray, amount: IntArray, step: IntArray,
) -> None:
    """Add the rows of a model's frontier for every period."""
    demand = terms.demand[:, m]
    periods = np.flatnonzero(demand > 0)
    if not periods.size:
        return
    for name, coefficients, least in (
            ("rate", frontier.rate_rows, np.ones(len(frontier.rate_rows))),
            ("power", [row for row, _ in frontier.power_rows], np.array([cost for _, cost in frontier.power_rows]))):
        if not coefficients:
            continue
        matrix = np.array(coefficients)
        # Rows are divided by the demand, so that both sides are about 1.
        rows = builder.add_rows(name, (len(periods), len(matrix)), lower=np.broadcast_to(
            least / least, (len(periods), len(matrix))))
        scale = demand[periods][:, None] * least
        if amount[0, m] >= 0 and (name == "power" or not terms.must_serve):
            builder.add_terms(rows, amount[periods, m][:, None], 1 / scale)
        scaled = matrix[None] / scale[:, :, None]
        slope, stepped = _slope(terms)[m], np.zeros(count.shape[2], dtype=bool)
        if step.size:
            stepped = (step[0, m] >= 0).any(axis=1)
        flat = np.flatnonzero(~stepped)
        builder.add_terms(rows[:, :, None], count[periods, m][:, None, flat], scaled[:, :, flat] * slope[flat])
        for k in np.flatnonzero(stepped):
            number = np.flatnonzero(step[0, m, k] >= 0)
            gain = np.diff(terms.instance.load[m, k])[number]
            builder.add_terms(rows[:, :, None], step[periods, m, k][:, None, number], scaled[:, :, k, None] * gain)
