"""Explain: why a model is infeasible, as the constraints that must give and by how much.

Every constraint that may give gets a slack with a cost, and the least total slack is found (elastic programming;
Chinneck, *Feasibility and Infeasibility in Optimization*, 2008, chapter 6). That is one solve of
an always feasible model, where an irreducible infeasible subset needs many solves of infeasible ones.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Status
from ecoopt.formulations.highs.driver import Order, drive
from ecoopt.formulations.highs.linear_model import LinearModel
from ecoopt.formulations.highs.solve import arrays_of

_NOTHING = 1e-6


@dataclass(frozen=True)
class Relief:
    """One constraint that must give.

    Parameters
    ----------
    constraint : str
        Name of the constraint, or of the variable when its bound must give.
    side : str
        ``"at most"`` or ``"at least"``.
    limit, needed : float
        The limit as it is, and the value it has to allow.
    is_bound : bool
        Whether it is a variable's own bound.
    """

    constraint: str
    side: str
    limit: float
    needed: float
    is_bound: bool = False

    @property
    def by(self) -> float:
        """By how much it must give."""
        return abs(self.needed - self.limit)

    def sentence(self) -> str:
        """Return it as one sentence for people."""
        what = f"the bound of {self.constraint}" if self.is_bound else self.constraint
        return f"{what} must give by {self.by:.6g}: it allows {self.side} {self.limit:.6g}, {self.needed:.6g} is needed"


@dataclass(frozen=True)
class Explanation:
    """Why a model is infeasible.

    Parameters
    ----------
    feasible : bool, optional
        True when nothing has to give, None when the budget ended before anything was known. False without reliefs:
        what may give is not enough.
    reliefs : tuple of Relief
        What must give together, the largest first.
    least : bool
        Whether no smaller total (by weight) would do.
    """

    feasible: bool | None
    reliefs: tuple[Relief, ...] = ()
    least: bool = True

    def sentences(self) -> list[str]:
        """Return one sentence per constraint that must give."""
        return [relief.sentence() for relief in self.reliefs]


def explain(
    model: Any, run: Run | None = None, *, may_give: Callable[[str], bool] | None = None,
    weights: FloatArray | None = None, threads: int = 1, seed: int = 0,
) -> Explanation:
    """Return the constraints that must give, and by how much, for the model to become feasible.

    Bounds of variables give only when the constraints alone cannot help.

    Parameters
    ----------
    model : Pyomo model, HandedOver or LinearModel
        Infeasible, or not known to be feasible.
    run : Run, optional
        Its seconds limit the search, its stop ends it; without it there is no limit.
    may_give : callable, optional
        Takes a constraint's name and says whether it may give; by default all may.
    weights : array of float, shape (rows,), optional
        Positive cost of a unit of slack in each row; by default 1 over the row's limit (at least 1), so that limits
        of different units compare.
    threads, seed : int
        Of HiGHS.
    """
    linear = arrays_of(model)
    rows = np.arange(linear.rows)
    if may_give is not None:
        rows = np.array([row for row in rows.tolist() if may_give(linear.row_name(row))], dtype=np.int64)
    if weights is not None and (np.shape(weights) != (linear.rows,) or not (np.asarray(weights) > 0).all()):
        raise InputError.one("weights", "", f"must be {linear.rows} positive numbers", "give one weight per row")
    for columns in (np.zeros(0, np.int64), np.arange(linear.columns)):
        elastic = _Elastic(linear, rows, columns, weights)
        seconds = None if run is None or math.isinf(run.seconds_left) else run.seconds_left
        inner = _Inner(run, seconds)
        result = drive(elastic.model, inner, Order(threads=threads, seed=seed))
        if result.x is not None:
            reliefs = elastic.reliefs(result.x)
            return Explanation(not reliefs, reliefs, result.status is Status.OPTIMAL)
        if result.status is not Status.INFEASIBLE:
            return Explanation(None, least=False)
    return Explanation(False, least=False)


class _Inner(Run):
    """The elastic solve's own ledger, which stops when the outer run must."""

    def __init__(self, outer: Run | None, seconds: float | None) -> None:
        super().__init__(Budget(seconds=seconds))
        self._outer = outer

    def stop(self) -> Any:
        """Return why to stop now, or None."""
        return super().stop() or (None if self._outer is None else self._outer.stop())


class _Elastic:
    """The elastic model: slack columns behind the model's own."""

    def __init__(self, linear: LinearModel, rows: IntArray, columns: IntArray, weights: FloatArray | None) -> None:
        self.linear = linear
        low_rows, high_rows = rows[np.isfinite(linear.row_lower[rows])], rows[np.isfinite(linear.row_upper[rows])]
        low_columns = columns[np.isfinite(linear.lower[columns])]
        high_columns = columns[np.isfinite(linear.upper[columns])]
        self.parts = [(low_rows, linear.row_lower, 1.0, False), (high_rows, linear.row_upper, -1.0, False),
                      (low_columns, linear.lower, 1.0, True), (high_columns, linear.upper, -1.0, True)]
        n, m = linear.columns, linear.rows
        # Limits may cross, so each elastic side is a row of its own; the model's rows keep the rigid sides.
        kept_lower, kept_upper = linear.row_lower.copy(), linear.row_upper.copy()
        kept_lower[low_rows], kept_upper[high_rows] = -np.inf, np.inf
        lower, upper = linear.lower.copy(), linear.upper.copy()
        lower[low_columns], upper[high_columns] = -np.inf, np.inf
        sides, lows, highs, costs, signs = [], [kept_lower], [kept_upper], [], []
        identity = sparse.eye_array(n, format="csr")
        for part, limits, sign, is_bound in self.parts:
            sides.append(identity[part] if is_bound else linear.matrix[part])
            lows.append(limits[part] if sign > 0 else np.full(part.size, -np.inf))
            highs.append(limits[part] if sign < 0 else np.full(part.size, np.inf))
            costs.append(self._cost(part, limits, None if is_bound else weights))
            signs.append(np.full(part.size, sign))
        slack_signs = np.concatenate(signs)
        count = slack_signs.size
        slacks = sparse.vstack([sparse.csr_array((m, count)), sparse.diags_array(slack_signs)])
        self.model = LinearModel(
            np.concatenate([np.zeros(n), *costs]), np.concatenate([lower, np.zeros(count)]),
            np.concatenate([upper, np.full(count, np.inf)]),
            sparse.hstack([sparse.vstack([linear.matrix, *sides]), slacks]),
            np.concatenate(lows), np.concatenate(highs),
            integer=np.concatenate([linear.integer, np.zeros(count, bool)]), sense=Sense.MIN)

    @staticmethod
    def _cost(part: IntArray, limits: FloatArray, weights: FloatArray | None) -> FloatArray:
        return 1.0 / np.maximum(1.0, np.abs(limits[part])) if weights is None else np.asarray(weights, np.float64)[part]

    def reliefs(self, x: FloatArray) -> tuple[Relief, ...]:
        """Return what gives in a solution of the elastic model, the largest share of its limit first."""
        found: list[tuple[float, Relief]] = []
        at = self.linear.columns
        for part, limits, sign, is_bound in self.parts:
            name = self.linear.column_name if is_bound else self.linear.row_name
            for index, slack in zip(part.tolist(), x[at:at + part.size].tolist(), strict=True):
                scale = max(1.0, abs(limits[index]))
                if slack > _NOTHING * scale:
                    side = "at least" if sign > 0 else "at most"
                    limit = float(limits[index])
                    found.append((slack / scale, Relief(name(index), side, limit, limit - sign * slack, is_bound)))
            at += part.size
        return tuple(relief for _, relief in sorted(found, key=lambda entry: -entry[0]))
