"""Primal gap and primal integral: how good the incumbent is, at a time and over all times up to a horizon."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.metrics.checks import numbers, trace


def primal_gap(objective: ArrayLike, reference: ArrayLike) -> FloatArray:
    r"""Return the primal gap of incumbents to a reference, float array of the shape that both broadcast to, in 0..1.

    .. math:: \gamma(x) = \begin{cases} 1 & \text{without an incumbent, or } x \cdot x^* < 0 \\
        0 & |x| = |x^*| = 0 \\ |x - x^*| \,/\, \max(|x|, |x^*|) & \text{otherwise} \end{cases}

    Sense does not matter: the gap is a distance. O(1) per entry.

    Parameters
    ----------
    objective : array_like
        Values of incumbents; NaN or infinite where there is none.
    reference : array_like
        Best known value, finite.

    Raises
    ------
    ValueError
        When a reference is not finite.

    References
    ----------
    T. Berthold (2013), Measuring the impact of primal heuristics, Operations Research Letters 41(6), 611-614.
    """
    x, best = np.broadcast_arrays(numbers(objective, "objectives"), numbers(reference, "references"))
    if not np.isfinite(best).all():
        raise ValueError("a reference is not finite; give the best known value of the instance")
    found = np.isfinite(x)
    x = np.where(found, x, 0.0)
    size = np.maximum(np.abs(x), np.abs(best))
    apart = ~found | (np.sign(x) * np.sign(best) < 0)
    difference = np.abs(x - np.where(apart, x, best))  # of two of one sign, so that it does not overflow
    return np.where(apart, 1.0, difference / np.where(size == 0, 1.0, size))


@dataclass(frozen=True, eq=False)
class StepCurve:
    """A quantity that jumps at some seconds and is constant in between, right-continuous.

    Parameters
    ----------
    seconds : float array [K]
        Times of the jumps from 0 up, ascending; of several points at one second the last counts.
    values : float array [K]
        Value from each of these seconds on, finite.
    before : float
        Value before the first of them, finite.

    Raises
    ------
    ValueError
        When seconds are out of order or a value is not finite.
    """

    seconds: FloatArray
    values: FloatArray
    before: float

    def __post_init__(self) -> None:
        seconds, values = trace(self.seconds, self.values)
        if not (np.isfinite(values).all() and np.isfinite(self.before)):
            raise ValueError("a value of the curve is not finite; give numbers")
        object.__setattr__(self, "seconds", seconds)
        object.__setattr__(self, "values", values)

    def at(self, times: ArrayLike) -> FloatArray:
        """Return the value at each of some times, float array of the shape of `times`; O(log K) each."""
        piece = np.searchsorted(self.seconds, numbers(times, "times"), side="right")
        level: FloatArray = self._levels[piece]
        return level

    def integral(self, horizon_s: ArrayLike) -> FloatArray:
        """Return the integral from 0 to each of some horizons, of the shape of `horizon_s`; O(K), then O(log K) each.

        Raises
        ------
        ValueError
            When a horizon is negative or not finite.
        """
        horizon = numbers(horizon_s, "horizons")
        if not (np.isfinite(horizon) & (horizon >= 0)).all():
            raise ValueError("a horizon is negative or not finite; give seconds from the start of the run")
        edges = np.concatenate([[0.0], self.seconds])
        area = np.concatenate([[0.0], np.cumsum(self._levels[:-1] * np.diff(edges))])
        piece = np.searchsorted(self.seconds, horizon, side="right")
        return np.asarray(area[piece] + self._levels[piece] * (horizon - edges[piece]))

    @property
    def _levels(self) -> FloatArray:
        """The value before the first jump and those after each, float array [K + 1]."""
        return np.concatenate([[self.before], self.values])


def primal_curve(seconds: ArrayLike, incumbents: ArrayLike, reference: float) -> StepCurve:
    """Return the primal gap of a run over time, p(t) in Berthold (2013): 1 before the first incumbent.

    Parameters
    ----------
    seconds : array_like [K]
        When each incumbent was found, ascending.
    incumbents : array_like [K]
        Their values, NaN at points without any.
    reference : float
        Best known value.

    Raises
    ------
    ValueError
        When seconds are out of order or the reference is not finite.
    """
    when, values = trace(seconds, incumbents)
    return StepCurve(when, primal_gap(values, reference), 1.0)


def primal_integral(seconds: ArrayLike, incumbents: ArrayLike, reference: float, horizon_s: float) -> float:
    r"""Return the primal integral :math:`P(T) = \int_0^T p(t)\,dt` in seconds, between 0 and the horizon T.

    The mean primal gap is its share of the horizon. Incumbents after the horizon do not count. O(K).

    Parameters
    ----------
    seconds, incumbents, reference
        As for `primal_curve`.
    horizon_s : float
        End T of the time looked at.

    Raises
    ------
    ValueError
        When seconds are out of order, the reference is not finite or the horizon is negative.

    References
    ----------
    T. Berthold (2013), Measuring the impact of primal heuristics, Operations Research Letters 41(6), 611-614.
    """
    area = float(primal_curve(seconds, incumbents, reference).integral(horizon_s))
    return min(area, float(horizon_s))  # gaps of 1 throughout, added up piece by piece, can come out an ulp longer
