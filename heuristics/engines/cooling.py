"""Cooling schedules: small callables that give the temperature of the next level from what the last one saw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log, pow

from ecoopt.core.errors import InputError


@dataclass(frozen=True)
class Level:
    """A temperature level that has ended.

    Parameters
    ----------
    index : int
        Number of levels since the start or the last reheat, this one included; >= 1.
    temperature : float
        Its temperature, in units of the objective.
    hottest : float
        Temperature of the first level since the start or the last reheat.
    accepted : float
        Share of its proposals that were accepted, 0..1.
    """

    index: int
    temperature: float
    hottest: float
    accepted: float


Cooling = Callable[[Level], float]


def geometric(ratio: float = 0.95) -> Cooling:
    """Multiply the temperature by `ratio` after each level (Kirkpatrick, Gelatt and Vecchi, Science 220, 1983)."""
    if not 0 < ratio < 1:
        raise InputError.one("cooling", "ratio", f"{ratio} does not cool", "give a number within (0, 1)")
    return lambda level: level.temperature * ratio


def geometric_to(final_share: float, levels: int) -> Cooling:
    """Cool geometrically so that after `levels` levels `final_share` of the first temperature is left."""
    if not 0 < final_share < 1 or levels < 1:
        raise InputError.one("cooling", "final_share, levels", f"{final_share}, {levels} is no way to cool",
                             "give a share within (0, 1) and at least one level")
    return geometric(final_share ** (1.0 / levels))


def linear(levels: int) -> Cooling:
    """Lower the temperature in equal steps, to zero after `levels` levels."""
    if levels < 1:
        raise InputError.one("cooling", "levels", f"{levels} levels", "give a whole number >= 1")
    return lambda level: level.hottest * max(1.0 - level.index / levels, 0.0)


def adaptive(levels: int, gain: float = 0.2) -> Cooling:
    """Steer the temperature so that acceptance follows Lam's schedule over `levels` levels.

    The acceptance aimed at falls from 1 to 0.44 in the first 15 % of the levels, stays there until 65 %, and then falls
    to 0 (Lam and Delosme 1988, in the modified form of Boyan 1998, section 2.4).

    Parameters
    ----------
    levels : int
        Length of the schedule.
    gain : float
        Largest relative change of the temperature after a level, as a factor ``1 + gain``.
    """
    if levels < 1 or not 0 < gain < float("inf"):
        raise InputError.one("cooling", "levels, gain", f"{levels}, {gain} steer nothing",
                             "give at least one level and a gain > 0")

    def next_temperature(level: Level) -> float:
        error = lam_acceptance(level.index / levels) - level.accepted
        return level.temperature * pow(1.0 + gain, error)

    return next_temperature


def lam_acceptance(progress: float) -> float:
    """Return the acceptance that Lam's schedule aims at after a share `progress` of the search."""
    if progress < 0.15:
        return 0.44 + 0.56 * pow(560.0, -progress / 0.15)
    if progress < 0.65:
        return 0.44
    return 0.44 * pow(440.0, -(progress - 0.65) / 0.35)


def temperature_for(changes: Sequence[float], acceptance: float) -> float:
    """Return the temperature at which worsening moves are accepted with the given mean probability.

    Solves ``mean(exp(-change / T)) = acceptance`` over the worsening changes by bisection on log T (the equation of
    Ben-Ameur, Computational Optimization and Applications 29, 2004).

    Parameters
    ----------
    changes : sequence of float
        Changes of sampled moves; those <= 0 or infinite are left out.
    acceptance : float
        Wanted mean probability, within (0, 1).

    Returns
    -------
    float
        Temperature > 0; the largest size of a change when none worsens, 1 when all are zero.
    """
    worse = [change for change in changes if change > 0 and isfinite(change)]
    if not worse:
        return max((abs(change) for change in changes if isfinite(change)), default=0.0) or 1.0
    low, high = log(min(worse)), log(max(worse))
    shift = log(-log(acceptance))
    for _ in range(60):
        middle = (low + high) / 2.0
        mean = sum(exp(-change / exp(middle - shift)) for change in worse) / len(worse)
        low, high = (middle, high) if mean < acceptance else (low, middle)
    return exp(high - shift)
