"""The projected model: whole units alone, routing taken out and put back as rows of prices where it is missed."""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.highs import LinearModel, ModelBuilder
from ecoopt.formulations.phase_split.split_model import add_joints, add_limits, add_steps, at, put
from ecoopt.instances.phase_split import PhaseSplitInstance
from ecoopt.instances.phase_split.routing import SERVED, Routed, least_work, route_within
from ecoopt.instances.phase_split.tables import SplitTables, split_tables

_SMALL = 1e-8
_NEXT_TO_NOTHING = 1e-7


class _Columns(NamedTuple):
    """Columns of the model: units [N, J], starts [N, G], bought [G], and steps by period and pool."""

    units: IntArray
    starts: IntArray
    bought: IntArray
    steps: dict[tuple[int, int], IntArray]


class Projection:
    """The integer program of some periods in units alone. N periods, J pools.

    Its rows are inventory, power, starts, machines bought, and ``prices``: at prices of the resources, what units have
    is at least what the cheapest routing takes. Units that cannot do the work break such a row, others break none; so
    rows are made when they are broken.

    Parameters
    ----------
    instance : PhaseSplitInstance
        What is asked.
    periods : int array [N]
        The periods.
    coupled : bool
        Whether starts and machines bought join them.
    """

    def __init__(self, instance: PhaseSplitInstance, periods: IntArray, *, coupled: bool) -> None:
        self.instance, self.periods, self.coupled = instance, periods, coupled
        self.tables: SplitTables = split_tables(instance)
        self.cuts: list[tuple[int, FloatArray, float]] = []

    def learn(self, place: int, prices: FloatArray) -> bool:
        """Add the row of prices, float array [J, 2], to a period; return whether it says anything."""
        some = self.tables.most > 0
        prices = np.where(some[:, None] & (prices > 0), prices, 0.0)
        least = least_work(self.tables, self.instance.rate_per_s[self.periods[place]], prices, some)
        if not (np.isfinite(least) and least > 0):
            return False
        self.cuts.append((place, prices / least, 1 - SERVED))
        return True

    def routed(self, place: int, capacity: FloatArray) -> Routed:
        """Return the routing of a period within capacities [J, 2], all pools priced."""
        open_pools = (self.tables.most > 0)[:, None]
        capacity = np.where(open_pools, np.maximum(capacity, _NEXT_TO_NOTHING), 0.0)
        return route_within(self.tables, self.instance.rate_per_s[self.periods[place]], capacity)

    def model(self, cost: FloatArray | None = None) -> tuple[LinearModel, _Columns]:
        """Return the arrays, and which column is what; for units that count `cost`, [N, J], where that is given."""
        builder, tables = ModelBuilder(), self.tables
        number, pools = len(self.periods), len(tables.role)
        some = tables.most > 0
        units = np.full((number, pools), -1, dtype=np.int64)
        counts = tables.unit_cost[self.periods] if cost is None else cost
        units[:, some] = builder.add_columns(
            "units", (number, int(some.sum())), cost=counts[:, some], upper=tables.most[some],
            integer=True)
        steps = {}
        if self.instance.wait is not None:
            steps = {(place, j): add_steps(builder, int(units[place, j]), int(tables.most[j]))
                     for place in range(number) for j in np.flatnonzero(some).tolist()}
        add_limits(builder, self.instance, tables, units)
        joints = add_joints(builder, self.instance, tables, units, coupled=self.coupled)
        for cut in self.cuts:
            self._row(builder, units, steps, *cut)
        return builder.model(), _Columns(units, joints.starts, joints.bought, steps)

    def _row(
        self, builder: ModelBuilder, units: IntArray, steps: dict[tuple[int, int], IntArray], place: int,
        prices: FloatArray, least: float,
    ) -> None:
        """Add a row of prices; coefficients are capped at the right side, the smallest moved there."""
        columns, worths, mosts = [], [], []
        for j in np.flatnonzero(prices.any(axis=1)).tolist():
            each = self._each[j] @ prices[j]
            line = (place, j) not in steps
            columns.append(units[place, j:j + 1] if line else steps[place, j])
            worths.append(each[:1] if line else each)
            mosts.append(np.full(1, float(self.tables.most[j])) if line else np.ones(len(each)))
        column, worth, most = np.concatenate(columns), np.concatenate(worths), np.concatenate(mosts)
        small = worth < _SMALL
        least -= float(worth[small] @ most[small])
        row = builder.add_rows("prices", 1, lower=least)
        builder.add_terms(row, column[~small], np.minimum(worth[~small], least))

    @cached_property
    def _each(self) -> list[FloatArray]:
        """What each unit of a pool adds to its resources, float array [most, 2] by pool; nothing where not limited."""
        found = []
        for j, most in enumerate(self.tables.most.tolist()):
            has = self.tables.capacity(np.outer(np.arange(most + 1), np.arange(len(self.tables.role)) == j))[:, j]
            found.append(np.diff(np.where(np.isfinite(has).all(axis=0), has, 0.0), axis=0))
        return found

    def counts(self, columns: _Columns, x: FloatArray) -> IntArray:
        """Return units of a solution, int array [N, J]."""
        return np.rint(at(x, columns.units)).astype(np.int64)

    def capacity(self, columns: _Columns, x: FloatArray) -> FloatArray:
        """Return what units of a solution, whole or not, have of each resource, float array [N, J, 2]."""
        units = at(x, columns.units)
        found = np.zeros((*units.shape, 2))
        for j in np.flatnonzero(self.tables.most > 0).tolist():
            each = self._each[j]
            for place in range(len(units)):
                if (place, j) in columns.steps:
                    found[place, j] = x[columns.steps[place, j]] @ each
                else:
                    found[place, j] = units[place, j] * each[0]
        free = ~np.isfinite(self.tables.capacity(self.tables.most)) & (self.tables.most > 0)[:, None]
        return np.where(free, np.inf, found)

    def solution(self, model: LinearModel, columns: _Columns, units: IntArray) -> FloatArray | None:
        """Return units [N, J] as a solution, None where the model has no columns for them."""
        if (units > self.tables.most).any():
            return None
        x = np.zeros(model.columns)
        put(x, columns.units, units)
        for (place, j), own in columns.steps.items():
            x[own[:units[place, j]]] = 1.0
        on = self.tables.on(units)
        put(x, columns.starts, np.maximum(np.diff(on, axis=0, prepend=on[:1]), 0.0))
        put(x, columns.bought, on.max(axis=0))
        return x
