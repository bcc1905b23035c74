"""Outcome: what a method returns."""

from typing import Any

from pydantic import SerializeAsAny

from ecoopt.core.instance import Schedule
from ecoopt.core.record import Record
from ecoopt.core.status import Status, Termination


class TracePoint(Record):
    """State of a run when its incumbent or bound improved."""

    seconds: float
    iteration: int
    incumbent: float | None
    bound: float | None


class Outcome(Record):
    """What a method returns; a solver's outcome never raises.

    Parameters
    ----------
    status, termination : Status, Termination
        What is known, and why the method stopped.
    schedule : Schedule, optional
        Best schedule found.
    objective : float, optional
        The method's own value of `schedule`; the referee's value is in the Score.
    bound : float, optional
        Proven bound on every schedule of the instance.
    trace : tuple of TracePoint
        Every improvement, in order of time.
    iterations, evaluations : int
        What was spent.
    details : dict
        Figures of the method's own (JSON values); under ``reason`` why it found no schedule or
        no proof, for people.
    """

    status: Status
    termination: Termination
    schedule: SerializeAsAny[Schedule] | None = None
    objective: float | None = None
    bound: float | None = None
    trace: tuple[TracePoint, ...] = ()
    iterations: int = 0
    evaluations: int = 0
    details: dict[str, Any] = {}
