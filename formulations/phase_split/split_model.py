"""The split model: whole units of every pool, work in groups routed in parts, safe loads as lines or steps."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.highs import LinearModel, ModelBuilder
from ecoopt.instances.phase_split import PhaseSplitInstance
from ecoopt.instances.phase_split.tables import BOTH, DECODE, PREFILL, SLACK, SplitTables, split_tables
from ecoopt.instances.phase_split.work_groups import Work, grouped, indicator

_LEAST_SHARE = 1e-9


@dataclass(frozen=True, eq=False)
class SplitModel:
    """A linear model of some periods and what its columns mean. N periods, M merged classes, J pools, R regions.

    Parameters
    ----------
    instance : PhaseSplitInstance
        What it was made of.
    tables : SplitTables
        What follows from it.
    periods : int array [N]
        The periods.
    model : LinearModel
        The arrays.
    works : dict of int to Work
        Groups of work of merged classes, by role.
    units : int array [N, J]
        Columns of units; -1 where there can be none.
    steps : dict of tuple to int array
        Columns of single units of (period, pool), where safe load is no line.
    there : int array [N, M, R]
        Columns of the share of a class whose prompts and tokens go to a region; -1 where they cannot.
    both : int array [N, M]
        Columns of the share that goes to pools of both; -1 where it cannot.
    work : dict of int to int array [N, W, J]
        Columns of work done, by role; -1 where it cannot be.
    starts : int array [N, G]
        Columns of machines started; -1 where starts do not count.
    bought : int array [G]
        Columns of machines bought; -1 where that does not count.
    load : int array [N, J, 2]
        Rows of the resources; -1 where there is none.
    start_rows, bought_rows : int array [N, G]
        Rows of starts and of machines bought; -1 where there are none.
    """

    instance: PhaseSplitInstance
    tables: SplitTables
    periods: IntArray
    model: LinearModel
    works: dict[int, Work]
    units: IntArray
    steps: dict[tuple[int, int], IntArray]
    there: IntArray
    both: IntArray
    work: dict[int, IntArray]
    starts: IntArray
    bought: IntArray
    load: IntArray
    start_rows: IntArray
    bought_rows: IntArray

    def counts(self, x: FloatArray) -> IntArray:
        """Return units of a solution, int array [N, J]."""
        return np.rint(at(x, self.units)).astype(np.int64)

    def prices(self, row_dual: FloatArray) -> FloatArray:
        """Return the prices of the resources, float array [N, J, 2], of duals of the rows."""
        return np.maximum(-at(row_dual, self.load), 0.0)

    def shares(self, x: FloatArray) -> FloatArray:
        """Return the shares of a solution, float array [N, K, J]: every class goes where its group goes."""
        classes, pools = self.tables.usable.shape
        found = np.zeros((len(self.periods), classes, pools))
        of = self.tables.merged.group
        for role, work in self.works.items():
            amount = np.maximum(at(x, self.work[role]), 0.0)
            amount = np.where(amount > _LEAST_SHARE, amount, 0.0)
            if role == BOTH:
                total = np.broadcast_to(amount.sum(axis=2, keepdims=True), amount.shape)
                to = np.clip(at(x, self.both), 0.0, 1.0)[:, :, None]
            else:
                total = (amount @ self._in_region)[:, :, self.tables.region]
                to = np.clip(at(x, self.there), 0.0, 1.0)[:, :, self.tables.region]
            # Where a group has no work worth the name, it goes to its first pool.
            usable = np.broadcast_to(self.work[role] >= 0, amount.shape)
            part = np.where(total > 0, amount / np.where(total > 0, total, 1.0), _first(usable, self.tables, role))
            found += (to * part[:, work.group])[:, of]
        return found

    def schedule_arrays(self, x: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return units [N, J] and shares [N, K, J] of a solution, the shares summing to 1."""
        share = self.shares(x)
        share[share < _LEAST_SHARE] = 0.0
        served = share[:, :, self.tables.role != DECODE].sum(axis=2, keepdims=True)
        share /= np.where(served > 0, served, 1.0)
        return self.counts(x), _rejoined(share, self.tables)

    def solution(self, units: IntArray, share: FloatArray) -> FloatArray | None:
        """Return units [N, J] and shares [N, K, J] as a solution, None where the model has no columns for them."""
        if (units > self.tables.most).any():
            return None
        x = np.zeros(self.model.columns)
        put(x, self.units, units)
        for (place, pool), columns in self.steps.items():
            x[columns[:units[place, pool]]] = 1.0
        found = self.tables.merged.spread.T @ (self.instance.rate_per_s[self.periods][:, :, None] * share)
        total = self.amounts
        for role, work in self.works.items():
            done = (work.spread.T @ found) * (self.tables.role == role)
            if (done[self.work[role] < 0] > 0).any():
                return None
            put(x, self.work[role], done)
        part = found / np.where(total > 0, total, 1.0)[:, :, None]
        if BOTH in self.works:
            put(x, self.both, part[:, :, self.tables.role == BOTH].sum(axis=2))
        if PREFILL in self.works:
            there = (part * (self.tables.role == PREFILL)) @ self._in_region
            put(x, self.there, there)
        on = self.tables.on(units)
        rise = np.maximum(np.diff(on, axis=0, prepend=on[:1]), 0.0)
        put(x, self.starts, rise)
        put(x, self.bought, on.max(axis=0))
        return x

    @cached_property
    def amounts(self) -> FloatArray:
        """Work of every merged class, float array [N, M]."""
        return self.instance.rate_per_s[self.periods] @ self.tables.merged.spread

    @property
    def _in_region(self) -> FloatArray:
        return indicator(self.tables.region, len(self.instance.regions))


def at(x: FloatArray, columns: IntArray) -> FloatArray:
    """Return a solution's values in some columns, 0 for those that are -1: not there."""
    return np.append(x, 0.0)[columns]


def put(x: FloatArray, columns: IntArray, values: NDArray[np.float64 | np.int64]) -> None:
    """Write values into columns of a solution, but not into those that are not there."""
    x[columns[columns >= 0]] = values[columns >= 0]


def _first(usable: NDArray[np.bool_], tables: SplitTables, role: int) -> FloatArray:
    """Return 1 for the first usable pool of each group, in each region where regions matter, as `usable`."""
    found = np.zeros(usable.shape)
    regions = [np.arange(usable.shape[2])] if role == BOTH else [
        np.flatnonzero(tables.region == r) for r in range(int(tables.region.max()) + 1)]
    for own in regions:
        sub = usable[:, :, own]
        place = sub.argmax(axis=2)
        np.put_along_axis(sub_found := np.zeros(sub.shape), place[:, :, None], 1.0, axis=2)
        found[:, :, own] = sub_found * sub
    return found


def _rejoined(share: FloatArray, tables: SplitTables) -> FloatArray:
    """Return shares [N, K, J] with those of tokens scaled to those of prompts, region by region."""
    for r in range(int(tables.region.max()) + 1):
        prompts, tokens = (np.flatnonzero((tables.role == role) & (tables.region == r)) for role in (PREFILL, DECODE))
        if not prompts.size:
            continue
        asked = share[:, :, prompts].sum(axis=2, keepdims=True)
        done = share[:, :, tokens].sum(axis=2, keepdims=True)
        share[:, :, tokens] *= np.where(done > 0, asked / np.where(done > 0, done, 1.0), 1.0)
    return share


def split_model(instance: PhaseSplitInstance, periods: IntArray, *, coupled: bool) -> SplitModel:
    """Return the integer program of some periods.

    Columns: ``units`` n, whole; ``steps`` u where safe load is no line; ``there`` y and ``both`` v, shares of classes;
    ``work`` x. Rows: ``served`` (1), the shares of a class sum to 1; ``done`` (2), the work of a group is done, in each
    region where prompts and tokens must meet; ``load`` (3), what is done takes no more than the units have;
    ``counted`` and ``ordered`` (4), units are the sum of their steps, one after another; ``inventory`` (5) and
    ``power`` (6). With `coupled`, ``starts`` (7) and ``bought`` (8) join the periods.
    """
    tables = split_tables(instance)
    merged = tables.merged
    works = {role: grouped(merged.takes, merged.usable, (tables.role == role) & (tables.most > 0))
             for role in (PREFILL, DECODE, BOTH) if (tables.role == role).any()}
    builder = ModelBuilder()
    number, pools = len(periods), len(tables.role)
    amount = instance.rate_per_s[periods] @ merged.spread
    units = np.full((number, pools), -1, dtype=np.int64)
    some = tables.most > 0
    units[:, some] = builder.add_columns("units", (number, int(some.sum())), cost=tables.unit_cost[periods][:, some],
                                         upper=tables.most[some], integer=True)
    asked = (instance.rate_per_s[periods] > 0) @ indicator(merged.group, len(merged.takes)) > 0
    there, both = _shares(builder, instance, tables, merged, works, asked)
    work = {role: _work(builder, tables, each, amount @ each.spread, number) for role, each in works.items()}
    _done(builder, instance, tables, works, amount, there, both, work)
    load, steps = _loads(builder, instance, tables, works, work, units)
    add_limits(builder, instance, tables, units)
    joints = add_joints(builder, instance, tables, units, coupled=coupled)
    return SplitModel(instance, tables, periods, builder.model(), works, units, steps, there, both, work,
                      joints.starts, joints.bought, load, joints.start_rows, joints.bought_rows)


def _shares(
    builder: ModelBuilder, instance: PhaseSplitInstance, tables: SplitTables, merged: Work, works: dict[int, Work],
    asked: NDArray[np.bool_],
) -> tuple[IntArray, IntArray]:
    """Add columns of shares and the rows that say that all requests are served, those of classes that are asked for."""
    (number, classes), regions = asked.shape, len(instance.regions)
    there = np.full((number, classes, regions), -1, dtype=np.int64)
    both = np.full((number, classes), -1, dtype=np.int64)
    if PREFILL in works:
        open_in = np.ones((classes, regions), dtype=bool)
        for role in (PREFILL, DECODE):
            open_in &= (merged.usable & (tables.role == role)) @ indicator(tables.region, regions) > 0
        there[:, open_in] = builder.add_columns("there", (number, int(open_in.sum())), upper=1.0)
    if BOTH in works:
        able = (merged.usable & (tables.role == BOTH)).any(axis=1)
        both[:, able] = builder.add_columns("both", (number, int(able.sum())), upper=1.0)
    served = builder.add_rows("served", (number, classes), lower=asked, upper=1.0)
    for columns in (there, both[:, :, None]):
        place = np.argwhere(columns >= 0)
        builder.add_terms(served[place[:, 0], place[:, 1]], columns[columns >= 0], 1.0)
    return there, both


def _work(builder: ModelBuilder, tables: SplitTables, work: Work, most: FloatArray, number: int) -> IntArray:
    """Add columns of work, at most all of it, [N, W]."""
    columns = np.full((number, *work.usable.shape), -1, dtype=np.int64)
    upper = np.broadcast_to(most[:, :, None], columns.shape)[:, work.usable]
    columns[:, work.usable] = builder.add_columns("work", upper.shape, upper=upper)
    return columns


def _done(
    builder: ModelBuilder, instance: PhaseSplitInstance, tables: SplitTables, works: dict[int, Work],
    amount: FloatArray, there: IntArray, both: IntArray, work: dict[int, IntArray],
) -> None:
    """Add the rows that say that work is done where its requests go."""
    number, regions = len(amount), len(instance.regions)
    for role, each in works.items():
        places = 1 if role == BOTH else regions
        where = np.zeros(len(tables.role), dtype=np.int64) if role == BOTH else tables.region
        shares = both[:, :, None] if role == BOTH else there
        done = builder.add_rows("done", (number, len(each.takes), places), lower=0.0, upper=0.0)
        at = np.argwhere(work[role] >= 0)
        builder.add_terms(done[at[:, 0], at[:, 1], where[at[:, 2]]], work[role][work[role] >= 0], 1.0)
        at = np.argwhere(shares >= 0)
        builder.add_terms(done[at[:, 0], each.group[at[:, 1]], at[:, 2]], shares[shares >= 0],
                          -(amount[:, :, None] * each.factor[:, None])[at[:, 0], at[:, 1], 0])


def _loads(
    builder: ModelBuilder, instance: PhaseSplitInstance, tables: SplitTables, works: dict[int, Work],
    work: dict[int, IntArray], units: IntArray,
) -> tuple[IntArray, dict[tuple[int, int], IntArray]]:
    """Add the rows that limit loads, by lines or by steps; return them, -1 where there is none, and the steps."""
    number, pools = units.shape
    load = np.full((number, pools, 2), -1, dtype=np.int64)
    taken = np.zeros((pools, 2), dtype=bool)
    for each in works.values():
        taken |= (each.takes > 0).any(axis=0)
    taken[:, 1] &= (tables.partners > 0) | np.isfinite(tables.link_gb_per_s)
    load[:, taken] = builder.add_rows("load", (number, int(taken.sum())), upper=0.0)
    for role, each in works.items():
        for s in (0, 1):
            at = np.argwhere((work[role] >= 0) & (each.takes[:, :, s] > 0) & taken[:, s])
            builder.add_terms(load[at[:, 0], at[:, 2], s], work[role][at[:, 0], at[:, 1], at[:, 2]],
                              each.takes[at[:, 1], at[:, 2], s])
    steps: dict[tuple[int, int], IntArray] = {}
    straight = instance.wait is None
    for j in np.flatnonzero(tables.most > 0).tolist():
        has = tables.capacity(np.outer(np.arange(tables.most[j] + 1), np.arange(pools) == j))[:, j]
        each_has = np.diff(np.where(taken[j], has, 0.0), axis=0)
        for s in np.flatnonzero(taken[j]).tolist():
            if straight or (s == 1 and tables.partners[j] == 0):
                builder.add_terms(load[:, j, s], units[:, j], -each_has[0, s])
        if not straight:
            for place in range(number):
                steps[place, j] = add_steps(builder, int(units[place, j]), len(each_has))
                for s in np.flatnonzero(taken[j] & ((tables.partners[j] > 0) | np.array([True, False]))).tolist():
                    builder.add_terms(load[place, j, s], steps[place, j], -each_has[:, s])
    return load, steps


def add_steps(builder: ModelBuilder, units: int, most: int) -> IntArray:
    """Add a binary for each of at most so many units, one after another, and the row that counts them."""
    columns = builder.add_columns("steps", most, upper=1.0, integer=True)
    counted = builder.add_rows("counted", 1, lower=0.0, upper=0.0)
    builder.add_terms(counted, columns, 1.0)
    builder.add_terms(counted, units, -1.0)
    if most > 1:
        ordered = builder.add_rows("ordered", most - 1, upper=0.0)
        builder.add_terms(ordered, columns[1:], 1.0)
        builder.add_terms(ordered, columns[:-1], -1.0)
    return columns


def add_limits(builder: ModelBuilder, instance: PhaseSplitInstance, tables: SplitTables, units: IntArray) -> None:
    """Add the limits of inventory and power that could be passed."""
    some = tables.most > 0
    for where, size, limits in (
            (tables.group, tables.machines, instance.inventory.ravel().astype(np.float64)),
            (tables.region, tables.power_w, instance.power_limit_w)):
        if limits is None:
            continue
        for place, limit in enumerate(limits.tolist()):
            own = np.flatnonzero(some & (where == place))
            if size[own] @ tables.most[own] > limit:
                unit = max(limit, 1.0)
                rows = builder.add_rows("limit", len(units), upper=(limit * (1 + SLACK)) / unit)
                builder.add_terms(rows[:, None], units[:, own], size[own] / unit)


class Joints(NamedTuple):
    """Columns of starts [N, G] and of machines bought [G], and the rows that force them, [N, G]; -1 where not there."""

    starts: IntArray
    bought: IntArray
    start_rows: IntArray
    bought_rows: IntArray


def add_joints(
    builder: ModelBuilder, instance: PhaseSplitInstance, tables: SplitTables, units: IntArray, *, coupled: bool,
) -> Joints:
    """Add starts between hours, and machines bought, where the hours are coupled."""
    shape = len(units), len(tables.fleet_cost)
    joints = Joints(*(np.full(size, -1, dtype=np.int64) for size in (shape, shape[1], shape, shape)))
    some = tables.most > 0
    for g in np.unique(tables.group[some]).tolist() if coupled else []:
        own = np.flatnonzero(some & (tables.group == g))
        most = float(tables.machines[own] @ tables.most[own])
        later = np.flatnonzero(np.arange(len(units)) % instance.hours > 0)
        if tables.start_cost[:, g].any():
            columns = builder.add_columns("starts", len(later), cost=tables.start_cost[later, g], upper=most)
            rows = builder.add_rows("starts", len(later), upper=0.0)
            builder.add_terms(rows, columns, -1.0)
            builder.add_terms(rows[:, None], units[later][:, own], tables.machines[own])
            builder.add_terms(rows[:, None], units[later - 1][:, own], -tables.machines[own])
            joints.starts[later, g], joints.start_rows[later, g] = columns, rows
        if tables.fleet_cost[g] > 0:
            column = builder.add_columns("bought", 1, cost=tables.fleet_cost[g], upper=most)
            rows = builder.add_rows("bought", len(units), upper=0.0)
            builder.add_terms(rows[:, None], units[:, own], tables.machines[own])
            builder.add_terms(rows, column, -1.0)
            joints.bought[g], joints.bought_rows[:, g] = column[0], rows
    return joints
