"""Local search: descent through one or several neighbourhoods until no move improves."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from math import isfinite
from typing import Any, Literal, get_args

from ecoopt.core.errors import InputError, Problem
from ecoopt.core.instance import Schedule
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Termination
from ecoopt.heuristics.engines.dont_look import DontLook
from ecoopt.heuristics.engines.neighbourhood import ListedNeighbourhood, S, SearchResult

Pick = Literal["first", "best"]
CHUNK = 256


def descend(
    neighbourhoods: Sequence[ListedNeighbourhood[Any]], value: float, *, snapshot: Callable[[], S],
    run: Run | None = None, decode: Callable[[S], Schedule] | None = None, pick: Pick = "first",
    tolerance: float = 1e-9,
) -> SearchResult[S]:
    """Descend from the state of now to a local optimum of all neighbourhoods, or to the end of the budget.

    Variable neighbourhood descent (Mladenović and Hansen, Computers and Operations Research 24, 1997): the first
    neighbourhood is searched to its local optimum; when a later one has an improving move, it is made and the search
    goes back to the first. One neighbourhood alone is plain descent.

    An iteration is one move made, an evaluation one call of `delta`; both budgets are met exactly.

    Parameters
    ----------
    neighbourhoods : sequence of ListedNeighbourhood
        Moves of one state, which is changed in place; cheapest neighbourhood first.
    value : float
        Objective (minimised) of the state of now.
    snapshot : callable
        Returns a copy of the state.
    run : Run, optional
        Counts, limits and is offered the state after each chunk of evaluations that improved it; the sign is turned
        when its sense is max.
    decode : callable, optional
        Makes a schedule of a snapshot; without it nothing is offered to the run.
    pick : {'first', 'best'}
        Make the first improving move met, or the best one of the whole neighbourhood.
    tolerance : float
        A move improves when its delta is less than ``-tolerance``.

    Returns
    -------
    SearchResult
        Termination is stalled at a local optimum.

    Raises
    ------
    InputError
        When `value` is not finite, and for settings out of range.
    """
    run = run or Run()
    before = run.iterations, run.evaluations
    descent = Descent(neighbourhoods, run, pick, tolerance, partial(offer, run, snapshot=snapshot, decode=decode))
    value = descent.descend(value)
    best = snapshot()
    offer(run, value, snapshot=snapshot, decode=decode)
    return SearchResult(best, value, run.evaluations - before[1], run.iterations - before[0],
                        descent.termination or Termination.STALLED)


def offer(run: Run, value: float, *, snapshot: Callable[[], S], decode: Callable[[S], Schedule] | None) -> None:
    """Offer the state of now to the run if it would take it, the sign turned when its sense is max."""
    objective = value if run.sense is Sense.MIN else -value
    if decode is not None and run.better(objective, run.objective):
        run.offer(objective, partial(decode, snapshot()))


class Descent:
    """The descent itself, to be started again and again within one run.

    Parameters
    ----------
    neighbourhoods, run, pick, tolerance
        As in `descend`.
    report : callable
        Given the value of the state of now, once per chunk of evaluations in which it improved.
    iteration_per_move : bool
        Whether a move made counts as an iteration of the run.

    Attributes
    ----------
    termination : Termination or None
        Why the run stopped the descent; None at a local optimum.
    """

    def __init__(
        self, neighbourhoods: Sequence[ListedNeighbourhood[Any]], run: Run, pick: Pick, tolerance: float,
        report: Callable[[float], None], iteration_per_move: bool = True,
    ) -> None:
        _check(neighbourhoods, pick, tolerance)
        self.neighbourhoods, self.run, self.pick, self.tolerance = neighbourhoods, run, pick, tolerance
        self.report = report
        self.iteration_per_move = iteration_per_move
        self.termination: Termination | None = None
        self.value = 0.0
        self._reported = (0.0, 0)

    def descend(self, value: float) -> float:
        """Descend from the state of now, whose objective is `value`, and return the objective reached."""
        if not isfinite(value):
            raise InputError.one("local search", "value", f"{value} is not finite",
                                 "start from a state with a finite objective")
        self.value, self.termination = value, None
        self._reported = (value, self.run.evaluations)
        k = 0
        while k < len(self.neighbourhoods) and self.termination is None:
            neighbourhood = self.neighbourhoods[k]
            improved = self._best(neighbourhood) if self.pick == "best" else self._first(neighbourhood, once=k > 0)
            k = 0 if improved else k + 1
        return self.value

    def _first(self, neighbourhood: ListedNeighbourhood[Any], once: bool) -> bool:
        """Pass through the moves and make the improving ones, one only if `once`; return whether there were any."""
        delta, threshold = neighbourhood.delta, -self.tolerance
        moves = iter(neighbourhood.moves())
        improved = False
        while allowance := self._allowance():
            count = 0
            for count, move in enumerate(islice(moves, allowance), 1):
                change = delta(move)
                if change < threshold:
                    self._make(neighbourhood, move, change, count)
                    improved = True
                    break
            else:
                self.run.tick(0, count)
                if count < allowance:
                    break
                continue
            if once:
                break
        return improved

    def _best(self, neighbourhood: ListedNeighbourhood[Any]) -> bool:
        """Pass through the moves once and make the best if it improves; return whether it did.

        When the budget ends within the pass, the best of the moves seen is made.
        """
        delta = neighbourhood.delta
        moves = iter(neighbourhood.moves())
        best, best_change = None, -self.tolerance
        while allowance := self._allowance():
            count = 0
            for count, move in enumerate(islice(moves, allowance), 1):  # noqa: B007
                change = delta(move)
                if change < best_change:
                    best, best_change = move, change
            self.run.tick(0, count)
            if count < allowance:
                break
        if best_change < -self.tolerance:
            self._make(neighbourhood, best, best_change, 0)
            return True
        return False

    def _make(self, neighbourhood: ListedNeighbourhood[Any], move: Any, change: float, evaluations: int) -> None:
        """Make a move and count it."""
        neighbourhood.apply(move)
        self.value += change
        for other in self.neighbourhoods:
            if other is not neighbourhood and isinstance(other, DontLook):
                other.moved_elsewhere(neighbourhood)
        self.run.tick(int(self.iteration_per_move), evaluations)

    def _allowance(self) -> int:
        """Return how many evaluations may be made before the run is looked at again, none when it must stop."""
        reported, at = self._reported
        if self.value < reported and self.run.evaluations >= at + CHUNK:
            self.report(self.value)
            self._reported = (self.value, self.run.evaluations)
        self.termination = self.run.stop()
        return 0 if self.termination else int(min(CHUNK, self.run.evaluations_left))


def _check(neighbourhoods: Sequence[ListedNeighbourhood[Any]], pick: str, tolerance: float) -> None:
    """Raise InputError for settings that cannot be used."""
    problems = []
    if pick not in get_args(Pick):
        problems.append(Problem("pick", f"{pick!r} is not a choice", f"give one of {', '.join(get_args(Pick))}"))
    if pick == "best" and any(isinstance(each, DontLook) for each in neighbourhoods):
        problems.append(Problem("pick", "'best' cannot be told apart with don't-look marks", "give 'first'"))
    if not 0 <= tolerance < float("inf"):
        problems.append(Problem("tolerance", f"{tolerance} is out of range", "give a number >= 0"))
    if not neighbourhoods:
        problems.append(Problem("neighbourhoods", "there are none", "give at least one"))
    if problems:
        raise InputError("local search", problems)
