"""Periods by themselves: the part of the count model that belongs to one period, solved under prices on its counts."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.formulations.dual.chain import ChainDual
from ecoopt.formulations.highs import HighsResult, LinearModel, solve_lp, solve_model
from ecoopt.formulations.mig_serving.count_model import CountModel

_NODES = 5000
_MOST_CUTS = 6
_CUT_SLACK = 1e-9


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

    def _part(self, by_column: object, columns: IntArray, links: NDArray[np.bool_], period: int) -> Part:
        linear, whole = self.whole.linear, self.whole
        block = by_column[:, columns]  # type: ignore[index]
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
    ) -> HighsResult:
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
        seconds = None if run.budget.seconds is None else run.seconds_left
        ledger = Run(Budget(seconds=seconds, iterations=_NODES), sense=run.sense)
        return solve_model(self.priced(period, prices), ledger, gap=0.0, slack=slack, seed=seed, start=start,
                           options={"mip_allow_restart": False})
