"""Hull: without change costs, periods of the same load share the configurations on one hull of energy and quality."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.mig_serving.count_model import CountModel, count_model
from ecoopt.formulations.mig_serving.hours import Hours
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule
from ecoopt.instances.mig_serving.options import options_of
from ecoopt.instances.mig_serving.routing import cheapest_rates

_SAME = 1e-9


def hull(instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None) -> Outcome:
    """Solve each distinct load once for each configuration on its hull, and give every period the best of them.

    A period's objective is linear in its energy and its quality loss; the carbon intensity sets the price of energy.
    As a function of the price the optimum is concave and piecewise linear. It is found by dichotomy: solve at the two
    extreme prices, then where their lines cross, and so on; a line that is optimal at both ends of an interval is
    optimal within. Exact when changes cost nothing; otherwise the bound holds and the schedule pays its changes.
    One iteration is one period's integer program; two for each point of a hull at most, and one.
    """
    options = options_of(instance)
    whole = count_model(options)
    if start is not None:
        run.offer(options.value(start), start)
    faces = _Faces(whole, run, seed)
    loads, group = np.unique(instance.load_rps, axis=1, return_inverse=True)
    bounds = np.full(instance.periods, -np.inf)
    gpus_on = np.zeros(instance.periods, dtype=np.int64)
    slices = np.zeros(whole.slices.shape, dtype=np.int64)
    instances = np.zeros(whole.instances.shape, dtype=np.int64)
    for k in range(loads.shape[1]):
        members = np.flatnonzero(group.ravel() == k)
        found = faces.envelope(members)
        if found is None:
            status = Status.INFEASIBLE if faces.infeasible else None
            return run.outcome(None, status)
        for t in members.tolist():
            price = float(options.per_j[t])
            point = min(found.points, key=lambda one: one.at(price))
            bounds[t] = found.bound_at(price)
            gpus_on[t], slices[t], instances[t] = point.gpus_on, point.slices, point.instances
    run.prove(float(bounds.sum()) + float((options.off_cost * instance.gpus).sum()))
    rates, served = cheapest_rates(options, instances, np.arange(instance.periods))
    if served.all():
        run.offer(options.objective(gpus_on, slices, rates),
                  lambda: options.schedule(gpus_on, slices, instances, rates))
    return run.outcome(integer_programs=faces.solved)


@dataclass(frozen=True, eq=False)
class _Point:
    """A configuration: its energy in J above all GPUs off, the part of the objective that is not energy, its counts."""

    energy_j: float
    rest: float
    gpus_on: int
    slices: IntArray
    instances: IntArray

    def at(self, price: float) -> float:
        return price * self.energy_j + self.rest


@dataclass(frozen=True, eq=False)
class _Envelope:
    """Points on a hull, and proven bounds at the prices where it was solved."""

    points: list[_Point]
    prices: list[float]
    bounds: list[float]

    def bound_at(self, price: float) -> float:
        """Return a proven bound at a price: the optimum is concave, so it lies above its chords."""
        return float(np.interp(price, self.prices, self.bounds))


class _Faces:
    """Solves the periods of one load at prices of energy."""

    def __init__(self, whole: CountModel, run: Run, seed: int) -> None:
        self.whole, self.run, self.seed = whole, run, seed
        self.hours = Hours(whole)
        self.infeasible = False
        self.solved = 0

    def envelope(self, members: IntArray) -> _Envelope | None:
        """Return the hull of some periods of one load between their extreme prices; None when time ran out."""
        per_j = self.whole.options.per_j[members]
        solve = self._solver(int(members[0]))
        points: dict[float, _Point] = {}
        bounds: dict[float, float] = {}

        def at(price: float) -> bool:
            found = None if self.run.stop() is not None else solve(price)
            if found is None:
                return False
            bounds[price], points[price] = found
            return True

        low, high = float(per_j.min()), float(per_j.max())
        if not at(low) or (high > low and not at(high)):
            return None
        intervals = [(low, high)] if high > low else []
        while intervals:
            left, right = intervals.pop()
            one, other = points[left], points[right]
            if one.energy_j - other.energy_j <= _SAME * abs(one.energy_j):
                continue
            price = (other.rest - one.rest) / (one.energy_j - other.energy_j)
            if not left < price < right:
                continue
            if not at(price):
                return None
            if points[price].at(price) < one.at(price) - _SAME * abs(one.at(price)):
                intervals += [(left, price), (price, right)]
        order = sorted(bounds)
        return _Envelope([points[price] for price in order], order, [bounds[price] for price in order])

    def _solver(self, period: int) -> Callable[[float], tuple[float, _Point] | None]:
        """Return what solves a period at a price of energy: its bound and a configuration."""
        whole, options = self.whole, self.whole.options
        part = self.hours.parts[period]
        energy = np.zeros(whole.linear.columns)
        instance = options.instance
        energy[whole.gpus_on[period]] = instance.period_s * (instance.idle_power_w - instance.off_power_w)
        energy[whole.rate] = options.energy_j[whole.pools.option] * instance.period_s
        energy_j: FloatArray = energy[part.columns]
        rest = part.model.cost - options.per_j[period] * energy_j

        def solve(price: float) -> tuple[float, _Point] | None:
            result = self.hours.solve_costs(period, rest + price * energy_j, self.run, slack=0.0, seed=self.seed)
            self.infeasible = result.infeasible
            if result.x is None or result.bound is None:
                return None
            self.run.tick()
            self.solved += 1
            gpus_on, slices, instances = whole.period_counts(period, part.columns, result.x)
            return result.bound, _Point(
                float(energy_j @ result.x), float(rest @ result.x), gpus_on, slices, instances)

        return solve
