"""Work: one run as it travels to the process that carries it out."""

from dataclasses import dataclass, field
from typing import Any

from ecoopt.core.budget import Budget
from ecoopt.core.instance import Instance
from ecoopt.core.method import Method
from ecoopt.core.result import ENDED_FROM_OUTSIDE, Result, versions
from ecoopt.core.status import Status, Termination
from ecoopt.solve import Task, prepare
from ecoopt.study.engine.source import Source, loaded


@dataclass(frozen=True)
class Work:
    """A run.

    Parameters
    ----------
    place : int
        Its place in the plan.
    family, instance_name, instance_digest : str
        The instance: its family, its name in tables, its content.
    source : Source
        Where the instance is found.
    method : str or Method
        Name of a method of the family, or one that is not registered.
    budget : Budget
        What the method may spend.
    seed : int
        Seed of the method.
    options : dict
        The method's own options.
    wall_limit_s : float, optional
        Wall seconds after which the run is stopped from outside.
    """

    place: int
    family: str
    instance_name: str
    instance_digest: str
    source: Source
    method: str | Method
    budget: Budget
    seed: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    wall_limit_s: float | None = None

    @property
    def method_name(self) -> str:
        """Name of the method."""
        return self.method.name if isinstance(self.method, Method) else self.method

    def instance(self) -> Instance:
        """Return the instance.

        Raises
        ------
        InputError
            When it cannot be had.
        """
        return loaded(self.source, self.instance_digest, self.instance_name)

    def task(self) -> Task:
        """Return the task, every argument checked.

        Raises
        ------
        InputError
            As `prepare`, or when the instance cannot be had.
        """
        return prepare(self.instance(), self.method, budget=self.budget, seed=self.seed, options=self.options)

    def failed(self, note: str, termination: Termination = Termination.CRASH, wall_s: float = 0.0) -> Result:
        """Return the result of a run that left nothing behind."""
        from ecoopt.registry import family
        from ecoopt.registry import method as find_method

        method = self.method if isinstance(self.method, Method) else find_method(self.family, self.method)
        lost = Status.ERROR if termination is Termination.CRASH else Status.NONE
        return Result(
            family=self.family, method=method.name, kind=method.kind.value, instance_name=self.instance_name,
            instance_digest=self.instance_digest, sense=family(self.family).sense, seed=self.seed,
            options=self.options, budget=self.budget, status=lost, termination=termination,
            notes=(" ".join(note.split()),), wall_s=wall_s, versions=versions(),
            details={ENDED_FROM_OUTSIDE: True} if termination is Termination.TIME else {})
