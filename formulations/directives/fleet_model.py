"""The fleet model: shares by origin, hour, group, region and level, and whole GPUs that are on by region and hour."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.directives.level_model import normalised
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.highs import LinearModel, hand_over
from ecoopt.instances.directives import DirectivesSchedule
from ecoopt.instances.directives.costs import Costs
from ecoopt.instances.directives.schema import HOUR_S


@dataclass(frozen=True, eq=False)
class FleetModel:
    """A model handed over, and what its columns mean. R regions, T hours, S shares that the round trip allows.

    Parameters
    ----------
    costs : Costs
        What it was built from.
    linear : LinearModel
        The arrays.
    place : tuple of int arrays [S]
        Origin, hour, group, region and level of each share.
    share : int array [S]
        Columns.
    gpus : int array [R, T]
        Columns.
    bear : int array [R, T]
        Rows.
    ramp : dict
        Row of each region and hour that has one.
    """

    costs: Costs
    linear: LinearModel
    place: tuple[IntArray, ...]
    share: IntArray
    gpus: IntArray
    bear: IntArray
    ramp: dict[tuple[int, int], int]

    @cached_property
    def column_hour(self) -> IntArray:
        """Hour of each column."""
        hour = np.zeros(self.linear.columns, dtype=np.int64)
        hour[self.share] = self.place[1]
        hour[self.gpus] = np.arange(self.gpus.shape[1])
        return hour

    def shares(self, x: FloatArray) -> FloatArray:
        """Return the shares of a solution as a schedule has them, float array [R, T, C, R, L]."""
        share = np.zeros(self.costs.instance.share_shape)
        share[self.place] = x[self.share]
        flat = share.reshape(*share.shape[:3], -1)
        return np.asarray(normalised(flat).reshape(share.shape), dtype=np.float64)

    def schedule(self, x: FloatArray) -> DirectivesSchedule:
        """Return the schedule of a solution."""
        return DirectivesSchedule(share=self.shares(x), gpus=np.rint(x[self.gpus]).astype(np.int64))

    def solution(self, schedule: DirectivesSchedule) -> FloatArray:
        """Return the solution of a schedule."""
        x = np.zeros(self.linear.columns)
        x[self.share] = schedule.share[self.place]
        x[self.gpus] = schedule.gpus
        return x


@uncollected
def fleet_model(costs: Costs) -> FleetModel:
    """Return the program of an instance with a fleet. Equation numbers are those of the family's page.

    Variables: ``gpus[r, t]``, whole; ``share[s]`` for each origin, hour, group, region within the round trip, and
    level, binary where a group must not be split. Rows: ``whole`` (1), ``hour`` (2), ``window`` (3), ``bear`` (10),
    GPUs that are on bear what is served, and ``ramp`` (11).
    """
    instance = costs.instance
    fleet = instance.fleet
    assert fleet is not None
    regions, hours, groups, _, _ = instance.share_shape
    near = np.isfinite(costs.fluid_g)
    o, t, c, r, l = place = np.nonzero(near)
    count = costs.count[o, t, c]
    model = pyo.ConcreteModel(name=instance.name)
    most = fleet.gpus.tolist()
    model.gpus = pyo.Var(range(regions), range(hours), within=pyo.NonNegativeIntegers,
                         bounds=lambda _, region, hour: (0, most[region]))
    model.share = pyo.Var(range(len(o)), within=pyo.Binary if instance.integer else pyo.NonNegativeReals)
    gpus, share = list(model.gpus.values()), list(model.share.values())

    grams = [*costs.gpu_g.ravel().tolist(), *(count * costs.request_g[place]).tolist()]
    model.objective = pyo.Objective(expr=linear(grams, [*gpus, *share]))
    first = np.searchsorted((o * hours + t) * groups + c, np.arange(regions * hours * groups + 1)).tolist()
    model.whole = pyo.Constraint(range(regions * hours * groups), rule=lambda _, i: linear(
        [1.0] * (first[i + 1] - first[i]), share[first[i]:first[i + 1]]) == 1)
    quality, floor = costs.quality[o, t, c, l], costs.floor.ravel().tolist()
    asking = [i for i, least in enumerate(floor) if least > 0]

    def hour(_: Any, i: int) -> Any:
        own = slice(first[i * groups], first[(i + 1) * groups])
        return linear(quality[own].tolist(), share[own]) >= floor[i]

    model.hour = pyo.Constraint(asking, rule=hour)

    def window(_: Any, w: int, origin: int) -> Any:
        one = instance.windows[w]
        requests = instance.requests[origin, one.start_h:one.end_h]
        if not requests.any():
            return pyo.Constraint.Skip
        # Weights of hours are on average 1, so that coefficients stay near those of one hour.
        own = slice(first[(origin * hours + one.start_h) * groups], first[(origin * hours + one.end_h) * groups])
        weight = instance.requests[origin, t[own]] / requests.mean()
        return linear((weight * quality[own]).tolist(), share[own]) >= (1.0 - one.loss) * len(requests)

    model.window = pyo.Constraint(range(len(instance.windows)), range(regions), rule=window)
    busy = count * costs.time_s[o, t, c, l] / (HOUR_S * fleet.utilisation)
    served = r * hours + t
    order = np.argsort(served, kind="stable")
    begin = np.searchsorted(served[order], np.arange(regions * hours + 1)).tolist()

    def bear(_: Any, i: int) -> Any:
        own = order[begin[i]:begin[i + 1]].tolist()
        return linear([*busy[own].tolist(), -1.0], [*(share[s] for s in own), gpus[i]]) <= 0

    model.bear = pyo.Constraint(range(regions * hours), rule=bear)
    if fleet.ramp_gpus is not None:
        model.ramp = pyo.Constraint(range(regions), range(hours), rule=_ramp(model, costs))
    handed = hand_over(model)
    ramp = {} if fleet.ramp_gpus is None else dict(zip(model.ramp, handed.rows_of(model.ramp).tolist(), strict=True))
    return FleetModel(costs, handed.model, place, handed.columns_of(model.share),
                      handed.columns_of(model.gpus).reshape(regions, hours),
                      handed.rows_of(model.bear).reshape(regions, hours), ramp)


def _ramp(model: Any, costs: Costs) -> Any:
    """Return the rule of (11) where it can bind."""
    fleet = costs.instance.fleet
    assert fleet is not None
    ramp, most = fleet.ramp_gpus, fleet.gpus.tolist()
    before = None if fleet.initial_gpus is None else fleet.initial_gpus.tolist()

    def rule(_: Any, region: int, hour: int) -> Any:
        assert ramp is not None
        on = model.gpus[region, hour]
        if hour > 0:
            return pyo.Constraint.Skip if ramp >= most[region] else (
                -ramp, linear([1.0, -1.0], [on, model.gpus[region, hour - 1]]), ramp)
        return pyo.Constraint.Skip if before is None else (before[region] - ramp, on, before[region] + ramp)

    return rule
