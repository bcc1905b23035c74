"""Periods apart: without starts each period is an integer program of its own, and the sum of their bounds is a bound.

A period is solved in its *core*: items whose replicas cost more than a width beyond the relaxation are left out. A
solution with one of them costs at least the relaxation and the width, so that the lesser of the core's bound and that
sum is a bound on the period (Balas and Zemel, 1980, on knapsacks).
"""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
from scipy import sparse

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.gap import CLOSED
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import HighsResult, LinearModel, solve_lp, solve_model
from ecoopt.formulations.highs.options import Options
from ecoopt.formulations.llm_config.fleet_model import FleetModel

ROUNDS = ((0.003, 0.006), (0.001, 0.012), (0.0003, 0.025))
"""Gap at which a period may stop, and width of its core as a part of the relaxation, round by round.

Then cores are as wide as the best solution known is above the relaxation, which leaves out nothing that is better.
"""

PRECISE: Options = {"mip_feasibility_tolerance": 1e-9}
LEAN: Options = PRECISE | {
    "mip_allow_restart": False, "mip_heuristic_effort": 0.0, "mip_detect_symmetry": False,
    "mip_heuristic_run_rens": False, "mip_heuristic_run_rins": False, "mip_heuristic_run_feasibility_jump": False}
"""Options by which a small program is solved in half the time that HiGHS takes by default."""


@dataclass(frozen=True, eq=False)
class Relaxed:
    """The relaxation of a period. J items.

    Parameters
    ----------
    part : LinearModel
        The period.
    bound : float
        The relaxation's value; infinite where it has no solution, minus infinity where none was proven.
    extra : float array [J]
        Least that a solution with a replica of an item costs beyond that.
    """

    part: LinearModel
    bound: float
    extra: FloatArray


@dataclass(eq=False)
class Pieces:
    """A fleet model cut into periods; rows that link periods are left out. T periods, J items.

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
    rows: list[IntArray] = field(init=False)
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
        self.columns, self.rows, self.parts = [], [], []
        for t in range(len(self.model.count)):
            columns = np.flatnonzero((period == t) & ~starting)
            rows = inside[(least == t) & ~linked]
            self.columns.append(columns)
            self.rows.append(rows)
            self.parts.append(LinearModel(
                linear.cost[columns], linear.lower[columns], linear.upper[columns], matrix[rows][:, columns],
                linear.row_lower[rows], linear.row_upper[rows], integer=linear.integer[columns]))

    def place(self, t: int, columns: IntArray) -> IntArray:
        """Return where columns of the whole are in a period."""
        return np.searchsorted(self.columns[t], columns)

    def counts(self, t: int, x: FloatArray) -> IntArray:
        """Return the replicas of items in a period's solution, int array [J]."""
        return np.rint(x[self.place(t, self.model.count[t])]).astype(np.int64)

    def priced(self, t: int, price: FloatArray) -> LinearModel:
        """Return a period with prices on replicas of items, float array [J]."""
        part = self.parts[t]
        cost = part.cost.copy()
        cost[self.place(t, self.model.count[t])] += price
        return part.replaced(cost=cost)

    def following(
        self, t: int, price: FloatArray, before: IntArray, where: IntArray, start_g: FloatArray,
    ) -> LinearModel:
        """Return a period with prices, in which starts beyond the replicas before are paid; their columns come last.

        Parameters
        ----------
        t : int
            Period.
        price : float array [J]
            On replicas of items.
        before : int array [S]
            Replicas of places in the period before.
        where : int array [J]
            Place of each item.
        start_g : float array [S]
            Grams of a start.
        """
        part, places = self.priced(t, price), len(before)
        count = self.place(t, self.model.count[t])
        member = sparse.csr_array((np.ones(len(where)), (where, count)), shape=(places, part.columns))
        matrix = sparse.vstack([
            sparse.hstack([part.matrix, sparse.csr_array((part.rows, places))]),
            sparse.hstack([member, -sparse.eye_array(places)])])
        return LinearModel(
            np.append(part.cost, start_g), np.append(part.lower, np.zeros(places)),
            np.append(part.upper, np.full(places, np.inf)), matrix,
            np.append(part.row_lower, np.full(places, -np.inf)), np.append(part.row_upper, before),
            integer=np.append(part.integer, np.zeros(places, dtype=bool)))

    def relaxed(self, t: int, changed: LinearModel | None = None) -> Relaxed:
        """Solve the relaxation of a period, or of what `priced` or `following` has made of it."""
        part, model = self.parts[t] if changed is None else changed, self.model
        count, busy = self.place(t, model.count[t]), self.place(t, model.busy[t])
        found = solve_lp(part, seed=self.seed)
        if found.status is Status.INFEASIBLE:
            return Relaxed(part, np.inf, np.zeros(len(count)))
        if found.bound is None or found.reduced_cost is None or found.row_dual is None:
            return Relaxed(part, -np.inf, np.zeros(len(count)))
        # What a row between replicas and busy ones pays may move from one to the other as far as signs allow.
        paid = -found.row_dual[np.searchsorted(self.rows[t], model.loaded[t])]
        extra = found.reduced_cost[count] + np.minimum(paid, np.maximum(found.reduced_cost[busy], 0.0))
        return Relaxed(part, found.bound, np.asarray(extra))

    def solve(
        self, t: int, relaxed: Relaxed, run: Run, *, gap: float, seconds: float, start: FloatArray | None = None,
        width: float | None = None,
    ) -> tuple[HighsResult, float]:
        """Solve a period, or its core of a width, within part of a run's seconds and nodes; return a bound besides.

        The run counts nodes and an evaluation.
        """
        part, model = relaxed.part, self.model
        if width is not None:
            out = relaxed.extra > width
            upper = part.upper.copy()
            for columns in (model.count[t], model.busy[t]):
                upper[self.place(t, columns)[out]] = 0.0
            part = part.replaced(upper=np.maximum(upper, part.lower))
        left = min(seconds, run.seconds_left)
        budget = Budget(seconds=left if np.isfinite(left) else None,
                        iterations=None if np.isinf(run.iterations_left) else int(run.iterations_left))
        found = solve_model(part, Run(budget), gap=gap, start=start, seed=self.seed, options=LEAN)
        run.tick(int(min(found.nodes, run.iterations_left)), 1)
        bound = -np.inf if found.bound is None else found.bound
        if width is not None:
            beyond = relaxed.bound + width
            bound = beyond if found.status is Status.INFEASIBLE else min(bound, beyond)
        return found, max(bound, relaxed.bound)


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
    relaxed: list[Relaxed] = field(init=False)

    def __post_init__(self) -> None:
        model, pieces = self.pieces.model, self.pieces
        count = len(pieces.parts)
        self.bounds, self.values = np.full(count, -np.inf), np.full(count, np.inf)
        self.relaxed, self.now = [], np.zeros(model.linear.columns) if self.x is None else self.x.copy()
        if self.x is not None:
            for t, columns in enumerate(pieces.columns):
                self.values[t] = pieces.parts[t].objective(self.x[columns])

    def search(self) -> Status | None:
        """Search until all is proven or the run stops; return the status of an infeasible instance."""
        for t in range(len(self.pieces.parts)):
            if self.run.stop() is not None:
                return None
            relaxed = self.pieces.relaxed(t)
            if relaxed.bound == np.inf:
                return Status.INFEASIBLE
            self.relaxed.append(relaxed)
            self.bounds[t] = relaxed.bound
        self._prove()
        for gap, width in (*ROUNDS, (0.0, None)):
            status = self._round(gap, width)
            if status is not None or self.run.stop() is not None or self.run.gap <= CLOSED:
                return status
        return None

    def offer(self) -> None:
        """Offer the solution of now, where every period has one; its schedule is made when it is asked for."""
        value = float(self.values.sum())
        if np.isfinite(value) and self.run.better(value, self.run.objective):
            self.run.offer(value, partial(self.pieces.model.schedule, self.now.copy()))

    def _round(self, gap: float, width: float | None) -> Status | None:
        """Solve the periods that are farther from proven, the worst first."""
        far = self.values - self.bounds
        open_ = [t for t in np.argsort(-far, kind="stable").tolist() if np.isinf(far[t])
                 or far[t] > max(gap, CLOSED) * max(abs(self.values[t]), CLOSED)]
        for done, t in enumerate(open_):
            if self.run.stop() is not None:
                return None
            relaxed, columns = self.relaxed[t], self.pieces.columns[t]
            known = np.isfinite(self.values[t])
            # A core as wide as this holds whatever is better than what is known.
            enough = (self.values[t] - relaxed.bound) * (1 + CLOSED) if known else None
            wide = enough if width is None else min(width * abs(relaxed.bound), np.inf if enough is None else enough)
            found, bound = self.pieces.solve(
                t, relaxed, self.run, gap=gap, width=wide, start=self.now[columns] if known else None,
                seconds=3 * self.run.seconds_left / (len(open_) - done + 2))
            if found.status is Status.INFEASIBLE and wide is None:
                return Status.INFEASIBLE
            self.bounds[t] = max(self.bounds[t], bound)
            if found.x is not None and found.objective is not None and found.objective < self.values[t]:
                self.now[columns], self.values[t] = found.x, found.objective
            self._prove()
            self.offer()
        return None

    def _prove(self) -> None:
        """Prove the sum of the bounds, no more than the values where rounding would say so."""
        if np.isfinite(self.bounds).all():
            self.run.prove(float(np.minimum(self.bounds, self.values).sum()))
