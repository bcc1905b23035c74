"""The count model: GPUs on, slices, instances and rates by period, with a pool size chosen for each service."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.status import Sense
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.highs import LinearModel, hand_over
from ecoopt.formulations.mig_serving.pools import Pools, pools_of
from ecoopt.instances.mig import count_rows
from ecoopt.instances.mig_serving import MigServingSchedule
from ecoopt.instances.mig_serving.options import Options
from ecoopt.instances.mig_serving.routing import cheapest_rates


@dataclass(frozen=True, eq=False)
class CountModel:
    """A model handed over, and what its columns mean. T periods, P profiles, O options.

    Parameters
    ----------
    options : Options
        What it was built from.
    pools : Pools
        Its pool sizes.
    linear : LinearModel
        The arrays.
    gpus_on : int array [T]
        Columns.
    slices : int array [T, P]
        Columns.
    instances : int array [T, O]
        Columns.
    chosen : int array [Z]
        Columns of the pool sizes.
    pooled, rate : int array [X]
        Columns of instances and rates by pool size.
    changed : int array [T, P]
        Columns of slices created or removed; -1 where changes are free.
    switched : int array [T]
        Columns of GPUs switched on; -1 where that is free.
    column_period : int array [columns]
        Period of each column.
    change_rows : int array
        Rows that link periods.
    """

    options: Options
    pools: Pools
    linear: LinearModel
    gpus_on: IntArray
    slices: IntArray
    instances: IntArray
    chosen: IntArray
    pooled: IntArray
    rate: IntArray
    changed: IntArray
    switched: IntArray
    column_period: IntArray
    change_rows: IntArray

    def counts(self, x: FloatArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return GPUs on [T], slices [T, P] and instances [T, O] of a solution."""
        whole = np.rint(x).astype(np.int64)
        return whole[self.gpus_on], whole[self.slices], whole[self.instances]

    def period_counts(self, period: int, columns: IntArray, x: FloatArray) -> tuple[int, IntArray, IntArray]:
        """Return GPUs on, slices [P] and instances [O] of a solution of some columns that hold a period."""
        whole = np.zeros(self.linear.columns, dtype=np.int64)
        whole[columns] = np.rint(x)
        return int(whole[self.gpus_on[period]]), whole[self.slices[period]], whole[self.instances[period]]

    def counts_of(self, schedule: MigServingSchedule) -> tuple[IntArray, IntArray, IntArray] | None:
        """Return the counts of a schedule; None where it uses an option that is dominated."""
        found = self.options.of_schedule(schedule)
        return None if found is None else (schedule.gpus_on, schedule.slices, found[0])

    def schedule(self, x: FloatArray) -> MigServingSchedule:
        """Return the schedule of a solution, its requests routed at least cost."""
        gpus_on, slices, instances = self.counts(x)
        rates, _ = cheapest_rates(self.options, instances, np.arange(len(gpus_on)))
        return self.options.schedule(gpus_on, slices, instances, rates)

    def objective(self, x: FloatArray) -> float:
        """Return the objective of ``schedule(x)``."""
        gpus_on, slices, instances = self.counts(x)
        rates, _ = cheapest_rates(self.options, instances, np.arange(len(gpus_on)))
        return self.options.objective(gpus_on, slices, rates)

    def solution(self, gpus_on: IntArray, slices: IntArray, instances: IntArray) -> FloatArray:
        """Return the complete solution with these counts, requests routed at least cost."""
        options, pools = self.options, self.pools
        instance = options.instance
        x = np.zeros(self.linear.columns)
        x[self.gpus_on], x[self.slices], x[self.instances] = gpus_on, slices, instances
        rates, _ = cheapest_rates(options, instances, np.arange(len(gpus_on)))
        reached = np.array([options.pool_size(instances[:, options.service == k].sum(axis=1))
                            for k in range(len(instance.services))])
        own = reached[pools.service, pools.period] == pools.size
        x[self.chosen] = own
        used = own[pools.pair]
        period = pools.period[pools.pair]
        x[self.pooled] = np.where(used, instances[period, pools.option], 0)
        x[self.rate] = np.where(used, rates[period, pools.option], 0.0)
        before = slices[:1] if instance.initial_slices is None else instance.initial_slices[None]
        on_before = gpus_on[0] if instance.initial_gpus_on is None else instance.initial_gpus_on
        for columns, values in (
                (self.changed, np.abs(np.diff(slices, axis=0, prepend=before))),
                (self.switched, np.maximum(np.diff(gpus_on, prepend=on_before), 0))):
            x[columns[columns >= 0]] = values[columns >= 0]
        return x


@uncollected
def count_model(options: Options) -> CountModel:
    """Return the integer program of an instance. Equation numbers are those of the family's documentation page.

    Variables, by period: ``gpus_on``, ``slices``, ``instances``; ``chosen``, whether a service's pool has a size;
    ``pooled`` and ``rate``, instances and requests per second by option and pool size; ``changed`` and ``switched``.
    The rates are disaggregated by pool size (3, 4): the relaxation is then that of the union of the sizes, not of the
    largest one, which closes most of what a small fleet leaves open.
    """
    instance = options.instance
    pools = pools_of(options)
    periods, profiles, count = range(instance.periods), range(len(instance.geometry.profiles)), range(options.count)
    rows = count_rows(instance.geometry)
    assert rows is not None, "the schema refuses geometries without exact rows"
    model = pyo.ConcreteModel(name=instance.name)
    model.gpus_on = pyo.Var(periods, within=pyo.NonNegativeIntegers, bounds=(options.fewest_gpus_on, instance.gpus))
    model.slices = pyo.Var(periods, profiles, within=pyo.NonNegativeIntegers, bounds=(0, pools.most))
    model.instances = pyo.Var(periods, count, within=pyo.NonNegativeIntegers, bounds=(0, pools.most))
    model.chosen = pyo.Var(range(len(pools.size)), within=pyo.Binary)
    model.pooled = pyo.Var(range(len(pools.pair)), within=pyo.NonNegativeReals)
    model.rate = pyo.Var(range(len(pools.pair)), within=pyo.NonNegativeReals)
    changing = _changing(options.slice_cost, instance.initial_slices is not None)
    switching = _changing(options.power_on_cost, instance.initial_gpus_on is not None)
    model.changed = pyo.Var(changing, profiles, within=pyo.NonNegativeReals)
    model.switched = pyo.Var(switching, within=pyo.NonNegativeReals)

    _objective(model, options, pools, changing, switching)
    _layout(model, options, rows.coefficients.tolist(), rows.per_gpu.tolist())
    _pools(model, options, pools)
    _changes(model, options, changing, switching)
    handed = hand_over(model)

    changed = np.full((len(periods), len(profiles)), -1)
    changed[changing] = handed.columns_of(model.changed).reshape(-1, len(profiles))
    switched = np.full(len(periods), -1)
    switched[switching] = handed.columns_of(model.switched)
    slices = handed.columns_of(model.slices).reshape(len(periods), -1)
    instances = handed.columns_of(model.instances).reshape(len(periods), -1)
    found = CountModel(
        options, pools, handed.model, handed.columns_of(model.gpus_on), slices, instances,
        handed.columns_of(model.chosen), handed.columns_of(model.pooled), handed.columns_of(model.rate), changed,
        switched, np.zeros(handed.model.columns, dtype=np.int64),
        np.concatenate([handed.rows_of(part) for part in (model.created, model.removed, model.switched_on)]))
    _set_periods(found)
    assert found.linear.sense is Sense.MIN
    return found


def _changing(cost: FloatArray, has_initial: bool) -> list[int]:
    """Return the periods at whose beginning a change costs something."""
    return [t for t in range(len(cost)) if cost[t] > 0 and (t > 0 or has_initial)]


def _objective(model: Any, options: Options, pools: Pools, changing: list[int], switching: list[int]) -> None:
    """(1) Mean of relative carbon and relative quality loss."""
    instance = options.instance
    period = pools.period[pools.pair]
    profiles = len(instance.geometry.profiles)
    coefficients = [
        *(options.on_cost - options.off_cost).tolist(), *options.rate_cost[pools.option, period].tolist(),
        *np.repeat(options.slice_cost[changing], profiles).tolist(), *options.power_on_cost[switching].tolist()]
    variables = [*model.gpus_on.values(), *model.rate.values(), *model.changed.values(), *model.switched.values()]
    model.objective = pyo.Objective(expr=linear(coefficients, variables, float(instance.gpus * options.off_cost.sum())))


def _layout(model: Any, options: Options, coefficients: list[list[int]], per_gpu: list[int]) -> None:
    """(6) Slices fit on the GPUs that are on; (7) instances have slices."""
    instance = options.instance
    profiles = len(instance.geometry.profiles)
    on, cut, placed = (list(part.values()) for part in (model.gpus_on, model.slices, model.instances))
    of_profile = [np.flatnonzero(options.profile == p).tolist() for p in range(profiles)]
    count = options.count
    model.fit = pyo.Constraint(
        range(instance.periods), range(len(per_gpu)), rule=lambda _, t, r: linear(
            [*map(float, coefficients[r]), -float(per_gpu[r])], [*cut[t * profiles:(t + 1) * profiles], on[t]]) <= 0)
    model.own_slice = pyo.Constraint(
        range(instance.periods), range(profiles), rule=lambda _, t, p: pyo.Constraint.Skip if not of_profile[p] else (
            linear([1.0] * len(of_profile[p]) + [-1.0],
                   [*(placed[t * count + o] for o in of_profile[p]), cut[t * profiles + p]]) <= 0))


def _pools(model: Any, options: Options, pools: Pools) -> None:
    """(2) One size; (3) its rates serve the load; (4) instances bear them; (5) it is reached; (8) sum; (9) late."""
    instance = options.instance
    chosen, pooled, rate, placed = (list(part.values()) for part in (
        model.chosen, model.pooled, model.rate, model.instances))
    starts = np.searchsorted(pools.pair, np.arange(len(pools.size) + 1)).tolist()
    load = instance.load_rps[pools.service, pools.period].tolist()
    size = instance.pool_sizes[pools.size].tolist()
    key = pools.period * len(instance.services) + pools.service
    groups = [part.tolist() for part in np.split(np.arange(len(key)), np.flatnonzero(np.diff(key)) + 1)] if len(
        key) else []
    model.one_size = pyo.Constraint(range(len(groups)), rule=lambda _, g: linear(
        [1.0] * len(groups[g]), [chosen[z] for z in groups[g]]) == 1)
    model.serve = pyo.Constraint(range(len(size)), rule=lambda _, z: linear(
        [1.0] * (starts[z + 1] - starts[z]) + [-load[z]], [*rate[starts[z]:starts[z + 1]], chosen[z]]) == 0)
    capacity = options.capacity_rps[pools.option, pools.size[pools.pair]].tolist()
    model.bear = pyo.Constraint(range(len(capacity)), rule=lambda _, i: linear(
        [1.0, -capacity[i]], [rate[i], pooled[i]]) <= 0)
    model.reach = pyo.Constraint(range(len(size)), rule=lambda _, z: pyo.Constraint.Skip if size[z] == 1 else linear(
        [1.0] * (starts[z + 1] - starts[z]) + [-float(size[z])], [*pooled[starts[z]:starts[z + 1]], chosen[z]]) >= 0)
    place = (pools.period[pools.pair] * options.count + pools.option).tolist()
    by_place: list[list[int]] = [[] for _ in placed]
    for index, where in enumerate(place):
        by_place[where].append(index)
    model.total = pyo.Constraint(range(len(placed)), rule=lambda _, i: linear(
        [1.0] * len(by_place[i]) + [-1.0], [*(pooled[j] for j in by_place[i]), placed[i]]) == 0)
    late = options.late_share[pools.option]
    rationed = [g for g, group in enumerate(groups)
                if any(late[i] > 0 for z in group for i in range(starts[z], starts[z + 1]))]

    def late_row(_: Any, g: int) -> Any:
        members = [i for z in groups[g] for i in range(starts[z], starts[z + 1]) if late[i] > 0]
        first = groups[g][0]
        ration = instance.services[int(pools.service[first])].late_budget * load[first]
        return linear([float(late[i]) for i in members], [rate[i] for i in members]) <= ration

    model.late = pyo.Constraint(rationed, rule=late_row)


def _changes(model: Any, options: Options, changing: list[int], switching: list[int]) -> None:
    """(10) Slices created and removed; (11) GPUs switched on."""
    instance = options.instance
    profiles = len(instance.geometry.profiles)
    before = None if instance.initial_slices is None else instance.initial_slices.tolist()
    on_before = instance.initial_gpus_on

    def change(sign: float) -> Any:
        def row(_: Any, t: int, p: int) -> Any:
            now, changed = model.slices[t, p], model.changed[t, p]
            if t == 0:
                assert before is not None
                return linear([1.0, -sign], [changed, now]) >= -sign * before[p]
            return linear([1.0, -sign, sign], [changed, now, model.slices[t - 1, p]]) >= 0
        return row

    def switch(_: Any, t: int) -> Any:
        if t == 0:
            assert on_before is not None
            return linear([1.0, -1.0], [model.switched[t], model.gpus_on[t]]) >= -float(on_before)
        return linear([1.0, -1.0, 1.0], [model.switched[t], model.gpus_on[t], model.gpus_on[t - 1]]) >= 0

    model.created = pyo.Constraint(changing, range(profiles), rule=change(1.0))
    model.removed = pyo.Constraint(changing, range(profiles), rule=change(-1.0))
    model.switched_on = pyo.Constraint(switching, rule=switch)


def _set_periods(found: CountModel) -> None:
    """Write the period of each column into ``column_period``."""
    of, pools = found.column_period, found.pools
    periods = np.arange(len(found.gpus_on))
    of[found.gpus_on] = periods
    for table in (found.slices, found.instances, found.changed):
        known = table >= 0
        of[table[known]] = np.broadcast_to(periods[:, None], table.shape)[known]
    of[found.switched[found.switched >= 0]] = periods[found.switched >= 0]
    of[found.chosen] = pools.period
    of[found.pooled] = of[found.rate] = pools.period[pools.pair]
