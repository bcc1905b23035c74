"""Volume: a subgradient method that averages the subproblem's solutions into a nearly feasible primal one.

The revised volume algorithm (Bahiense, Maculan & Sagastizabal 2002, *The volume algorithm revisited: relation with
bundle methods*): a proximal bundle with two cuts, the newest and the average, whose master has a closed form. Unlike
the original (Barahona & Anbil 2000) it weighs how far from optimal at the centre a solution is before averaging it in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.formulations.dual.ascent import Ascent, DualResult, Oracle
from ecoopt.formulations.dual.mixture import Mixture

_REDS = 20


def maximise_by_volume(
    oracle: Oracle, start: ArrayLike, run: Run, *, lower: ArrayLike = 0.0, upper: ArrayLike = np.inf,
    tolerance: float = 1e-4, first_step: float | None = None,
) -> DualResult:
    """Maximise a concave dual function (minimise a convex one when the run's sense is max).

    Each iteration is one subproblem and O(K), with O(K) memory: for more prices than a bundle of cuts can hold. Every
    improvement moves the centre, as in the original; the step shrinks after 20 new solutions that were all far from
    optimal at the centre.

    Parameters
    ----------
    oracle, start, run, lower, upper
        As in `ecoopt.formulations.dual.bundle.maximise_by_bundle`.
    tolerance : float
        End with `proof` when the estimated distance to the best bound is below this share of it.
    first_step : float, optional
        First proximal parameter; by default one that aims 5 % higher, or at the run's incumbent.
    """
    ascent = Ascent(oracle, start, run, lower, upper)
    answer = ascent.ask(ascent.start)
    average = _Average(answer.subgradient, 0.0, Mixture.of(answer.payload))
    centre, value = ascent.start, answer.value
    first = float(np.linalg.norm(ascent.movable(centre, answer.subgradient)))
    aim = ascent.ceiling - value if ascent.ceiling < np.inf else 0.05 * abs(value)
    step, reds = first_step or max(aim, 1e-3) / max(first**2, 1e-12), 0
    while True:
        prices = ascent.projected(centre + step * average.slope)
        move = prices - centre
        length = float(np.linalg.norm(move))
        residual = float(np.linalg.norm(ascent.movable(centre, average.slope)))
        distance = max(float(np.linalg.norm(centre - ascent.start)), length)
        if average.error + residual * distance <= tolerance * max(abs(value), 1e-9):
            return ascent.result(average.mixture, residual, Termination.PROOF)
        if (reason := run.stop()) is not None:
            return ascent.result(average.mixture, residual, reason)
        predicted = float(average.slope @ move) + average.error
        answer = ascent.ask(prices)
        error = answer.value - float(answer.subgradient @ move) - value
        gain = answer.value - value
        if gain > 0:
            average.error += float(average.slope @ move) - gain
            centre, value, error, reds = prices, answer.value, 0.0, 0
            step *= 2.0 if gain >= 0.5 * predicted else 1.1
        else:
            reds += 1
            if reds >= _REDS and error > 0.5 * predicted:
                step, reds = step * 0.66, 0
        average.take(ascent, centre, answer.subgradient, max(error, 0.0), answer.payload, step)


@dataclass(eq=False)
class _Average:
    """The average cut: slope, how far its value at the centre is above the centre's, and the solutions in it."""

    slope: FloatArray
    error: float
    mixture: Mixture

    def take(
        self, ascent: Ascent, centre: FloatArray, slope: FloatArray, error: float, payload: object, step: float,
    ) -> None:
        """Blend in a new cut with the share that makes the two-cut master optimal."""
        average, difference = ascent.movable(centre, self.slope), ascent.movable(centre, slope)
        difference = difference - average
        squared = step * float(difference @ difference)
        descent = -step * float(average @ difference) - (error - self.error)
        share = float(np.clip(descent / squared, 0.0, 1.0)) if squared > 0 else float(descent > 0)
        self.slope = self.slope + share * (slope - self.slope)
        self.error = max(self.error + share * (error - self.error), 0.0)
        self.mixture = self.mixture.blended(share, payload)
