"""Deflected subgradient: the cheapest way to good prices, with steps that aim at a moving target level."""

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.formulations.dual.ascent import Ascent, DualResult, Oracle
from ecoopt.formulations.dual.mixture import Mixture

_DEFLECTION = 1.5
_RECENT = 4


def maximise_by_subgradient(
    oracle: Oracle, start: ArrayLike, run: Run, *, lower: ArrayLike = 0.0, upper: ArrayLike = np.inf,
    tolerance: float = 1e-6, patience: int = 15, first_rise: float | None = None,
) -> DualResult:
    """Maximise a concave dual function (minimise a convex one when the run's sense is max).

    Polyak steps towards a target above the best value. The target comes closer by half, from the best prices again,
    when `patience` steps did not bring half of the way (level control, Goffin & Kiwiel 1999), and never passes the
    run's incumbent. Directions are deflected (Camerini, Fratta & Maffioli 1975). The mixture gives more weight to
    recent solutions (Gustavsson, Patriksson & Stroemberg 2015). Each iteration is one subproblem and O(K).

    Parameters
    ----------
    oracle, start, run, lower, upper
        As in `ecoopt.formulations.dual.bundle.maximise_by_bundle`.
    tolerance : float
        End as `stalled` when the target is closer than this share of the best value.
    patience : int
        Steps before the target comes closer.
    first_rise : float, optional
        First distance of the target; by default 5 % of the first value, or the way to the run's incumbent.
    """
    ascent = Ascent(oracle, start, run, lower, upper)
    prices = ascent.start
    answer = ascent.ask(prices)
    mixture = Mixture.of(answer.payload)
    average = answer.subgradient
    direction = np.zeros_like(prices)
    scale = 0.05 * abs(answer.value) or 1.0
    rise = first_rise or min(scale, ascent.ceiling - answer.value if ascent.ceiling > answer.value else scale)
    level, waited = ascent.best, 0
    best_gradient = answer.subgradient
    reason: Termination | None = None
    while reason is None:
        gradient = ascent.movable(prices, answer.subgradient)
        squared = float(direction @ direction)
        turn = max(0.0, -_DEFLECTION * float(gradient @ direction) / squared) if squared > 0 else 0.0
        direction = ascent.movable(prices, gradient + turn * direction)
        squared = float(direction @ direction)
        if squared == 0.0:
            if not gradient.any():
                reason = Termination.PROOF
                break
            direction, squared = gradient, float(gradient @ gradient)
        target = min(level + rise, max(ascent.ceiling, ascent.best))
        prices = ascent.projected(prices + max(target - answer.value, 0.0) / squared * direction)
        if (reason := run.stop()) is not None:
            break
        before = ascent.best
        answer = ascent.ask(prices)
        if ascent.best > before:
            best_gradient = answer.subgradient
        share = (_RECENT + 1) / (ascent.iterations + _RECENT)
        mixture = mixture.blended(share, answer.payload)
        average = average + share * (answer.subgradient - average)
        waited += 1
        if ascent.best >= level + rise / 2:
            level, waited = ascent.best, 0
        elif waited >= patience:
            rise, level, waited = rise / 2, ascent.best, 0
            prices, direction = ascent.best_prices, np.zeros_like(prices)
            answer = answer._replace(value=ascent.best, subgradient=best_gradient)
            if rise <= tolerance * max(abs(ascent.best), 1e-9):
                reason = Termination.STALLED
    residual = float(np.linalg.norm(ascent.movable(ascent.best_prices, average)))
    return ascent.result(mixture, residual, reason)
