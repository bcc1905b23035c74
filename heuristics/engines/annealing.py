"""Simulated annealing over a family's neighbourhood, by the change each move would make."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import isfinite
from typing import Generic

import numpy as np

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.instance import Schedule
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Termination
from ecoopt.heuristics.engines.cooling import Cooling, Level, geometric, temperature_for
from ecoopt.heuristics.engines.neighbourhood import M, Neighbourhood, S, SearchResult


@dataclass(frozen=True)
class AnnealingSettings:
    """Settings of simulated annealing (Kirkpatrick, Gelatt and Vecchi, Science 220, 1983).

    Parameters
    ----------
    cooling : callable
        Temperature of the next level; see `cooling`.
    level_moves : int
        Proposals per temperature level. The run is looked at once per level.
    start_temperature : float, optional
        In units of the objective; by default found by sampling.
    start_acceptance : float
        Mean probability, within (0, 1), with which worsening moves are accepted at the temperature found by sampling.
    samples : int
        Moves evaluated, and not made, to find the start temperature; they count as iterations and evaluations.
    frozen_share, frozen_levels : float, int
        Frozen means: in so many levels in a row at most this share of the proposals made things worse, and the best
        did not improve (Johnson, Aragon, McGeoch and Schevon, Operations Research 37, 1989).
    reheats : int or None
        How often a frozen search is reheated before it ends; None for as often as the budget allows.
    reheat_share : float
        Temperature after a reheat, as a share of the start temperature.
    tolerance : float
        Least improvement of the best that counts, in units of the objective.

    Raises
    ------
    InputError
        With every setting that is out of range.
    """

    cooling: Cooling = field(default_factory=geometric)
    level_moves: int = 100
    start_temperature: float | None = None
    start_acceptance: float = 0.4
    samples: int = 100
    frozen_share: float = 0.02
    frozen_levels: int = 5
    reheats: int | None = None
    reheat_share: float = 0.5
    tolerance: float = 1e-9

    def __post_init__(self) -> None:
        temperature = 1.0 if self.start_temperature is None else self.start_temperature
        checks = (
            ("level_moves", self.level_moves >= 1, "give a whole number >= 1"),
            ("start_temperature", temperature >= 0 and isfinite(temperature), "give a finite number >= 0, or None"),
            ("start_acceptance", 0 < self.start_acceptance < 1, "give a number within (0, 1)"),
            ("samples", self.samples >= 1, "give a whole number >= 1"),
            ("frozen_share", 0 <= self.frozen_share <= 1, "give a number in 0..1"),
            ("frozen_levels", self.frozen_levels >= 1, "give a whole number >= 1"),
            ("reheats", self.reheats is None or self.reheats >= 0, "give a whole number >= 0, or None"),
            ("reheat_share", 0 < self.reheat_share < float("inf"), "give a number > 0"),
            ("tolerance", 0 <= self.tolerance < float("inf"), "give a number >= 0"),
        )
        wrong = [Problem(name, f"{getattr(self, name)} is out of range", mend)
                 for name, fine, mend in checks if not fine]
        if wrong:
            raise InputError("annealing settings", wrong)


def anneal(
    neighbourhood: Neighbourhood[M], value: float, *, snapshot: Callable[[], S], rng: np.random.Generator,
    settings: AnnealingSettings | None = None, run: Run | None = None,
    decode: Callable[[S], Schedule] | None = None, restore: Callable[[S], None] | None = None,
) -> SearchResult[S]:
    """Anneal from the state of now; the result is never worse than that state.

    An iteration is one proposal; it is one evaluation too unless none was found. Both budgets are met exactly. The
    moves made do not depend on the budget, so that a longer run begins like a shorter one.

    Parameters
    ----------
    neighbourhood : Neighbourhood
        Random moves of the state, which is changed in place.
    value : float
        Objective (minimised) of the state of now.
    snapshot : callable
        Returns a copy of the state; called when the best state is about to be left, and at most once per level more.
    rng : numpy.random.Generator
        Same state, same result.
    settings : AnnealingSettings, optional
        How to anneal.
    run : Run, optional
        Counts, limits and, once per level, is offered the best; the sign is turned when its sense is max.
    decode : callable, optional
        Makes a schedule of a snapshot; without it nothing is offered to the run.
    restore : callable, optional
        Puts the state back to a snapshot. With it, reheats begin at the best state, and the search leaves that state
        behind; without it, reheats go on from where the search is.

    Raises
    ------
    InputError
        When `value` is not finite, or nothing would ever end the search.
    """
    settings, run = settings or AnnealingSettings(), run or Run()
    _check(value, settings, run)
    acceptance_rng = np.random.default_rng(rng.integers(0, 2**64, size=4, dtype=np.uint64))
    walk = _Walk(neighbourhood, value, snapshot, rng, settings.tolerance)
    sign = 1.0 if run.sense is Sense.MIN else -1.0
    before = run.iterations, run.evaluations
    if decode is not None:
        run.offer(sign * value, partial(decode, walk.best))
    start = _start_temperature(walk, run, settings)
    temperature = hottest = start
    index = frozen = reheats = 0
    termination = run.stop()
    while termination is None:
        moves = int(min(settings.level_moves, run.iterations_left, run.evaluations_left))
        thresholds = (temperature * acceptance_rng.standard_exponential(settings.level_moves)).tolist()
        best_before = walk.best_value
        evaluated, accepted, uphill = walk.level(thresholds[:moves])
        run.tick(moves, evaluated)
        index += 1
        if walk.best_value < best_before:
            frozen = 0
            if decode is not None:
                run.offer(sign * walk.best_value, partial(decode, walk.best))
        else:
            frozen = frozen + 1 if uphill <= settings.frozen_share * moves else 0
        temperature = settings.cooling(Level(index, temperature, hottest, accepted / evaluated if evaluated else 0.0))
        termination = run.stop()
        if termination is None and frozen >= settings.frozen_levels:
            spent = settings.reheats is not None and reheats >= settings.reheats
            if spent or not evaluated:
                termination = Termination.STALLED
            temperature = hottest = settings.reheat_share * start
            index, frozen, reheats = 0, 0, reheats + 1
            walk.return_to_best(restore)
    walk.return_to_best(restore)
    return SearchResult(
        walk.best, walk.best_value, run.evaluations - before[1], run.iterations - before[0], termination)


class _Walk(Generic[M, S]):
    """The walk of the state, with the best state kept by a copy made only when it is left."""

    def __init__(
        self, neighbourhood: Neighbourhood[M], value: float, snapshot: Callable[[], S], rng: np.random.Generator,
        tolerance: float,
    ) -> None:
        self.neighbourhood, self.snapshot, self.rng, self.tolerance = neighbourhood, snapshot, rng, tolerance
        self.value = self.best_value = value
        self.best = snapshot()

    def sample(self, moves: int) -> list[float]:
        """Return the changes of so many proposals, none of them made."""
        proposed = (self.neighbourhood.propose(self.rng) for _ in range(moves))
        return [self.neighbourhood.delta(move) for move in proposed if move is not None]

    def level(self, thresholds: list[float]) -> tuple[int, int, int]:
        """Make one proposal per threshold, the most it may worsen; return those evaluated, accepted and worsening.

        ``change <= T e`` with e exponential of mean 1 is Metropolis' rule: ``P(e >= change / T) = exp(-change / T)``.
        """
        propose, delta, apply = self.neighbourhood.propose, self.neighbourhood.delta, self.neighbourhood.apply
        rng, value = self.rng, self.value
        target = self.best_value - self.tolerance
        missing = accepted = uphill = 0
        unsaved = False
        for threshold in thresholds:
            move = propose(rng)
            if move is None:
                missing += 1
                continue
            change = delta(move)
            if not change <= threshold:
                continue
            if change > 0:
                uphill += 1
                if unsaved:
                    self.best, unsaved = self.snapshot(), False
            apply(move)
            accepted += 1
            value += change
            if value < target:
                self.best_value, target, unsaved = value, value - self.tolerance, True
        if unsaved:
            self.best = self.snapshot()
        self.value = value
        return len(thresholds) - missing, accepted, uphill

    def return_to_best(self, restore: Callable[[S], None] | None) -> None:
        """Put the state back to the best one, where that is possible."""
        if restore is not None:
            restore(self.best)
            self.value = self.best_value


def _start_temperature(walk: _Walk[M, S], run: Run, settings: AnnealingSettings) -> float:
    """Return the temperature given, or the one that sampled moves ask for."""
    if settings.start_temperature is not None:
        return settings.start_temperature
    if run.stop() is not None:
        return 0.0
    moves = int(min(settings.samples, run.iterations_left, run.evaluations_left))
    changes = walk.sample(moves)
    run.tick(moves, len(changes))
    return temperature_for(changes, settings.start_acceptance)


def _check(value: float, settings: AnnealingSettings, run: Run) -> None:
    """Raise InputError when the search cannot begin or would never end."""
    problems = []
    if not isfinite(value):
        problems.append(Problem("value", f"{value} is not finite", "start from a state with a finite objective"))
    limits = (run.budget.seconds, run.budget.iterations, run.budget.evaluations, settings.reheats)
    if all(limit is None for limit in limits):
        problems.append(Problem("budget", "nothing ends the search", "give a budget or a number of reheats"))
    if problems:
        raise InputError("annealing", problems)
