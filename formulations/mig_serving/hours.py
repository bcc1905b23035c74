"""Periods by themselves: the part of the count model that belongs to one period, solved under prices on its counts."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.dual.chain import ChainDual
from ecoopt.formulations.highs import LinearModel, solve_lp, solve_model
from ecoopt.formulations.highs.options import Options
from ecoopt.formulations.mig_serving.count_model import CountModel

_NODES = 5000
_MOST_CUTS = 6
_CUT_SLACK = 1e-9
_FEW = 8.0
_LEAN: Options = {"mip_allow_restart": False, "mip_heuristic_run_feasibility_jump": False,
                  "mip_heuristic_run_rins": False, "mip_heuristic_run_rens": False}


@dataclass(frozen=True, eq=False)
class Part:
    """One period's columns and rows as a model.

    Parameters
    ----------
    columns : int array
        Columns of the whole model, in order.
    model : LinearModel
        The part.
    priced : int array [1 + P]
        Its columns of GPUs on and of slices, which prices are on.
    """

    columns: IntArray
    model: LinearModel
    priced: IntArray


@dataclass(frozen=True, eq=False)
class PartResult:
    """What is known of a period.

    Parameters
    ----------
    x : float array, optional
        Best solution of its columns.
    bound : float, optional
        Proven bound.
    infeasible : bool
        Whether it has no solution.
    """

    x: FloatArray | None
    bound: float | None
    infeasible: bool


class Hours:
    """The periods of a count model, uncoupled.

    Parameters
    ----------
    whole : CountModel
        The model.
    """

    def __init__(self, whole: CountModel) -> None:
        self.whole = whole
        linear = whole.linear
        links = np.zeros(linear.rows, dtype=bool)
        links[whole.change_rows] = True
        linking = np.zeros(linear.columns, dtype=bool)
        for table in (whole.changed, whole.switched):
            linking[table[table >= 0]] = True
        by_column = linear.matrix.tocsc()
        self.cuts: list[list[tuple[FloatArray, float]]] = [[] for _ in whole.gpus_on]
        self.parts = [self._part(by_column, np.flatnonzero((whole.column_period == t) & ~linking), links, t)
                      for t in range(len(whole.gpus_on))]

    def _part(self, by_column: sparse.csc_array, columns: IntArray, links: NDArray[np.bool_], period: int) -> Part:
        linear, whole = self.whole.linear, self.whole
        block = by_column[:, columns]
        rows = np.unique(block.indices)
        rows = rows[~links[rows]]
        priced = np.append(whole.gpus_on[period], whole.slices[period])
        model = LinearModel(
            cost=linear.cost[columns], lower=linear.lower[columns], upper=linear.upper[columns],
            matrix=block[rows].tocsr(), row_lower=linear.row_lower[rows], row_upper=linear.row_upper[rows],
            integer=linear.integer[columns], offset=0.0, sense=linear.sense)
        return Part(columns, model, np.searchsorted(columns, priced))

    @cached_property
    def dual(self) -> ChainDual:
        """Boxes of the prices on changes: of GPUs on, then of slices, [T, 1 + P]."""
        whole = self.whole
        options, instance = whole.options, whole.options.instance
        profiles = whole.slices.shape[1]
        upper = np.zeros((len(whole.gpus_on), 1 + profiles))
        upper[:, 0] = np.where(whole.switched >= 0, options.power_on_cost, 0.0)
        upper[:, 1:] = np.where(whole.changed >= 0, options.slice_cost[:, None], 0.0)
        lower = -upper
        lower[:, 0] = 0.0
        slices = np.zeros(profiles) if instance.initial_slices is None else instance.initial_slices
        initial = np.append(instance.initial_gpus_on or 0, slices).astype(float)
        return ChainDual(lower, upper, initial)

    def first_prices(self, row_dual: FloatArray) -> FloatArray:
        """Return the prices on changes that the relaxation of the whole model ends with, [T, 1 + P]."""
        whole = self.whole
        mu = np.zeros(self.dual.upper.shape)
        some, profiles = np.flatnonzero((whole.changed >= 0).any(axis=1)), whole.slices.shape[1]
        created, removed, switched = np.split(
            row_dual[whole.change_rows], [len(some) * profiles, 2 * len(some) * profiles])
        mu[some, 1:] = (created - removed).reshape(-1, profiles)
        mu[whole.switched >= 0, 0] = switched
        return mu

    def add_cut(self, period: int, prices: FloatArray, bound: float) -> None:
        """Remember that no solution of a period is cheaper than `bound` at prices [1 + P].

        As a row of the period's model it holds at all prices, and at similar ones it closes most of what the
        relaxation leaves open. The latest few are kept.
        """
        self.cuts[period] = [*self.cuts[period][1 - _MOST_CUTS:], (prices, bound)]

    def priced(self, period: int, prices: FloatArray) -> LinearModel:
        """Return a period's model with prices [1 + P] added to its costs, and its cuts as rows."""
        model = self.parts[period].model
        cost = self._cost(period, prices)
        cuts = self.cuts[period]
        if not cuts:
            return model.replaced(cost=cost)
        rows = np.array([self._cost(period, paid) for paid, _ in cuts])
        scale = 1 / np.abs(rows).max(axis=1)
        right = scale * np.array([bound for _, bound in cuts])
        return model.replaced(
            cost=cost, matrix=sparse.vstack([model.matrix, sparse.csr_array(rows * scale[:, None])], format="csr"),
            row_lower=np.append(model.row_lower, right - _CUT_SLACK * np.abs(right)),
            row_upper=np.append(model.row_upper, np.full(len(cuts), np.inf)))

    def relaxed(self, period: int, prices: FloatArray) -> float:
        """Return the bound of a period's linear relaxation with its cuts, minus infinity when it has none."""
        found = solve_lp(self.priced(period, prices))
        return -np.inf if found.bound is None else found.bound

    def _cost(self, period: int, prices: FloatArray) -> FloatArray:
        part = self.parts[period]
        cost: FloatArray = part.model.cost.copy()
        cost[part.priced] += prices
        return cost

    def solve(
        self, period: int, prices: FloatArray, run: Run, *, slack: float, seed: int, start: FloatArray | None = None
    ) -> PartResult:
        """Solve a period under prices [1 + P], within what is left of the run's seconds.

        Parameters
        ----------
        period : int
            Which.
        prices : float array [1 + P]
            On GPUs on and slices.
        run : Run
            Whose seconds and interrupt it keeps; it is told nothing.
        slack : float
            Distance of objective and bound at which to stop. Prices may bring the objective near zero, so that a
            relative distance would mean nothing.
        seed : int
            Of HiGHS.
        start : float array [columns of the part], optional
            A solution.
        """
        column = int(self.parts[period].priced[0])
        return _solved(self.priced(period, prices), column, run, slack, seed, start)

    def solve_costs(self, period: int, cost: FloatArray, run: Run, *, slack: float, seed: int) -> PartResult:
        """Solve a period with other costs of its columns; see `solve`."""
        part = self.parts[period]
        return _solved(part.model.replaced(cost=cost), int(part.priced[0]), run, slack, seed, None)


def _solved(
    model: LinearModel, gpus_on: int, run: Run, slack: float, seed: int, start: FloatArray | None
) -> PartResult:
    """Solve a period's model; where few GPUs are on, for each number of them from the relaxation's outwards.

    With the number fixed little is left open, and the relaxation's optimum is convex in it: once it reaches the
    incumbent on one side, so does everything beyond.
    """
    relaxed = solve_lp(model)
    if relaxed.x is None or relaxed.bound is None:
        return PartResult(None, None, relaxed.status is Status.INFEASIBLE)
    middle = float(relaxed.x[gpus_on])
    if middle > _FEW:
        return _whole(model, run, slack, seed, start)
    best: FloatArray | None = None
    value, bound = np.inf, np.inf
    if start is not None:
        best, value = start, model.objective(start)
    sides = {-1: int(np.floor(middle)), 1: int(np.floor(middle)) + 1}
    least = {side: _fixed_bound(model, gpus_on, number) for side, number in sides.items()}
    while True:
        side = min(least, key=lambda one: least[one])
        if least[side] >= value - slack or least[side] == np.inf:
            bound = min(bound, *least.values())
            break
        part = _with_fixed(model, gpus_on, sides[side])
        own = start if start is not None and round(start[gpus_on]) == sides[side] else None
        found = _whole(part, run, slack, seed, own)
        if found.bound is None and not found.infeasible:
            return PartResult(best, None, False)
        if found.bound is not None:
            bound = min(bound, found.bound)
        if found.x is not None and model.objective(found.x) < value:
            best, value = found.x, model.objective(found.x)
        sides[side] += side
        least[side] = _fixed_bound(model, gpus_on, sides[side])
    if best is None:
        return PartResult(None, None, True)
    return PartResult(best, min(bound, value), False)


def _with_fixed(model: LinearModel, column: int, number: int) -> LinearModel:
    """Return the model with one column fixed."""
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[column] = upper[column] = number
    return model.replaced(lower=lower, upper=upper)


def _fixed_bound(model: LinearModel, column: int, number: int) -> float:
    """Return the relaxation's optimum with one column fixed, infinite where there is none."""
    if not model.lower[column] <= number <= model.upper[column]:
        return np.inf
    found = solve_lp(_with_fixed(model, column, number))
    return np.inf if found.objective is None else found.objective


def _whole(model: LinearModel, run: Run, slack: float, seed: int, start: FloatArray | None) -> PartResult:
    """Solve a model by HiGHS, without what costs more than it gives on models this small."""
    seconds = None if run.budget.seconds is None else run.seconds_left
    ledger = Run(Budget(seconds=seconds, iterations=_NODES), sense=run.sense)
    found = solve_model(model, ledger, gap=0.0, slack=slack, seed=seed, start=start, options=_LEAN)
    return PartResult(found.x, found.bound, found.status is Status.INFEASIBLE)
