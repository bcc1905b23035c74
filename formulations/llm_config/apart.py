"""Periods apart: without starts each period is an integer program of its own, and the sum of their bounds is a bound."""

from dataclasses import dataclass, field

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import HighsResult, LinearModel, solve_lp, solve_model
from ecoopt.formulations.highs.options import Options
from ecoopt.formulations.llm_config.fleet_model import FleetModel

ROUNDS = (0.01, 0.003, 0.001, 0.0003)
"""Gaps of the rounds within seconds; the last round closes what is left."""

CLOSED = 1e-9
_LEAN: Options = {"mip_heuristic_run_feasibility_jump": False}


@dataclass(eq=False)
class Pieces:
    """A fleet model cut into periods; rows that link periods are left out. T periods.

    Parameters
    ----------
    model : FleetModel
        The whole.
    seed : int
        Of HiGHS.
    """

    model: FleetModel
    seed: int
    columns: list[IntArray] = field(init=False)
    parts: list[LinearModel] = field(init=False)

    def __post_init__(self) -> None:
        linear, period = self.model.linear, self.model.column_period
        matrix = linear.matrix
        inside = np.flatnonzero(np.diff(matrix.indptr))
        own = period[matrix.indices]
        least, most = (pick.reduceat(own, matrix.indptr[inside]) for pick in (np.minimum, np.maximum))
        # A row of starts has a column of starts, which no period by itself has.
        starting = np.zeros(linear.columns, dtype=bool)
        starting[self.model.start] = True
        linked = np.maximum.reduceat(starting[matrix.indices], matrix.indptr[inside]) | (least != most)
        self.columns, self.parts = [], []
        for t in range(len(self.model.count)):
            columns = np.flatnonzero((period == t) & ~starting)
            rows = inside[(least == t) & ~linked]
            self.columns.append(columns)
            self.parts.append(LinearModel(
                linear.cost[columns], linear.lower[columns], linear.upper[columns], matrix[rows][:, columns],
                linear.row_lower[rows], linear.row_upper[rows], integer=linear.integer[columns]))

    def priced(self, t: int, price: FloatArray) -> LinearModel:
        """Return a period with prices on replicas of items, float array [J]."""
        part = self.parts[t]
        cost = part.cost.copy()
        cost[np.searchsorted(self.columns[t], self.model.count[t])] += price
        return part.replaced(cost=cost)

    def solve(self, part: LinearModel, run: Run, *, gap: float, seconds: float, start: FloatArray | None) -> HighsResult:
        """Solve a period within a part of a run's seconds and nodes, which it counts."""
        left = min(seconds, run.seconds_left)
        budget = Budget(seconds=left if np.isfinite(left) else None, gap=gap,
                        iterations=None if np.isinf(run.iterations_left) else int(run.iterations_left))
        found = solve_model(part, Run(budget), start=start, seed=self.seed, options=_LEAN)
        run.tick(min(found.nodes, int(min(run.iterations_left, 2**31))), 1)
        return found


@dataclass(eq=False)
class Apart:
    """The search of all periods, one by one.

    Parameters
    ----------
    pieces : Pieces
        The periods.
    run : Run
        Told of bounds and schedules.
    x : float array [columns], optional
        A solution of the whole to start from.
    """

    pieces: Pieces
    run: Run
    x: FloatArray | None = None
    bounds: FloatArray = field(init=False)
    values: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        model, pieces = self.pieces.model, self.pieces
        count = len(pieces.parts)
        self.bounds, self.values = np.full(count, -np.inf), np.full(count, np.inf)
        if self.x is None:
            self.x = np.zeros(model.linear.columns)
            return
        for t, columns in enumerate(pieces.columns):
            self.values[t] = pieces.parts[t].objective(self.x[columns])

    def search(self) -> Status | None:
        """Search until all is proven or the run stops; return the status of an infeasible instance."""
        for t, part in enumerate(self.pieces.parts):
            if self.run.stop() is not None:
                return None
            found = solve_lp(part, seed=self.pieces.seed)
            if found.status is Status.INFEASIBLE:
                return Status.INFEASIBLE
            if found.bound is not None:
                self.bounds[t] = found.bound
        self._prove()
        wanted = self.run.budget.gap or 0.0
        rounds = ROUNDS if np.isfinite(self.run.seconds_left) else ()
        for gap in (*(one for one in rounds if one > wanted), wanted):
            status = self._round(gap)
            self.offer()
            if status is not None or self.run.stop() is not None or self.run.gap <= CLOSED:
                return status
        return None

    def offer(self) -> None:
        """Offer the solution of now, where every period has one."""
        model, x = self.pieces.model, self.x
        if x is not None and np.isfinite(self.values).all():
            value = float(self.values.sum())
            if self.run.better(value, self.run.objective):
                schedule = model.schedule(x)
                self.run.offer(model.terms.value(schedule), schedule)

    def _round(self, gap: float) -> Status | None:
        """Solve the periods that are farther from proven, the worst first."""
        far = self.values - self.bounds
        open_ = [t for t in np.argsort(-far, kind="stable").tolist() if np.isinf(far[t])
                 or far[t] > max(gap, CLOSED) * max(abs(self.values[t]), CLOSED)]
        for done, t in enumerate(open_):
            if self.run.stop() is not None:
                return None
            part, columns = self.pieces.parts[t], self.pieces.columns[t]
            assert self.x is not None
            start = self.x[columns] if np.isfinite(self.values[t]) else None
            found = self.pieces.solve(part, self.run, gap=gap, start=start,
                                      seconds=2 * self.run.seconds_left / (len(open_) - done + 1))
            if found.status is Status.INFEASIBLE:
                return Status.INFEASIBLE
            if found.bound is not None:
                self.bounds[t] = max(self.bounds[t], found.bound)
            if found.x is not None and found.objective is not None and found.objective < self.values[t]:
                self.x[columns], self.values[t] = found.x, found.objective
            self._prove()
        return None

    def _prove(self) -> None:
        """Prove the sum of the bounds, no more than the values where rounding would say so."""
        if np.isfinite(self.bounds).all():
            self.run.prove(float(np.minimum(self.bounds, self.values).sum()))


