"""Judge: a method's outcome held against the referee, so that a result says nothing the referee does not confirm."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ecoopt.core.instance import Schedule
from ecoopt.core.outcome import Outcome, TracePoint
from ecoopt.core.score import Score
from ecoopt.core.status import Sense, Status, Termination

TOLERANCE = 1e-6
"""Relative difference beyond which two values of one schedule, or a bound and a feasible value, contradict."""

_MOST_VIOLATIONS = 3


@dataclass(frozen=True)
class Scored:
    """A schedule and what the referee says of it."""

    schedule: Schedule
    score: Score


@dataclass(frozen=True)
class Verdict:
    """What may be said of an outcome.

    Parameters
    ----------
    status : Status
        As claimed, unless the referee refutes it.
    schedule, score, objective : optional
        The schedule to return, its score, and its value when it is feasible.
    bound : float, optional
        The bound claimed, unless refuted.
    notes : tuple of str
        What was refuted or replaced, one line each.
    details : dict
        Figures behind the notes.
    """

    status: Status
    schedule: Schedule | None
    score: Score | None
    objective: float | None
    bound: float | None
    notes: tuple[str, ...]
    details: dict[str, Any]


def judge(outcome: Outcome, start: Scored | None, sense: Sense, evaluate: Callable[[Schedule], Score]) -> Verdict:
    """Return what may be said of an outcome.

    - A schedule that breaks a rule, or that the referee cannot read, makes the status `error`.
    - The start is returned when nothing feasible and as good was found.
    - Whatever a feasible schedule contradicts makes the status `error`: a bound (it is taken out), a proof that there
      is no schedule, a proof that a worse one is optimal.
    - A method that crashed with a feasible schedule at hand is `feasible`.
    - Optimality claimed for a schedule that the method valued wrongly becomes `feasible`, unless the bound is met.

    Parameters
    ----------
    outcome : Outcome
        What the method returned.
    start : Scored, optional
        The feasible schedule it started from.
    sense : Sense
        Direction of the objective.
    evaluate : callable
        The referee.
    """
    case = _Case(outcome, sense)
    case.refer(evaluate)
    case.compare_with_start(start)
    case.check_claims()
    kept = case.kept
    return Verdict(case.status(), kept.schedule if kept else None, kept.score if kept else None, case.objective,
                   case.bound, tuple(case.notes), case.details)


def borne_out(trace: Sequence[TracePoint], verdict: Verdict, sense: Sense, wall_s: float) -> tuple[TracePoint, ...]:
    """Return a trace without what the referee does not bear out: values better than that of the schedule returned.

    Bounds that this value refutes go too. Where no point has the value itself, one at the end has, since nobody knows
    when the schedule was found.

    Parameters
    ----------
    trace : sequence of TracePoint
        What the method said while it ran.
    verdict : Verdict
        What may be said of its outcome.
    sense : Sense
        Direction of the objective.
    wall_s : float
        Wall seconds of the run.
    """
    objective = verdict.objective

    def too_good(point: TracePoint) -> bool:
        value = point.incumbent
        return value is not None and (objective is None or refuted(objective, value, sense))

    def too_strong(point: TracePoint) -> bool:
        return point.bound is not None and objective is not None and refuted(point.bound, objective, sense)

    found = tuple(trace)
    if any(too_good(point) or too_strong(point) for point in trace):
        found = tuple(point.replace(incumbent=None if too_good(point) else point.incumbent,
                                    bound=None if too_strong(point) else point.bound) for point in trace)
    reached = any(point.incumbent is not None and objective is not None and not differ(point.incumbent, objective)
                  for point in found)
    if reached or objective is None or not found:
        return found
    last = found[-1]
    return *found, last.replace(seconds=max(wall_s, last.seconds), incumbent=objective)


def refuted(bound: float, objective: float, sense: Sense) -> bool:
    """Return whether a feasible schedule of value `objective` shows that `bound` is wrong."""
    passed = bound > objective if sense is Sense.MIN else bound < objective
    return passed and differ(bound, objective)


def differ(one: float, other: float) -> bool:
    """Return whether two values differ by more than `TOLERANCE` of the larger."""
    return abs(one - other) > TOLERANCE * max(abs(one), abs(other), 1e-9)


class _Case:
    """The state of one judgement."""

    def __init__(self, outcome: Outcome, sense: Sense) -> None:
        self.outcome, self.sense = outcome, sense
        self.bound = outcome.bound
        self.kept: Scored | None = None
        self.refuted = False
        self.optimal = outcome.status is Status.OPTIMAL
        self.notes: list[str] = []
        self.details: dict[str, Any] = {}

    @property
    def objective(self) -> float | None:
        """Value of the schedule kept, when it is feasible."""
        return self.kept.score.objective if self.kept is not None and self.kept.score.feasible else None

    def refer(self, evaluate: Callable[[Schedule], Score]) -> None:
        """Have the method's schedule scored, and its own value of it compared."""
        schedule, claimed = self.outcome.schedule, self.outcome.objective
        if schedule is None:
            return
        try:
            self.kept = Scored(schedule, evaluate(schedule))
        except Exception as error:  # whatever the referee stumbles over is no schedule
            self._refute(f"the referee cannot score the schedule: {type(error).__name__}: {error}")
            return
        violations = self.kept.score.violations
        if violations:
            broken = [f"{v.what} at {v.where} by {v.by:g} {v.unit}".strip() for v in violations[:_MOST_VIOLATIONS]]
            more = f"; and {len(violations) - len(broken)} more" if len(violations) > len(broken) else ""
            self._refute(f"the schedule is infeasible: {'; '.join(broken)}{more}")
            self.details["violations"] = len(violations)
        elif claimed is not None and differ(claimed, value := self.kept.score.objective):
            self.notes.append(f"the method values its schedule {claimed:.9g}, the referee {value:.9g}")
            self.optimal = self.optimal and self.bound is not None and not differ(value, self.bound)

    def compare_with_start(self, start: Scored | None) -> None:
        """Keep the start unless something as good was found."""
        if start is None:
            return
        found, best = self.objective, start.score.objective
        if found is not None and not (best < found if self.sense is Sense.MIN else best > found):
            return
        self.kept = start
        if found is None:
            self.notes.append("the method has no feasible schedule; the start is returned")
        elif differ(found, best):
            self.notes.append(f"the method ended at {found:.9g}, its start has {best:.9g}; the start is returned")
            if self.optimal:
                self._refute(f"the method claims that {found:.9g} is optimal")

    def check_claims(self) -> None:
        """Hold what the method claims against the schedule kept."""
        objective, claim = self.objective, self.outcome.status
        if claim in (Status.OPTIMAL, Status.FEASIBLE) and self.outcome.schedule is None:
            self._refute(f"the method claims status {claim} and has no schedule")
        if objective is None:
            return
        if claim is Status.INFEASIBLE:
            self._refute("the method claims that there is no schedule, there is one")
        if self.bound is not None and refuted(self.bound, objective, self.sense):
            self._refute(f"the method claims a bound of {self.bound:.9g}, a feasible schedule has {objective:.9g}")
            self.details["refuted_bound"] = self.bound
            self.bound = None

    def status(self) -> Status:
        """Return what is known after all."""
        claim, crashed = self.outcome.status, self.outcome.termination is Termination.CRASH
        if self.refuted or (claim is Status.ERROR and not crashed) or (crashed and self.objective is None):
            return Status.ERROR
        if self.optimal and not crashed:
            return Status.OPTIMAL
        return claim if self.objective is None or claim is Status.UNBOUNDED else Status.FEASIBLE

    def _refute(self, note: str) -> None:
        """Note something that must not happen."""
        self.refuted = True
        self.notes.append(" ".join(note.split()))
