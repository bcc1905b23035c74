"""Smoothing: maximise a dual function by a limited-memory quasi-Newton method on ever sharper smooth versions of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from ecoopt.core.arrays import FloatArray
from ecoopt.core.run import Run
from ecoopt.core.status import Termination

SmoothedDual = Callable[[FloatArray, float], tuple[float, FloatArray, float]]


@dataclass(frozen=True)
class SmoothedResult:
    """What the smoothing ascent found.

    Parameters
    ----------
    prices : float array [K]
        Prices of the best exact value.
    last_prices : float array [K]
        Maximiser of the last smoothed function; its primal solution is nearly feasible.
    smoothness : float
        Smoothing parameter of `last_prices`.
    value : float
        Best exact dual value: a proven bound.
    """

    prices: FloatArray
    last_prices: FloatArray
    smoothness: float
    value: float


def maximise_smoothed(
    dual: SmoothedDual, start: FloatArray, stages: Sequence[tuple[float, int]], run: Run, *, stop_gain: float = 0.0
) -> SmoothedResult:
    """Maximise a concave dual function over non-negative prices.

    Smoothing is that of Nesterov (2005, smooth minimisation of non-smooth functions); each stage is solved by L-BFGS-B
    (Byrd et al. 1995).

    Parameters
    ----------
    dual : callable
        Maps prices [K] and a smoothing parameter to the smoothed value, its gradient [K], and the exact value.
    start : float array [K]
        First prices.
    stages : sequence of (float, int)
        Smoothing parameter and iterations of each stage, from smooth to sharp.
    run : Run
        Told of every proven bound; each evaluation counts as an iteration.
    stop_gain : float
        End when a stage improves the exact value by less than this share of it.
    """
    ascent = _Ascent(dual, start, run)
    for smoothness, iterations in stages:
        before = ascent.value
        if ascent.climb(smoothness, iterations) is not None:
            break
        if np.isfinite(before) and ascent.value - before < stop_gain * abs(ascent.value):
            break
    return SmoothedResult(ascent.best, ascent.last, ascent.smoothness, ascent.value)


class _Ascent:
    """The state that survives from stage to stage."""

    def __init__(self, dual: SmoothedDual, start: FloatArray, run: Run) -> None:
        self.dual, self.run = dual, run
        self.best = self.last = np.asarray(start, dtype=float)
        self.value = -np.inf
        self.smoothness = 0.0

    def climb(self, smoothness: float, iterations: int) -> Termination | None:
        """Maximise one smoothed function; return why the run must stop, if it must."""
        self.smoothness = smoothness
        try:
            found = minimize(
                self._negated, self.last, args=(smoothness,), jac=True, method="L-BFGS-B",
                bounds=[(0, None)] * len(self.last), callback=self._keep,
                options={"maxiter": iterations, "maxcor": 20, "ftol": 1e-14, "gtol": 1e-10})
        except _SpentError:
            return self.run.stop()
        self.last = found.x
        return self.run.stop()

    def _negated(self, prices: FloatArray, smoothness: float) -> tuple[float, FloatArray]:
        # An iteration may take several evaluations, so a callback per iteration would ask too late.
        if self.run.stop() is not None:
            raise _SpentError
        smooth, gradient, exact = self.dual(prices, smoothness)
        self.run.tick()
        if exact > self.value:
            self.value, self.best = exact, prices.copy()
            self.run.prove(exact)
        return -smooth, -gradient

    def _keep(self, intermediate_result: OptimizeResult) -> None:
        self.last = intermediate_result.x.copy()


class _SpentError(Exception):
    """The run must stop in the middle of a stage."""
