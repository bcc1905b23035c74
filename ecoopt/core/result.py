"""Result: what a method found, what the referee says of it, and all that is needed to run it again."""

import math
from collections.abc import Mapping
from enum import Enum
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from platform import python_version
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, SerializeAsAny, ValidationError

from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.gap import gap
from ecoopt.core.instance import Schedule
from ecoopt.core.outcome import TracePoint
from ecoopt.core.record import Record
from ecoopt.core.score import Score
from ecoopt.core.status import Sense, Status, Termination

ENDED_FROM_OUTSIDE = "ended_from_outside"
"""Detail of a run that went on beyond its wall limit and had to be ended."""

_PACKAGES = ("ecoopt", "numpy", "scipy", "highspy", "pyomo", "numba")


def json_value(value: Any) -> Any:
    """Return `value` as JSON values: NumPy becomes plain, what is not finite null, anything else its text."""
    if isinstance(value, Enum):
        return json_value(value.value)
    if isinstance(value, (np.ndarray, np.generic)):
        return json_value(value.tolist())
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Record):
        return json_value(value.model_dump())
    if isinstance(value, Mapping):
        return {str(key): json_value(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(entry) for entry in value]
    return str(value)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on; none of them is imported."""
    return dict(_versions())


@cache
def _versions() -> Mapping[str, str]:
    found = {"python": python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


JsonDict = Annotated[dict[str, Any], BeforeValidator(json_value)]


class Result(Record):
    """What `solve` returns.

    Parameters
    ----------
    document : {"result"}
        Tells the file from an instance and a schedule.
    family, method, kind : str
        Whose method ran, and what it promises.
    instance_name, instance_digest : str
        The instance, by name and by content.
    label : str
        Name of the method in tables where that differs, as when a study runs it with several sets of options.
    sense : Sense
        Direction of the objective.
    seed : int
        Seed given.
    options : dict
        Options given, defaults left out.
    budget : Budget
        What could be spent.
    status, termination : Status, Termination
        What is known, and why the method stopped.
    schedule : Schedule, optional
        Best schedule found.
    score : Score, optional
        What the referee says of `schedule`.
    objective : float, optional
        The referee's value, None unless `schedule` is feasible.
    claimed_objective : float, optional
        The method's own value.
    bound : float, optional
        Proven bound on every schedule of the instance.
    trace : tuple of TracePoint
        Every improvement, in order of time, in the method's own values but for those that the referee does not bear
        out; see `ecoopt.judge.borne_out`.
    iterations, evaluations : int
        What was spent.
    wall_s, cpu_s : float
        Time of the method alone; CPU time of this process.
    notes : tuple of str
        What a reader must know: rules broken, claims refuted, a crash, the start returned.
    details : dict
        Figures of the method's own (JSON values).
    versions : dict of str
        Python and the packages that matter.
    """

    document: Literal["result"] = "result"
    schema_version: Literal[1] = 1
    family: str
    method: str
    kind: str = ""
    instance_name: str
    instance_digest: str
    label: str = ""
    sense: Sense = Sense.MIN
    seed: int = 0
    options: JsonDict = {}
    budget: Budget = Budget()
    status: Status
    termination: Termination
    objective: float | None = None
    claimed_objective: float | None = None
    bound: float | None = None
    wall_s: float = 0.0
    cpu_s: float = 0.0
    iterations: int = 0
    evaluations: int = 0
    notes: tuple[str, ...] = ()
    details: JsonDict = {}
    versions: dict[str, str] = {}
    score: Score | None = None
    trace: tuple[TracePoint, ...] = ()
    schedule: SerializeAsAny[Schedule] | None = None

    @property
    def name(self) -> str:
        """Name of the method in tables."""
        return self.label or self.method

    @property
    def feasible(self) -> bool:
        """Whether there is a schedule that breaks no rule."""
        return self.score is not None and self.score.feasible

    @property
    def gap(self) -> float:
        """Gap to the method's own bound, infinite without one."""
        return self.gap_to(self.bound)

    @property
    def failed(self) -> bool:
        """Whether the run ended in an error or a crash, or did not end by itself."""
        return (self.status is Status.ERROR or self.termination is Termination.CRASH
                or bool(self.details.get(ENDED_FROM_OUTSIDE)))

    def gap_to(self, bound: float | None) -> float:
        """Return the gap to the best proven bound known, ``|objective - bound| / max(|objective|, 1e-9)``."""
        return gap(self.objective, bound, self.sense)

    @classmethod
    def parse(cls, content: Any, source: str, schedule_type: type[Schedule]) -> "Result":
        """Return the result held in parsed JSON.

        Parameters
        ----------
        content : object
            What the file holds.
        source : str
            Name for messages.
        schedule_type : type of Schedule
            The family's schedule.

        Raises
        ------
        InputError
            With every problem, those of the schedule among them.
        """
        if not isinstance(content, dict):
            raise InputError.one(source, "", "is not a result", "give a file that solve has written")
        problems: list[Problem] = []
        schedule = None
        if content.get("schedule") is not None:
            try:
                schedule = schedule_type.model_validate(content["schedule"])
            except ValidationError as error:
                problems += [Problem(f"schedule.{p.field}".rstrip("."), p.message, p.mend)
                             for p in InputError.from_validation(source, error).problems]
        try:
            result = cls.model_validate(content | {"schedule": schedule})
        except ValidationError as error:
            problems += InputError.from_validation(source, error).problems
        if problems:
            raise InputError(source, problems)
        return result
