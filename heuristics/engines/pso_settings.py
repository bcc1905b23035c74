"""PsoSettings: how a particle swarm moves, perceives and responds."""

from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Literal, get_args

from ecoopt.core.errors import InputError, Problem

Rounding = Literal["nearest", "truncate"]
Velocities = Literal["kept", "redrawn"]
Draws = Literal["dimension", "particle"]
Scattered = Literal["random", "first"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "rounding": get_args(Rounding), "velocities": get_args(Velocities),
    "draws": get_args(Draws), "scattered": get_args(Scattered)}


@dataclass(frozen=True)
class PsoSettings:
    """Settings of the extended particle swarm of EcoLife (Jiang et al., SC'24).

    With r the perceived change, inertia is ``clip(inertia_max * r, inertia_min, inertia_max)`` and both pulls are
    ``clip(pull_max * (1 - r), pull_min, pull_max)``: change widens the search, calm draws it to the bests.

    Parameters
    ----------
    swarm_size : int
        Number of particles P.
    inertia_min, inertia_max : float
        Range of the inertia w.
    pull_min, pull_max : float
        Range of the pulls c1 (to a particle's own best) and c2 (to the swarm's best).
    scattered_share : float
        Share of the swarm, rounded down to whole particles, that is put at uniform positions after a change,
        personal bests kept.
    scattered : {'random', 'first'}
        Which particles these are: a new random choice each time, or always the first ones.
    rounding : {'nearest', 'truncate'}
        How integer dimensions become whole: to the nearest number, or down to the next one.
    velocities : {'kept', 'redrawn'}
        Whether velocities live on, or are all drawn anew from [0, 1) at each perception and at the beginning.
    velocity_limit : float or None
        Largest velocity as a share of each dimension's span; None for no limit.
    draws : {'dimension', 'particle'}
        Whether the two random factors of a move are drawn per dimension or once per particle.
    reevaluate : bool
        Whether each perception makes the remembered bests be evaluated again, under the objective of now.
    change_floor : float
        First value of the running maxima that normalise the changes perceived.

    Raises
    ------
    InputError
        With every setting that is out of range.
    """

    swarm_size: int = 15
    inertia_min: float = 0.5
    inertia_max: float = 1.0
    pull_min: float = 0.3
    pull_max: float = 1.0
    scattered_share: float = 0.5
    scattered: Scattered = "random"
    rounding: Rounding = "nearest"
    velocities: Velocities = "kept"
    velocity_limit: float | None = None
    draws: Draws = "dimension"
    reevaluate: bool = True
    change_floor: float = 0.1

    def __post_init__(self) -> None:
        problems = [*_range_problems(self), *_choice_problems(self)]
        if problems:
            raise InputError("PSO settings", problems)

    @classmethod
    def published(cls, **changes: Any) -> "PsoSettings":
        """Return the settings that follow EcoLife's artifact rather than its paper.

        Velocities are redrawn at each call, positions truncated, random factors drawn per particle, and the
        scattered half is always the first one. The artifact's aliased global best is not reproduced.
        """
        return replace(cls(scattered="first", rounding="truncate", velocities="redrawn", draws="particle"), **changes)

    @classmethod
    def constricted(cls, **changes: Any) -> "PsoSettings":
        """Return the settings for an objective that does not change: constant constriction coefficients.

        Clerc and Kennedy (IEEE Transactions on Evolutionary Computation 6(1), 2002): w = 0.7298, c1 = c2 = 1.49618.
        """
        constant = cls(inertia_min=0.7298, inertia_max=0.7298, pull_min=1.49618, pull_max=1.49618, swarm_size=40)
        return replace(constant, **changes)


def _range_problems(settings: PsoSettings) -> list[Problem]:
    """Return the numbers out of range."""
    s = settings
    problems = []
    if not isinstance(s.swarm_size, int) or isinstance(s.swarm_size, bool) or s.swarm_size < 1:
        problems.append(Problem("swarm_size", f"{s.swarm_size!r} is no swarm size", "give a whole number >= 1"))
    for name in ("inertia", "pull"):
        low, high = getattr(s, f"{name}_min"), getattr(s, f"{name}_max")
        if not 0 <= low <= high < float("inf"):
            problems.append(Problem(f"{name}_min", f"{low} .. {high} is no range", "give 0 <= min <= max, finite"))
    if not 0 <= s.scattered_share <= 1:
        problems.append(Problem("scattered_share", f"{s.scattered_share} is no share", "give a number in 0..1"))
    if s.velocity_limit is not None and not (s.velocity_limit > 0 and isfinite(s.velocity_limit)):
        problems.append(Problem("velocity_limit", f"{s.velocity_limit} is no limit", "give a number > 0, or None"))
    if not (s.change_floor > 0 and isfinite(s.change_floor)):
        problems.append(Problem("change_floor", f"{s.change_floor} cannot normalise", "give a finite number > 0"))
    return problems


def _choice_problems(settings: PsoSettings) -> list[Problem]:
    """Return the words that are not choices."""
    return [
        Problem(name, f"{getattr(settings, name)!r} is not a choice", f"give one of {', '.join(choices)}")
        for name, choices in _CHOICES.items() if getattr(settings, name) not in choices]
