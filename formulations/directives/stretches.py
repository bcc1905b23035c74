"""Stretches: a model taken apart by hours; what links them is priced, and each is an integer program of its own."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import LinearModel, solve_model
from ecoopt.formulations.highs.options import Options

_NODES = 500
_LEAN: Options = {"mip_allow_restart": False, "mip_heuristic_run_feasibility_jump": False,
                  "mip_heuristic_run_rins": False, "mip_heuristic_run_rens": False}


@dataclass(frozen=True, eq=False)
class Priced:
    """What the stretches say at some prices.

    Parameters
    ----------
    bound : float
        On every solution of the whole model; minus infinity where a stretch has proven none.
    x : float array [columns], optional
        Solutions of the stretches side by side, which may break what links them; None where one has found none.
    infeasible : bool
        Whether a stretch has no solution, so that the whole has none.
    """

    bound: float
    x: FloatArray | None
    infeasible: bool = False


@dataclass(frozen=True, eq=False)
class Stretches:
    """A model to minimise in stretches of hours.

    Parameters
    ----------
    linear : LinearModel
        The whole model.
    column_hour : int array [columns]
        Hour of each column.
    length_h : int
        Hours in a stretch.
    """

    linear: LinearModel
    column_hour: IntArray
    length_h: int

    @cached_property
    def row_stretch(self) -> IntArray:
        """Stretch of each row, -1 for rows that link stretches, int array [rows]."""
        matrix, stretch = self.linear.matrix, self.column_hour // self.length_h
        own = np.full(self.linear.rows, -1)
        filled = np.flatnonzero(np.diff(matrix.indptr))
        least, most = (pick.reduceat(stretch[matrix.indices], matrix.indptr[filled])
                       for pick in (np.minimum, np.maximum))
        own[filled] = np.where(least == most, least, -1)
        return own

    def priced(self, row_dual: FloatArray, run: Run, *, slack: float, seed: int) -> Priced | None:
        """Solve every stretch with the linking rows priced; None when the run must stop before all are solved.

        One evaluation is a stretch.

        Parameters
        ----------
        row_dual : float array [rows]
            Prices; those of linking rows count, as far as their sign fits the rows' limits.
        run : Run
            Whose seconds and stop are kept; it is told the evaluations alone.
        slack : float
            Distance of objective and bound at which a stretch of full length may stop.
        seed : int
            Of HiGHS.
        """
        linear = self.linear
        linking = self.row_stretch < 0
        price = np.where(linking, row_dual, 0.0)
        price[(price > 0) & np.isinf(linear.row_lower)] = 0.0
        price[(price < 0) & np.isinf(linear.row_upper)] = 0.0
        active = np.where(price > 0, linear.row_lower, linear.row_upper)
        bound = linear.offset + float((price * np.where(price == 0, 0.0, active)).sum())
        cost = linear.cost - linear.matrix.T @ price
        by_column = linear.matrix.tocsc()
        x = np.zeros(linear.columns)
        found = True
        stretch = self.column_hour // self.length_h
        for own in range(int(stretch.max()) + 1):
            if run.stop() is not None:
                return None
            columns, rows = np.flatnonzero(stretch == own), np.flatnonzero(self.row_stretch == own)
            part = LinearModel(
                cost=cost[columns], lower=linear.lower[columns], upper=linear.upper[columns],
                matrix=by_column[:, columns][rows].tocsr(), row_lower=linear.row_lower[rows],
                row_upper=linear.row_upper[rows], integer=linear.integer[columns], offset=0.0, sense=linear.sense)
            seconds = None if run.budget.seconds is None else run.seconds_left
            result = solve_model(part, Run(Budget(seconds=seconds, iterations=_NODES)), gap=0.0, slack=slack,
                                 seed=seed, options=_LEAN)
            run.tick(0, 1)
            if result.status is Status.INFEASIBLE:
                return Priced(-np.inf, None, True)
            bound += -np.inf if result.bound is None else result.bound
            if result.x is None:
                found = False
            else:
                x[columns] = result.x
        return Priced(bound, x if found else None)
