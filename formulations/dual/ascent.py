"""Ascent: what all dual methods share: asking the priced subproblem, keeping the best bound, saying when to stop.

A minimisation family gives a concave dual function whose values are lower bounds; a maximisation family a convex one
whose values are upper bounds. Inside, the second is negated, so that every method ascends.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Termination
from ecoopt.formulations.dual.mixture import Mixture


class Priced(NamedTuple):
    """Answer of a priced subproblem.

    Parameters
    ----------
    value : float
        Of the dual function: a bound on every schedule, in the run's sense.
    subgradient : array of float, shape (K,)
        Of the dual function by the prices: how far the solution overshoots each priced constraint.
    payload : object, optional
        The subproblem's solution; float arrays are averaged, anything else is kept with its weight.
    """

    value: float
    subgradient: FloatArray
    payload: Any = None


Oracle = Callable[[FloatArray], Priced]


@dataclass(frozen=True, eq=False)
class DualResult:
    """What a dual method found.

    Parameters
    ----------
    bound : float
        Best dual value.
    prices : array of float, shape (K,)
        The prices of that value.
    mixture : Mixture
        Averaged solutions of the subproblem, nearly feasible at the end: what to round or repair into a schedule.
    residual : float
        Norm of the averaged subgradient where prices can still move; 0 when the mixture keeps all priced constraints.
    iterations : int
        Subproblems solved.
    termination : Termination
        `proof` when the method's own test says the bound is the best of this dual, within its tolerance.
    """

    bound: float
    prices: FloatArray
    mixture: Mixture
    residual: float
    iterations: int
    termination: Termination


class Ascent:
    """The state of a dual method at work.

    Parameters
    ----------
    oracle : callable
        Maps prices, shape (K,), to a Priced.
    start : array_like, shape (K,)
        First prices.
    run : Run
        Told of every bound; each subproblem counts as one iteration and one evaluation.
    lower, upper : array_like
        Box of the prices, broadcast to (K,).
    """

    def __init__(self, oracle: Oracle, start: ArrayLike, run: Run, lower: ArrayLike, upper: ArrayLike) -> None:
        self.oracle = oracle
        self.run = run
        self.sign = 1.0 if run.sense is Sense.MIN else -1.0
        first = np.atleast_1d(np.asarray(start, dtype=np.float64))
        try:
            self.lower = np.broadcast_to(np.asarray(lower, dtype=np.float64), first.shape)
            self.upper = np.broadcast_to(np.asarray(upper, dtype=np.float64), first.shape)
        except ValueError:
            raise InputError.one("prices", "", f"bounds do not broadcast to shape {first.shape}",
                                 "give a number or one bound per price") from None
        if first.ndim != 1 or not np.isfinite(first).all() or not (self.lower <= self.upper).all():
            raise InputError.one("prices", "", "start is no vector of numbers, or a lower bound is above an upper one",
                                 "give one finite number per price and lower <= upper")
        self.start = self.projected(first)
        self.best = -np.inf
        self.best_prices = self.start
        self.iterations = 0

    def projected(self, prices: FloatArray) -> FloatArray:
        """Return the nearest prices in the box."""
        return np.clip(prices, self.lower, self.upper)

    def ask(self, prices: FloatArray) -> Priced:
        """Return the subproblem's answer, negated for a maximisation family, and keep the bound.

        Raises
        ------
        InputError
            When the answer has the wrong shape or is not finite.
        """
        answer = Priced(*self.oracle(prices))
        gradient = np.asarray(answer.subgradient, dtype=np.float64)
        if gradient.shape != prices.shape or not np.isfinite(answer.value) or not np.isfinite(gradient).all():
            raise InputError.one(
                "priced subproblem", "", f"value {answer.value} with a subgradient of shape {gradient.shape} cannot be "
                f"used for {prices.size} prices", "return finite numbers, one per price")
        self.iterations += 1
        self.run.tick(1, 1)
        value = self.sign * float(answer.value)
        if value > self.best:
            self.best, self.best_prices = value, prices.copy()
            self.run.prove(float(answer.value))
        return Priced(value, self.sign * gradient, answer.payload)

    def movable(self, prices: FloatArray, direction: FloatArray) -> FloatArray:
        """Return the direction without the components that would leave the box at once."""
        stuck = ((prices <= self.lower) & (direction < 0)) | ((prices >= self.upper) & (direction > 0))
        return np.where(stuck, 0.0, direction)

    @property
    def ceiling(self) -> float:
        """The incumbent's objective, which no dual value can pass; infinite without one."""
        return np.inf if self.run.objective is None else self.sign * self.run.objective

    def result(self, mixture: Mixture, residual: float, termination: Termination) -> DualResult:
        """Return what was found."""
        return DualResult(self.sign * self.best, self.best_prices, mixture, residual, self.iterations, termination)
