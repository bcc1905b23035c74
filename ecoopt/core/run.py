"""Run: the live state of a method at work; it counts, keeps the best, tells observers and says when to stop."""

import math
from collections.abc import Callable
from time import perf_counter
from typing import Any

from ecoopt.core.budget import Budget
from ecoopt.core.gap import CLOSED, gap
from ecoopt.core.instance import Schedule
from ecoopt.core.interrupt import interrupted
from ecoopt.core.observer import Observer
from ecoopt.core.outcome import Outcome, TracePoint
from ecoopt.core.status import Sense, Status, Termination


class Run:
    """A method's ledger.

    Parameters
    ----------
    budget : Budget
        What may be spent.
    observer : Observer
        Told of every event.
    sense : Sense
        Direction of the objective.
    """

    def __init__(
        self, budget: Budget | None = None, observer: Observer | None = None, sense: Sense = Sense.MIN,
    ) -> None:
        self.budget = budget or Budget()
        self.observer = observer or Observer()
        self.sense = sense
        self.objective: float | None = None
        self.bound: float | None = None
        self.iterations = 0
        self.evaluations = 0
        self.trace: list[TracePoint] = []
        self._rules = self.budget.rules()
        self._schedule: Schedule | Callable[[], Schedule] | None = None
        self._began = perf_counter()
        self.observer.on_start(self)

    @property
    def seconds(self) -> float:
        """Wall seconds since the run began."""
        return perf_counter() - self._began

    @property
    def seconds_left(self) -> float:
        """Wall seconds left, infinite without a limit."""
        return math.inf if self.budget.seconds is None else max(self.budget.seconds - self.seconds, 0.0)

    @property
    def iterations_left(self) -> float:
        """Iterations left, infinite without a limit."""
        return math.inf if self.budget.iterations is None else max(self.budget.iterations - self.iterations, 0)

    @property
    def evaluations_left(self) -> float:
        """Evaluations left, infinite without a limit."""
        return math.inf if self.budget.evaluations is None else max(self.budget.evaluations - self.evaluations, 0)

    @property
    def gap(self) -> float:
        """Proven relative gap now, infinite while one side is missing."""
        return gap(self.objective, self.bound, self.sense)

    def part(self, *, seconds: float | None = None, iterations: int | None = None) -> "Run":
        """Return a run for a part of the work: what it finds and proves reaches this one, what it spends does not.

        The target gap is this run's.

        Parameters
        ----------
        seconds : float, optional
            Limit of the part, at most what this run has left, which is the default.
        iterations : int, optional
            Limit of the part; none by default.
        """
        return _Part(self, seconds, iterations)

    def better(self, one: float, other: float | None) -> bool:
        """Return whether objective `one` beats `other`."""
        if other is None:
            return True
        return one < other if self.sense is Sense.MIN else one > other

    def tick(self, iterations: int = 1, evaluations: int = 0) -> None:
        """Count what was spent."""
        self.iterations += iterations
        self.evaluations += evaluations
        self.observer.on_iteration(self)

    def offer(self, objective: float, schedule: Schedule | Callable[[], Schedule]) -> bool:
        """Keep a feasible schedule if it beats the incumbent; a callable is built only when needed."""
        if not self.better(objective, self.objective):
            return False
        self.objective, self._schedule = float(objective), schedule
        self._record()
        self.observer.on_incumbent(self)
        return True

    def prove(self, bound: float) -> bool:
        """Keep a proven bound if it beats the one known."""
        if not math.isfinite(bound) or (self.bound is not None and not self.better(self.bound, bound)):
            return False
        self.bound = float(bound)
        self._record()
        self.observer.on_bound(self)
        return True

    def stop(self) -> Termination | None:
        """Return why the run must stop now, or None to go on."""
        if interrupted():
            return Termination.INTERRUPTED
        return next((reason for rule in self._rules if (reason := rule(self)) is not None), None)

    def schedule(self) -> Schedule | None:
        """Return the incumbent's schedule."""
        if callable(self._schedule):
            self._schedule = self._schedule()
        return self._schedule

    def outcome(self, termination: Termination | None = None, status: Status | None = None, **details: Any) -> Outcome:
        """Close the run and return its outcome.

        Parameters
        ----------
        termination : Termination, optional
            Why it stopped; by default what the budget says, or `proof` when the gap is closed, else `done`.
        status : Status, optional
            By default optimal when the gap is closed to 1e-9, feasible with a schedule, none without.
        **details
            Figures of the method's own.
        """
        closed = self.gap <= CLOSED
        if status is None:
            found = Status.FEASIBLE if self._schedule is not None else Status.NONE
            status = Status.OPTIMAL if closed else found
        if termination is None:
            termination = Termination.PROOF if closed else self.stop() or Termination.DONE
        self.observer.on_end(self)
        if status is Status.INFEASIBLE:  # No bound says anything of schedules that do not exist.
            self.bound, self.trace = None, []
        return Outcome(
            status=status, termination=termination, schedule=self.schedule(), objective=self.objective,
            bound=self.bound, trace=tuple(self.trace), iterations=self.iterations, evaluations=self.evaluations,
            details=details)

    def _record(self) -> None:
        point = TracePoint(seconds=self.seconds, iteration=self.iterations, incumbent=self.objective, bound=self.bound)
        self.trace.append(point)


class _Part(Run):
    """A run within a run."""

    def __init__(self, whole: Run, seconds: float | None, iterations: int | None) -> None:
        left = whole.seconds_left if seconds is None else min(seconds, whole.seconds_left)
        budget = Budget(seconds=None if math.isinf(left) else left, iterations=iterations, gap=whole.budget.gap)
        super().__init__(budget, sense=whole.sense)
        self.whole = whole

    def offer(self, objective: float, schedule: Schedule | Callable[[], Schedule]) -> bool:
        """Keep a schedule, and offer it to the whole."""
        better = super().offer(objective, schedule)
        if better:
            self.whole.offer(objective, lambda: self._kept(schedule))
        return better

    def prove(self, bound: float) -> bool:
        """Keep a bound, and prove it to the whole."""
        self.whole.prove(bound)
        return super().prove(bound)

    @staticmethod
    def _kept(schedule: Schedule | Callable[[], Schedule]) -> Schedule:
        return schedule() if callable(schedule) else schedule
