"""Times to target: when a run first is as good as wanted, and how such times are distributed over runs."""

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.status import Sense
from ecoopt.metrics.checks import numbers, trace

_LEAST = 1e-9
_ROUNDING = 1e-9


def target_value(best_known: float, within: float, sense: Sense = Sense.MIN) -> float:
    r"""Return the value that is worse than the best known one by a relative distance.

    :math:`z^* \pm d \max(|z^*|, 10^{-9})`, plus where the objective is minimised: :func:`ecoopt.core.gap.gap` with
    its denominator at the best known value.

    Parameters
    ----------
    best_known : float
        Best known value, finite.
    within : float
        Relative distance d, 0.01 for one percent.
    sense : Sense
        Direction of the objective.

    Raises
    ------
    ValueError
        When the value is not finite, or the distance is negative or not finite.
    """
    if not np.isfinite(best_known):
        raise ValueError("the best known value is not finite; give a number")
    if not 0 <= within < np.inf:
        raise ValueError("the relative distance is negative or not finite; give 0.01 for one percent")
    slack = within * max(abs(best_known), _LEAST)
    return float(best_known + slack if sense is Sense.MIN else best_known - slack)


def time_to_target(seconds: ArrayLike, incumbents: ArrayLike, target: float, sense: Sense = Sense.MIN) -> float:
    """Return the first second at which an incumbent is at least as good as the target, infinite when none is. O(K).

    Rounding of a relative 1e-9 is forgiven, so that the best known value is reached by the run that found it.

    Parameters
    ----------
    seconds, incumbents : array_like [K]
        Points of a run in order of time; NaN where there is no incumbent.
    target : float
        Value to reach, finite.
    sense : Sense
        Direction of the objective.

    Raises
    ------
    ValueError
        When seconds are out of order or the target is not finite.
    """
    when, values = trace(seconds, incumbents)
    if not np.isfinite(target):
        raise ValueError("the target is not finite; give a number")
    slack = _ROUNDING * max(abs(target), _LEAST)
    good = values <= target + slack if sense is Sense.MIN else values >= target - slack
    return float(when[good.argmax()]) if good.any() else float("inf")


def reached(times: ArrayLike) -> tuple[FloatArray, FloatArray]:
    r"""Return the empirical distribution of times to target: ascending times [K], and the share of runs by each [K].

    :math:`F(t) = |\{r : t_r \le t\}| / n` over all n runs, those that never reach the target too, so that the last
    share is the share that does. K counts different times. (Aiex et al. plot the k-th of n times at (k - 1/2) / n;
    this is the plain distribution function.) O(n log n).

    Parameters
    ----------
    times : array_like [n]
        A time per run, infinite or NaN for never.

    Raises
    ------
    ValueError
        When there is no run, or a time is negative.

    References
    ----------
    R. M. Aiex, M. G. C. Resende and C. C. Ribeiro (2002), Probability distribution of solution time in GRASP: an
    experimental investigation, Journal of Heuristics 8, 343-373; (2007) TTT plots: a Perl program to create
    time-to-target plots, Optimization Letters 1, 355-366.
    """
    every = numbers(times, "times")
    if every.ndim != 1 or every.size == 0:
        raise ValueError(f"times have the shape {every.shape}; give one per run, at least one")
    if (every < 0).any():
        raise ValueError("a time is negative; count seconds from the start of the run")
    when, runs = np.unique(every[np.isfinite(every)], return_counts=True)
    return when, np.cumsum(runs) / every.size
