"""Particle swarm optimisation of an objective that stays the same, within a run's budget."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.instance import Schedule
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Termination
from ecoopt.heuristics.engines.pso_settings import PsoSettings
from ecoopt.heuristics.engines.search_space import SearchSpace
from ecoopt.heuristics.engines.swarm import Swarm

__all__ = ["BatchObjective", "PsoSettings", "SearchSpace", "Swarm", "SwarmResult", "minimise"]

BatchObjective = Callable[[FloatArray], ArrayLike]


@dataclass(frozen=True, eq=False)
class SwarmResult:
    """What a swarm found.

    Parameters
    ----------
    position : float array [D]
        Best position evaluated; the first initial position when the budget allowed none.
    value : float
        Its value, infinite when nothing was evaluated.
    evaluations, iterations : int
        Positions evaluated and calls of the objective.
    termination : Termination
        Why the search ended; stalled when it was patience that ran out.
    """

    position: FloatArray
    value: float
    evaluations: int
    iterations: int
    termination: Termination


def minimise(
    objective: BatchObjective, space: SearchSpace, *, rng: np.random.Generator, settings: PsoSettings | None = None,
    run: Run | None = None, decode: Callable[[FloatArray], Schedule] | None = None, start: ArrayLike | None = None,
    patience: int | None = None, restart_after: int | None = 30,
) -> SwarmResult:
    """Minimise a batch objective; the result is never worse than any start position evaluated.

    An iteration is one call of `objective`, a swarm's first one included. The budget of `run` is met exactly: when
    fewer evaluations are left than there are particles, only so many of them are evaluated.

    Parameters
    ----------
    objective : callable
        Takes positions, a read-only float array [rows, D] that is reused from call to call; returns [rows] values,
        infinite where a position cannot be used.
    space : SearchSpace
        Where to search.
    rng : numpy.random.Generator
        Same state, same result.
    settings : PsoSettings, optional
        By default those of `PsoSettings.constricted`, made for objectives that do not change.
    run : Run, optional
        Counts, limits and is offered every improvement, with the sign turned when its sense is max.
    decode : callable, optional
        Makes a schedule of a position; without it nothing is offered to the run.
    start : array_like [K, D] or [D], optional
        Initial positions of the first particles.
    patience : int, optional
        End after so many iterations in a row without improvement; no such end by default.
    restart_after : int or None
        Start afresh with a new swarm after so many iterations in a row without improvement of the swarm's best, the
        best of all swarms kept: a swarm that has collapsed to a point finds nothing more. None for a single swarm.

    Raises
    ------
    InputError
        When nothing would ever end the search, and for wrong starts and values.
    """
    run = run or Run()
    _check_end(run, patience, restart_after)
    settings = settings or PsoSettings.constricted()
    sign = 1.0 if run.sense is Sense.MIN else -1.0
    swarm = Swarm(space, rng, settings, start)
    best, value = swarm.best_position, swarm.best_value
    evaluations = iterations = idle = calm = 0
    termination = run.stop()
    while termination is None:
        rows = int(min(run.evaluations_left, settings.swarm_size))
        calm = 0 if swarm.tell(objective(swarm.ask(rows))) else calm + 1
        run.tick(1, rows)
        evaluations, iterations, idle = evaluations + rows, iterations + 1, idle + 1
        if swarm.best_value < value:
            best, value, idle = swarm.best_position, swarm.best_value, 0
            if decode is not None:
                run.offer(sign * value, partial(decode, best))
        if restart_after is not None and calm >= restart_after:
            swarm, calm = Swarm(space, rng, settings), 0
        termination = Termination.STALLED if patience is not None and idle >= patience else run.stop()
    return SwarmResult(best, value, evaluations, iterations, termination)


def _check_end(run: Run, patience: int | None, restart_after: int | None) -> None:
    """Raise InputError when the search could not end or go on."""
    problems = []
    limits = (run.budget.seconds, run.budget.iterations, run.budget.evaluations, patience)
    if all(limit is None for limit in limits):
        problems.append(Problem("budget", "nothing ends the search", "give a budget or a patience"))
    for name, count in (("patience", patience), ("restart_after", restart_after)):
        if count is not None and count < 1:
            problems.append(Problem(name, f"{count} iterations", "give a whole number >= 1, or None"))
    if problems:
        raise InputError("pso", problems)
