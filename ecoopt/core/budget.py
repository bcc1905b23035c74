"""Budget: how much a method may spend, and the small callables that say when to stop."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.status import Termination


class Progress(Protocol):
    """What a stopping rule may look at."""

    @property
    def seconds(self) -> float:
        """Wall seconds spent."""

    @property
    def iterations(self) -> int:
        """Iterations done."""

    @property
    def evaluations(self) -> int:
        """Evaluations done."""

    @property
    def gap(self) -> float:
        """Proven relative gap now."""


StopRule = Callable[[Progress], Termination | None]


def max_seconds(limit: float) -> StopRule:
    """Stop after `limit` wall seconds."""
    return lambda progress: Termination.TIME if progress.seconds >= limit else None


def max_iterations(limit: int) -> StopRule:
    """Stop after `limit` iterations."""
    return lambda progress: Termination.ITERATIONS if progress.iterations >= limit else None


def max_evaluations(limit: int) -> StopRule:
    """Stop after `limit` evaluations of the objective."""
    return lambda progress: Termination.ITERATIONS if progress.evaluations >= limit else None


def target_gap(limit: float) -> StopRule:
    """Stop when the proven gap is at most `limit`."""
    return lambda progress: Termination.GAP if progress.gap <= limit else None


@dataclass(frozen=True)
class Budget:
    """Limits in any combination; None means no limit.

    Parameters
    ----------
    seconds : float, optional
        Wall seconds.
    iterations : int, optional
        Iterations of the method's own main loop.
    evaluations : int, optional
        Evaluations of the objective.
    gap : float, optional
        Proven relative gap at which to stop.

    Raises
    ------
    InputError
        When a limit is negative or not finite.
    """

    seconds: float | None = None
    iterations: int | None = None
    evaluations: int | None = None
    gap: float | None = None

    def __post_init__(self) -> None:
        wrong = [
            Problem(name, f"{limit} is not a limit", "give a finite number >= 0")
            for name, limit in vars(self).items() if limit is not None and not 0 <= limit < float("inf")]
        if wrong:
            raise InputError("budget", wrong)

    def rules(self) -> tuple[StopRule, ...]:
        """Return one stopping rule per limit."""
        pairs: list[tuple[float | None, Callable[..., StopRule]]] = [
            (self.gap, target_gap), (self.seconds, max_seconds), (self.iterations, max_iterations),
            (self.evaluations, max_evaluations)]
        return tuple(rule(limit) for limit, rule in pairs if limit is not None)
