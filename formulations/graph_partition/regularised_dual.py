"""The regularised semidefinite dual of a pair problem: any multipliers give a bound, L-BFGS finds good ones.

Krislock, Malick and Roupin, "Improved semidefinite bounding procedure for solving max-cut problems to optimality"
(Mathematical Programming 143, 2014); the pages of the family have the derivation for K parts.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import Bounds, minimize
from scipy.sparse import csr_array

from ecoopt.core.arrays import FloatArray
from ecoopt.formulations.graph_partition.pair_problem import PairProblem
from ecoopt.formulations.graph_partition.size_rows import PairRows

_ROUNDING = 1e-14
"""Relative error of an eigenvalue per node, and of a term of a sum; ten times what is seen."""


@dataclass(frozen=True, eq=False)
class Dual:
    """What a minimisation found.

    Parameters
    ----------
    bound : float
        Bound on the weight between nodes, rounding errors included.
    shift : float array [N]
        Multipliers of the unit diagonal.
    prices : float array [rows]
        Multipliers of the rows.
    together : float array [N, N]
        The point Z = ((K - 1) Y + 1) / K.
    reduced : float array [N, N]
        The weights less all multipliers' parts.
    evaluations : int
        Eigenvalue decompositions.
    """

    bound: float
    shift: FloatArray
    prices: FloatArray
    together: FloatArray
    reduced: FloatArray
    evaluations: int


class _StoppedError(Exception):
    """The minimisation must stop."""


class RegularisedDual:
    """``F(u, z) = sum u + h z + |[C - Diag(u) - A(z)]_+|^2 / (2 alpha) + alpha N^2 / 2``.

    Parameters
    ----------
    problem : PairProblem
        Whose weights are between nodes.
    rows : PairRows
        Over pairs, in Z.
    alpha : float
        Relative to the norm of the weights over N.
    """

    def __init__(self, problem: PairProblem, rows: PairRows, alpha: float) -> None:
        n, parts = problem.nodes, problem.parts
        self._factor = (parts - 1) / parts
        self._upper = np.triu_indices(n, 1)
        self._cost = problem.weight * self._factor / 2
        self._base = float(problem.weight.sum()) / 2 / parts
        norm = np.sqrt(np.asarray(rows.matrix.multiply(rows.matrix).sum(axis=1))).ravel()
        self._norm = np.where(norm > 0, norm, 1.0) * self._factor
        # An empty row says nothing here; that its limit may be below 0 is for the search to see.
        self._limit = np.where(norm > 0, rows.limit - rows.matrix.sum(axis=1) / parts, 0.0) / self._norm
        scale = csr_array((1 / self._norm, (np.arange(len(norm)), np.arange(len(norm)))), shape=(len(norm),) * 2)
        self._matrix = csr_array(scale @ rows.matrix) * self._factor
        self._transpose = csr_array(self._matrix.T)
        self._equal = rows.equal
        self._alpha = alpha * max(float(np.linalg.norm(self._cost)) / n, 1e-12)
        self._nodes, self._parts = n, parts

    def minimise(
        self, shift: FloatArray, prices: FloatArray, evaluations: int, go_on: Callable[[], bool],
    ) -> Dual:
        """Return the best bound met on the way, and the last multipliers.

        Parameters
        ----------
        shift, prices : float array
            Where to begin.
        evaluations : int
            Most eigenvalue decompositions.
        go_on : callable
            Asked before each evaluation but the first.
        """
        n, count, bound = self._nodes, 0, np.inf
        last = np.concatenate([shift, prices * self._norm])
        lows = np.concatenate([np.full(n, -np.inf), np.where(self._equal, -np.inf, 0.0)])

        def value(point: FloatArray) -> tuple[float, FloatArray]:
            nonlocal count, bound, last
            if count and (count >= evaluations or not go_on()):
                raise _StoppedError
            count += 1
            last = point.copy()
            found, gradient, safe = self._value(point)
            bound = min(bound, safe)
            return found, gradient

        try:
            result = minimize(value, last, jac=True, method="L-BFGS-B", bounds=Bounds(lows, np.inf), options={
                "maxfun": 10 * evaluations, "maxiter": 10 * evaluations, "ftol": 0.0, "gtol": 1e-3 * n / 60})
            last = result.x
        except _StoppedError:
            pass
        reduced, point = self._point(last)
        return Dual(bound, last[:n], last[n:] / self._norm, point, reduced, count)

    def _reduced(self, point: FloatArray) -> FloatArray:
        """Return the weights less the multipliers' parts, float array [N, N]."""
        n = self._nodes
        reduced = np.zeros((n, n))
        reduced[self._upper] = self._transpose @ point[n:] / -2
        reduced += reduced.T + self._cost
        reduced[np.arange(n), np.arange(n)] -= point[:n]
        return reduced

    def _value(self, point: FloatArray) -> tuple[float, FloatArray, float]:
        """Return F, its gradient, and the better of two bounds with all rounding errors."""
        n = self._nodes
        reduced = self._reduced(point)
        eigenvalue, vector = eigh(reduced, driver="evd", check_finite=False, overwrite_a=True)
        positive = eigenvalue > 0
        root = vector[:, positive] * np.sqrt(eigenvalue[positive])
        primal = root @ root.T / self._alpha
        linear = float(point[:n].sum() + self._limit @ point[n:])
        regular = float((eigenvalue[positive] ** 2).sum()) / (2 * self._alpha) + self._alpha * n * n / 2
        gradient = np.concatenate([1 - np.diag(primal), self._limit - self._matrix @ primal[self._upper]])
        largest = float(np.abs(eigenvalue).max())
        # <M, Y> is at most N times the largest eigenvalue, as the trace of Y is N.
        terms = float(np.abs(point[:n]).sum() + np.abs(self._limit) @ np.abs(point[n:])) + self._base
        error = _ROUNDING * n * (n * largest + terms) * 10
        safe = self._base + linear + n * float(eigenvalue[-1]) + error
        return linear + regular, gradient, safe

    def _point(self, point: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the reduced weights and Z at multipliers."""
        reduced = self._reduced(point)
        eigenvalue, vector = eigh(reduced, driver="evd", check_finite=False)
        root = vector * np.sqrt(np.maximum(eigenvalue, 0.0) / self._alpha)
        together = self._factor * (root @ root.T) + 1 / self._parts
        return reduced, together
