"""Priced hours: starts and machines bought at prices, so that every hour can be solved apart; a bound and a plan."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.dual import Priced
from ecoopt.formulations.phase_split.projected_model import Projection
from ecoopt.formulations.phase_split.split_model import SplitModel, at
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.heuristics.phase_split.moves import Exchanges, KeepOn, Plan, Spans
from ecoopt.hybrid.phase_split.projection import Part, begin, improve

_MOVES = 20_000


class PricedHours:
    """The hours as a priced subproblem.

    Parameters
    ----------
    ground : Ground
        The instance.
    run : Run
        Its seconds limit every solve; it is offered what the hours choose.
    seed : int
        Of HiGHS.
    gap : float
        Gap to which an hour is solved.
    """

    def __init__(self, ground: Ground, run: Run, seed: int, gap: float) -> None:
        self.ground, self.run, self.seed, self.gap = ground, run, seed, gap
        self.parts = [Part(Projection(ground.instance, np.array([p]), coupled=False)) for p in range(ground.periods)]

    def begin(self, model: SplitModel, row_dual: FloatArray) -> bool:
        """Take the prices of the joint relaxation and solve each hour's; return whether every hour can be served."""
        for part, prices in zip(self.parts, model.prices(row_dual), strict=True):
            part.projection.learn(0, prices)
            begin(part, self.run, self.seed)
            if part.status is Status.INFEASIBLE:
                return False
        return True

    def first(self, model: SplitModel, row_dual: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return prices of starts and of machines bought from the relaxation's duals, and the most they may be."""
        tables = self.ground.tables
        upper = np.concatenate([tables.start_cost.ravel(), np.tile(tables.fleet_cost, self.ground.periods)])
        dual = np.concatenate([-at(row_dual, rows).ravel() for rows in (model.start_rows, model.bought_rows)])
        return np.clip(dual, 0.0, upper), upper

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
        settle(plan, self.run)
        self.ground.offer(self.run, plan.units)


def settle(plan: Plan, run: Run) -> None:
    """Descend by machines kept on, exchanged, and exchanged over spans of hours, for so many moves tried."""
    part = Run(Budget(evaluations=_MOVES, seconds=None if np.isinf(run.seconds_left) else run.seconds_left))
    descend([KeepOn(plan), Exchanges(plan), Spans(plan)], plan.value, snapshot=plan.units.copy, run=part,
            tolerance=1e-9 * max(plan.value, 1e-9))
