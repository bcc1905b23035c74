"""Chain: a bound on blocks in a row whose neighbours pay for their differences, from prices on these differences.

Blocks x_0, ..., x_(T-1) have costs f_t(x_t), and a change pays at least ``mu @ (x_t - x_(t-1))`` for every mu in a box.
For any mu in the boxes, ``sum_t min_x (f_t(x) + (mu_t - mu_(t+1)) @ x)`` is a bound. It is concave in mu; its cuts
come apart by block, so that a few evaluations give a model of it that is exact where it matters.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray
from ecoopt.core.run import Run
from ecoopt.formulations.highs import ModelBuilder, solve_lp

_GROW_FROM, _FIRST_RADIUS = 0.5, 0.15
_GAIN, _PATIENCE = 1e-6, 4


@dataclass(frozen=True, eq=False)
class ChainAnswer:
    """The blocks solved at some prices. T blocks of dimension D.

    Parameters
    ----------
    bounds : float array [T]
        Proven bound on each block's priced minimum.
    values : float array [T]
        Cost of the block's solution without prices.
    points : float array [T, D]
        The solution.
    """

    bounds: FloatArray
    values: FloatArray
    points: FloatArray


ChainOracle = Callable[[FloatArray], ChainAnswer | None]
"""Maps prices of the blocks, float array [T, D], to an answer; None when time ran out."""


@dataclass(frozen=True, eq=False)
class ChainDual:
    """Boxes of the prices on differences.

    Parameters
    ----------
    lower, upper : float array [T, D]
        Of mu. Row 0 belongs to the difference from `initial`; a box of zeros leaves the start free.
    initial : float array [D]
        What comes before the first block.
    """

    lower: FloatArray
    upper: FloatArray
    initial: FloatArray

    def block_prices(self, mu: FloatArray) -> FloatArray:
        """Return the price of each block's point, float array [T, D]."""
        prices: FloatArray = mu - np.append(mu[1:], np.zeros((1, mu.shape[1])), axis=0)
        return prices

    def constant(self, mu: FloatArray) -> float:
        """Return what the bound is off the sum of the blocks'."""
        return -float(mu[0] @ self.initial)


def maximise_chain(
    dual: ChainDual, oracle: ChainOracle, start: FloatArray, run: Run, *, tolerance: float = 1e-6,
    after: Callable[[], None] | None = None, most: int = 200,
) -> FloatArray:
    """Maximise the bound of a chain and return the best prices; the run is told of every better bound.

    Cutting planes by block within a trust region (a box around the best prices that grows and shrinks by the model's
    success). One iteration is one evaluation of all blocks and one LP with a row for each distinct point found so far.

    Parameters
    ----------
    dual : ChainDual
        Boxes.
    oracle : callable
        Solves the blocks.
    start : float array [T, D]
        First prices; put into the boxes.
    run : Run
        Budget and ledger.
    tolerance : float
        End when the model promises no more than this share of the bound; the end comes as well after four evaluations
        in a row that hardly improve it.
    after : callable, optional
        Called after each evaluation.
    most : int
        Most evaluations.
    """
    width = dual.upper - dual.lower
    model = _Cuts(dual)
    best, centre = -np.inf, np.clip(start, dual.lower, dual.upper)
    trial, promised, radius, idle = centre, np.inf, _FIRST_RADIUS, 0
    for _ in range(most):
        answer = oracle(dual.block_prices(trial))
        if answer is None:
            break
        run.tick()
        value = float(answer.bounds.sum()) + dual.constant(trial)
        run.prove(value)
        model.add(answer)
        if after is not None:
            after()
        idle = 0 if value > best + _GAIN * abs(best) or not np.isfinite(best) else idle + 1
        if value > best:
            if np.isfinite(best) and value - best >= _GROW_FROM * (promised - best):
                radius = min(2 * radius, 1.0)
            best, centre = value, trial
        else:
            radius /= 2
        if run.stop() is not None or not width.any() or idle >= _PATIENCE:
            break
        found = model.highest(np.maximum(dual.lower, centre - radius * width),
                              np.minimum(dual.upper, centre + radius * width))
        if found is None:
            break
        trial, promised = found
        if promised - best <= tolerance * abs(best):
            break
    return centre


@dataclass
class _Cuts:
    """The model: the distinct points of each block with their values."""

    dual: ChainDual
    _seen: set[bytes] = field(default_factory=set)
    _block: list[int] = field(default_factory=list)
    _value: list[float] = field(default_factory=list)
    _point: list[NDArray[np.float64]] = field(default_factory=list)

    def add(self, answer: ChainAnswer) -> None:
        """Remember the points that are new."""
        for block, (value, point) in enumerate(zip(answer.values.tolist(), answer.points, strict=True)):
            key = np.append(point, (value, block)).tobytes()
            if key not in self._seen:
                self._seen.add(key)
                self._block.append(block)
                self._value.append(value)
                self._point.append(point)

    def highest(self, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, float] | None:
        """Return the prices in a box at which the model is highest, and its value there."""
        blocks, size = lower.shape
        builder = ModelBuilder()
        theta = builder.add_columns("theta", blocks, cost=-1.0, lower=-np.inf)
        mu = builder.add_columns("mu", (blocks, size), lower=lower, upper=upper,
                                 cost=np.vstack([self.dual.initial[None], np.zeros((blocks - 1, size))]))
        block, point = np.array(self._block), np.array(self._point)
        rows = builder.add_rows("cut", len(block), upper=np.array(self._value))
        builder.add_terms(rows, theta[block], 1.0)
        builder.add_terms(rows[:, None], mu[block], -point)
        inner = np.flatnonzero(block < blocks - 1)
        builder.add_terms(rows[inner, None], mu[block[inner] + 1], point[inner])
        found = solve_lp(builder.model())
        if found.x is None or found.objective is None:
            return None
        return found.x[mu], -found.objective
