"""Iterated local search: perturb, descend, accept or go back."""

from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite
from typing import Any

import numpy as np

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.instance import Schedule
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.engines.local_search import Descent, Pick, offer
from ecoopt.heuristics.engines.neighbourhood import ListedNeighbourhood, S, SearchResult

Accept = Callable[[float, float, float], bool]


def not_worse(candidate: float, current: float, best: float) -> bool:
    """Accept a local optimum that is no worse than the current one."""
    return candidate <= current


def within(share: float) -> Accept:
    """Accept a local optimum that is worse than the best by at most this share of its size."""
    if not 0 <= share < float("inf"):
        raise InputError.one("acceptance", "share", f"{share} is out of range", "give a number >= 0")
    return lambda candidate, current, best: candidate <= best + share * abs(best)


def iterate(
    neighbourhoods: Sequence[ListedNeighbourhood[Any]], value: float, *,
    perturb: Callable[[np.random.Generator], float], snapshot: Callable[[], S], restore: Callable[[S], None],
    rng: np.random.Generator, run: Run | None = None, decode: Callable[[S], Schedule] | None = None,
    pick: Pick = "first", accept: Accept = not_worse, patience: int | None = None, tolerance: float = 1e-9,
) -> SearchResult[S]:
    """Descend, then perturb and descend again and again (Lourenço, Martin and Stützle, 2003).

    An iteration is one perturbation with the descent after it; the first descent is none. An evaluation is one call
    of `delta` or `perturb`. Both budgets are met exactly. The state is left at the best one.

    Parameters
    ----------
    neighbourhoods, value, run, decode, pick, tolerance
        As in `descend`.
    perturb : callable
        Changes the state at random and returns by how much the objective has changed.
    snapshot, restore : callable
        Return a copy of the state; put the state back to a copy.
    rng : numpy.random.Generator
        Given to `perturb`; same state, same result.
    accept : callable
        Told the values of the new, the current and the best local optimum, says whether the new one becomes current.
    patience : int, optional
        End after so many iterations in a row without improvement of the best.

    Raises
    ------
    InputError
        When a value is not finite, when nothing would ever end the search, and for settings out of range.
    """
    run = run or Run()
    _check_end(run, patience)
    iterations, evaluations = run.iterations, run.evaluations
    descent = Descent(neighbourhoods, run, pick, tolerance, partial(offer, run, snapshot=snapshot, decode=decode),
                      iteration_per_move=False)
    current_value = best_value = descent.descend(value)
    current = best = snapshot()
    offer(run, best_value, snapshot=snapshot, decode=decode)
    idle = 0
    termination = run.stop()
    while termination is None:
        value = current_value + _finite(perturb(rng))
        run.tick(0, 1)
        value = descent.descend(value)
        run.tick(1, 0)
        idle += 1
        improved = value < best_value - tolerance
        if improved or accept(value, current_value, best_value):
            current, current_value = snapshot(), value
        else:
            restore(current)
        if improved:
            best, best_value, idle = current, value, 0
            offer(run, best_value, snapshot=snapshot, decode=decode)
        termination = Termination.STALLED if patience is not None and idle >= patience else run.stop()
    restore(best)
    return SearchResult(best, best_value, run.evaluations - evaluations, run.iterations - iterations, termination)


def _finite(change: float) -> float:
    """Return the change of a perturbation, or raise InputError."""
    if not isfinite(change):
        raise InputError.one("iterated local search", "perturb", f"{change} is not finite",
                             "perturb to a state with a finite objective")
    return change


def _check_end(run: Run, patience: int | None) -> None:
    """Raise InputError when nothing would ever end the search."""
    problems = []
    if all(limit is None for limit in (run.budget.seconds, run.budget.iterations, run.budget.evaluations, patience)):
        problems.append(Problem("budget", "nothing ends the search", "give a budget or a patience"))
    if patience is not None and patience < 1:
        problems.append(Problem("patience", f"{patience} iterations", "give a whole number >= 1, or None"))
    if problems:
        raise InputError("iterated local search", problems)
