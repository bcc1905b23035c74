"""The Lagrangian bound of joined hours: starts and machines bought are priced, and every hour is solved apart."""

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.dual import Priced, maximise_by_bundle
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.node_mix.exact import dual_bound
from ecoopt.formulations.phase_split.projected_model import Projection
from ecoopt.formulations.phase_split.relaxation import lp_options
from ecoopt.formulations.phase_split.split_model import at, split_model
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.heuristics.phase_split.greedy import covered
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.heuristics.phase_split.moves import KeepOn, Plan, Spans
from ecoopt.hybrid.phase_split.projection import Part, begin, improve
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule
from ecoopt.instances.phase_split.routing import routed_schedule

_TOLERANCE = 1e-4


def lagrangian(
    instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None,
    hour_gap: Annotated[float, Field(ge=0, le=0.1)] = 5e-4,
) -> Outcome:
    """Price starts and machines bought, solve every hour apart, and ascend; what the hours choose is mended.

    Starts of hour p cost at least ``y_p`` times the rise of machines that are on, for any y between 0 and a start's
    cost; machines bought at least ``b_p`` times those on in p, for any b that sum to no more than their cost. So
    hours are solved at the costs ``c_p + y_p - y_(p+1) + b_p``, beginning with the relaxation's duals. A round of all
    hours is an iteration.

    Parameters
    ----------
    hour_gap : float
        Gap to which an hour is solved; its bound counts.
    """
    ground = Ground(instance)
    ground.offer_start(run, start)
    if run.stop() is None:
        first = covered(ground, ground.cost, run.part())
        if first is not None:
            ground.offer(run, first)
    if run.stop() is not None:
        return run.outcome()
    every = np.arange(instance.periods)
    model = split_model(instance, every, coupled=True)
    found = solve_lp(model.model, Run(run.part().budget, sense=run.sense), seed=seed,
                     options=lp_options(ground.tables))
    if found.status is Status.INFEASIBLE:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if found.row_dual is None:
        return run.outcome(found.termination)
    run.prove(dual_bound(model.model, found.row_dual))
    hours = _Hours(ground, run, seed, hour_gap)
    for part, prices in zip(hours.parts, model.prices(found.row_dual), strict=True):
        part.projection.learn(0, prices)
        begin(part, run, seed)
        if part.status is Status.INFEASIBLE:
            return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if run.stop() is not None:
        return run.outcome()
    first_prices = np.concatenate([np.maximum(-at(found.row_dual, rows), 0.0).ravel() for rows in (
        model.start_rows, model.bought_rows)])
    upper = np.concatenate([ground.tables.start_cost.ravel(), np.tile(ground.tables.fleet_cost, len(every))])
    result = maximise_by_bundle(hours.priced, np.minimum(first_prices, upper), run, upper=upper, tolerance=_TOLERANCE)
    ended = result.termination if run.stop() is None else run.stop()
    rows = sum(len(part.projection.cuts) for part in hours.parts)
    details: dict[str, Any] = {"residual": result.residual, "rows": rows}
    return run.outcome(None if ended is Termination.PROOF else ended, **details)


class _Hours:
    """The hours as a priced subproblem."""

    def __init__(self, ground: Ground, run: Run, seed: int, gap: float) -> None:
        self.ground, self.run, self.seed, self.gap = ground, run, seed, gap
        self.parts = [Part(Projection(ground.instance, np.array([p]), coupled=False)) for p in range(ground.periods)]

    def priced(self, prices: FloatArray) -> Priced:
        """Return value and subgradient of the dual at prices of starts [P, G] and of machines bought [P, G]."""
        tables, hours = self.ground.tables, self.ground.instance.hours
        starts, bought = prices.reshape(2, self.ground.periods, -1)
        later = np.concatenate([starts[1:], np.zeros((1, starts.shape[1]))])
        cost = tables.unit_cost + (starts - later + bought)[:, tables.group] * tables.machines
        units = np.zeros(cost.shape, dtype=np.int64)
        value = 0.0
        for p, part in enumerate(self.parts):
            self._reprice(part, cost[p:p + 1])
            own = Run(Budget(seconds=None if np.isinf(self.run.seconds_left) else self.run.seconds_left))
            improve(part, self.ground, own, self.gap, seed=self.seed, threads=1)
            value += part.bound
            if part.units is not None:
                units[p] = part.units[0]
        most = tables.on(tables.most)
        buys = np.where(bought.sum(axis=0) > tables.fleet_cost, most, 0.0)
        value += float(((tables.fleet_cost - bought.sum(axis=0)) * buys).sum())
        on = tables.on(units)
        rise = np.diff(on, axis=0, prepend=on[:1])
        rise[::hours] = 0.0
        self._mend(units)
        return Priced(value * (1 - 1e-13), np.concatenate([rise.ravel(), (on - buys).ravel()]))

    def _reprice(self, part: Part, cost: FloatArray) -> None:
        """Begin anew at other costs: rows stay, units are judged anew, and the bound is what no unit undercuts."""
        part.cost, part.status = cost, Status.NONE
        part.bound = float(np.minimum(cost * self.ground.tables.most, 0.0).sum())
        part.value = np.inf if part.units is None else float((cost * part.units).sum())

    def _mend(self, units: IntArray) -> None:
        """Offer the units the hours chose, some of them kept on or exchanged over spans."""
        if not all(self.ground.can(need, row) for need, row in zip(self.ground.needs, units, strict=True)):
            return
        plan = Plan(self.ground, units.copy())
        part = Run(Budget(seconds=None if np.isinf(self.run.seconds_left) else self.run.seconds_left))
        descend([KeepOn(plan), Spans(plan)], plan.value, snapshot=plan.units.copy, run=part,
                tolerance=1e-9 * max(plan.value, 1e-9))
        self.run.offer(self.ground.tables.value(plan.units), lambda: _schedule(self.ground.instance, plan.units))


def _schedule(instance: PhaseSplitInstance, units: IntArray) -> PhaseSplitSchedule:
    """Return the schedule of units that are known to do the work."""
    schedule = routed_schedule(instance, units)
    assert schedule is not None
    return schedule
