"""The fleet model: purchases and retirements to date by generation, site and period, whole, and the work between them.

Counts to date make the rows of stocks a difference each, so that for fixed work the program is a dual network.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.highs import LinearModel, hand_over
from ecoopt.instances.refresh import RefreshSchedule
from ecoopt.instances.refresh.tables import Tables


@dataclass(frozen=True, eq=False)
class FleetModel:
    """A model handed over, and what its columns and rows mean.

    Parameters
    ----------
    tables : Tables
        What it was built from.
    linear : LinearModel
        The arrays.
    bought, retired : int array [G, S, T]
        Columns of counts to date; `retired` is empty where GPUs are retired at their life's end alone.
    work : int array [N]
        Columns of work.
    place : tuple of int arrays [N]
        Period, generation, site and workload of each.
    serve, bear, site, money, carbon : int array [W, T], [G, S, T], [S, T], [T], [T]
        Rows; -1 where there is none.
    """

    tables: Tables
    linear: LinearModel
    bought: IntArray
    retired: IntArray
    work: IntArray
    place: tuple[IntArray, ...]
    serve: IntArray
    bear: IntArray
    site: IntArray
    money: IntArray
    carbon: IntArray

    def counts(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return purchases and retirements to date of a solution, float arrays [G, S, T]."""
        bought = x[self.bought]
        return bought, x[self.retired] if self.retired.size else self.tables.ended(bought)

    def schedule(self, x: FloatArray) -> RefreshSchedule:
        """Return the schedule of a solution."""
        bought, retired = (np.rint(counts).astype(np.int64) for counts in self.counts(x))
        t, g, s, w = self.place
        work = np.zeros(self.tables.instance.work_shape)
        work[g, s, w, t] = np.maximum(x[self.work], 0.0)
        served, demand = work.sum(axis=(0, 1)), self.tables.demand
        work *= np.divide(demand, served, out=np.ones_like(served), where=served > 0)
        return RefreshSchedule(purchases=np.diff(bought, axis=2, prepend=0),
                               retirements=np.diff(retired, axis=2, prepend=0), work=work)

    def solution(self, schedule: RefreshSchedule) -> FloatArray:
        """Return the solution of a schedule; without columns of retirements, GPUs are kept till their life ends."""
        x = np.zeros(self.linear.columns)
        x[self.bought] = np.cumsum(schedule.purchases, axis=2)
        if self.retired.size:
            x[self.retired] = np.cumsum(schedule.retirements, axis=2)
        t, g, s, w = self.place
        x[self.work] = schedule.work[g, s, w, t]
        return x


@uncollected
def fleet_model(tables: Tables) -> FleetModel:
    """Return the program of an instance. Equation numbers are those of the family's page.

    Variables, by generation, site and period: ``bought`` and ``retired`` to date, whole, and ``work`` of each workload
    where it may be served. Rows: ``grow`` (1), ``retire`` (2), ``life`` (3), ``bear`` (4), ``serve`` (5), ``site`` (6),
    ``money`` (7), ``carbon`` (8). Where keeping a GPU costs nothing and a second life earns nothing, there is no
    ``retired``: every GPU stays until its life ends.
    """
    generations, sites, periods = tables.gone.shape
    keys = (range(generations), range(sites), range(periods))
    early = not tables.never_early
    model = pyo.ConcreteModel(name=tables.instance.name)
    model.bought = pyo.Var(*keys, within=pyo.NonNegativeIntegers)
    gone, first, life = tables.gone.tolist(), tables.first.tolist(), tables.life.tolist()
    if early:
        model.retired = pyo.Var(*keys, within=pyo.NonNegativeIntegers, bounds=lambda _, g, s, t: (gone[g][s][t], None))
    t, g, s, w = place = np.nonzero(np.isfinite(tables.unit_g) & (tables.demand.T[:, None, None, :] > 0))
    # Work has an upper bound, its demand; written down, it would share the demand's price, which proves the bound.
    model.work = pyo.Var(range(len(t)), within=pyo.NonNegativeReals)
    work = list(model.work.values())

    _costs(model, tables, place, early)
    limits = np.minimum(tables.most, tables.site_most).tolist()

    def grow(_: Any, g: int, s: int, t: int) -> Any:
        if t == 0:
            return (0, model.bought[g, s, t], limits[g][s][t])
        return (0, linear([1.0, -1.0], [model.bought[g, s, t], model.bought[g, s, t - 1]]), limits[g][s][t])

    model.grow = pyo.Constraint(*keys, rule=grow)
    if early:
        model.retire = pyo.Constraint(*keys[:2], range(1, periods), rule=lambda _, g, s, t: linear(
            [1.0, -1.0], [model.retired[g, s, t], model.retired[g, s, t - 1]]) >= 0)
        model.life = pyo.Constraint(*keys, rule=lambda _, g, s, t: pyo.Constraint.Skip if t < life[g] else linear(
            [1.0, -1.0], [model.retired[g, s, t], model.bought[g, s, t - life[g]]]) >= gone[g][s][t])
    group = (g * sites + s) * periods + t
    order = np.argsort(group, kind="stable")
    begin = np.searchsorted(group[order], np.arange(generations * sites * periods + 1)).tolist()
    share = tables.unit_share[g, s, w]

    def bear(_: Any, g: int, s: int, t: int) -> Any:
        i = (g * sites + s) * periods + t
        own = order[begin[i]:begin[i + 1]].tolist()
        coefficients, variables, there = [*share[own].tolist(), -1.0], [*(work[j] for j in own),
                                                                         model.bought[g, s, t]], first[g][s]
        if early:
            return linear([*coefficients, 1.0], [*variables, model.retired[g, s, t]]) <= there
        if t >= life[g]:
            coefficients, variables = [*coefficients, 1.0], [*variables, model.bought[g, s, t - life[g]]]
        return linear(coefficients, variables) <= there - gone[g][s][t]

    model.bear = pyo.Constraint(*keys, rule=bear)
    row = w * periods + t
    by_row = np.argsort(row, kind="stable")
    starts = np.searchsorted(row[by_row], np.arange(tables.demand.size + 1)).tolist()
    wanted = tables.demand.ravel().tolist()

    def serve(_: Any, i: int) -> Any:
        own = by_row[starts[i]:starts[i + 1]].tolist()
        return linear([1.0] * len(own), [work[j] for j in own]) == wanted[i]

    served = np.flatnonzero(tables.demand.ravel() > 0)
    model.serve = pyo.Constraint(served.tolist(), rule=serve)
    limited = np.argwhere(tables.most.sum(axis=0) > tables.site_most)
    model.site = pyo.Constraint(limited.tolist(), rule=lambda _, s, t: _bought_in(model, generations, s, t) <= int(
        tables.site_most[s, t]))
    _limits(model, tables, place)
    handed = hand_over(model)
    return FleetModel(
        tables, handed.model, handed.columns_of(model.bought).reshape(tables.gone.shape),
        handed.columns_of(model.retired).reshape(tables.gone.shape) if early else np.zeros((0, 0, 0), dtype=np.int64),
        handed.columns_of(model.work), place,
        _rows(tables.demand.shape, np.unravel_index(served, tables.demand.shape), handed.rows_of(model.serve)),
        handed.rows_of(model.bear).reshape(tables.gone.shape),
        _rows((sites, periods), tuple(limited.T), handed.rows_of(model.site)),
        handed.rows_of(model.money) if tables.instance.budget is not None else np.full(periods, -1),
        handed.rows_of(model.carbon) if tables.instance.operational_cap_g is not None else np.full(periods, -1))


def _costs(model: Any, tables: Tables, place: tuple[IntArray, ...], early: bool) -> None:
    """Write the objective: carbon embodied in purchases, of idling, less that of second lives, and of work."""
    per_bought = np.repeat((tables.embodied_g - np.pad(tables.embodied_g[:, 1:], ((0, 0), (0, 1))))[:, None],
                           len(tables.site_most), axis=1) + tables.idle_g
    credit = tables.credit_g[:, None, None]
    for g, life in enumerate(tables.life.tolist()):
        per_bought[g, :, :-life] += tables.credit_g[g]
    constant = float((tables.idle_g * tables.first[:, :, None] + credit * tables.gone).sum())
    coefficients, variables = per_bought.ravel().tolist(), list(model.bought.values())
    if early:
        coefficients += (-tables.idle_g - credit).ravel().tolist()
        variables += list(model.retired.values())
    model.objective = pyo.Objective(expr=linear(
        [*coefficients, *tables.unit_g[place].tolist()], [*variables, *model.work.values()], constant))


def _bought_in(model: Any, generations: int, s: int, t: int) -> Any:
    """Return what a site buys in a period."""
    now = [model.bought[g, s, t] for g in range(generations)]
    before = [model.bought[g, s, t - 1] for g in range(generations)] if t else []
    return linear([1.0] * len(now) + [-1.0] * len(before), [*now, *before])


def _limits(model: Any, tables: Tables, place: tuple[IntArray, ...]) -> None:
    """Write (7) and (8) where there are such limits; carbon is counted in units of its cap's mean."""
    instance = tables.instance
    generations, sites, periods = tables.gone.shape
    if instance.budget is not None:
        prices = [generation.price for generation in instance.generations for _ in range(sites)]
        available = np.cumsum(instance.budget).tolist()
        model.money = pyo.Constraint(range(periods), rule=lambda _, t: linear(
            prices, [model.bought[g, s, t] for g in range(generations) for s in range(sites)]) <= available[t])
    if instance.operational_cap_g is not None:
        own = [np.flatnonzero(place[0] == t) for t in range(periods)]
        scale = max(float(instance.operational_cap_g.mean()), 1.0)
        grams, work = tables.unit_g[place] / scale, list(model.work.values())
        idle, caps = tables.idle_g / scale, (instance.operational_cap_g / scale).tolist()
        groups = [(g, s) for g in range(generations) for s in range(sites)]

        def carbon(_: Any, t: int) -> Any:
            per_gpu = idle[:, :, t].ravel().tolist()
            coefficients = [*grams[own[t]].tolist(), *per_gpu]
            variables = [*(work[j] for j in own[t].tolist()), *(model.bought[g, s, t] for g, s in groups)]
            if not tables.never_early:
                coefficients += [-each for each in per_gpu]
                variables += [model.retired[g, s, t] for g, s in groups]
            return linear(coefficients, variables) <= caps[t] - float((idle[:, :, t] * tables.first).sum())

        model.carbon = pyo.Constraint(range(periods), rule=carbon)


def _rows(shape: tuple[int, ...], where: tuple[Any, ...], rows: IntArray) -> IntArray:
    """Return rows at their places, -1 elsewhere."""
    found = np.full(shape, -1, dtype=np.int64)
    found[where] = rows
    return found
