"""Method: a named way to solve a family's instances, imported only when it runs."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from ecoopt.core.budget import Budget
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.observer import Observer
from ecoopt.core.options import checked_options, options_model
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Sense


class Kind(StrEnum):
    """What a method promises."""

    EXACT = "exact"
    BOUND = "bound"
    HEURISTIC = "heuristic"
    ONLINE = "online"
    BASELINE = "baseline"


@dataclass(frozen=True)
class Method:
    """A method of a family.

    Parameters
    ----------
    family, name : str
        The family it belongs to, and its name there.
    kind : Kind
        What it promises.
    title : str
        One line for people.
    source : str
        Paper, equation or algorithm it implements; "ecoopt" when it is ours.
    target : str
        ``module:function``, imported at the first run. The function's signature is
        ``(instance, run, *, seed, start, **options) -> Outcome``; its further keyword arguments are the options.
    sense : Sense
        Direction of the family's objective.
    """

    family: str
    name: str
    kind: Kind
    title: str
    source: str
    target: str
    sense: Sense = Sense.MIN

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is loaded on demand, so that a method travels to any process."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def function(self) -> Callable[..., Outcome]:
        """The function behind `target`."""
        module, _, name = self.target.partition(":")
        function: Callable[..., Outcome] = getattr(import_module(module), name)
        return function

    @cached_property
    def options_model(self) -> type[BaseModel]:
        """The options as a pydantic model, read off the function's signature."""
        return options_model(self.function, f"{self.name} options", reserved=("seed", "start"))

    def checked_options(self, options: dict[str, Any] | None) -> dict[str, Any]:
        """Return the options given, validated.

        Raises
        ------
        InputError
            For unknown options and wrong values, all at once.
        """
        return checked_options(self.options_model, options, f"options of {self.name}")

    def run(
        self, instance: Instance, *, budget: Budget | None = None, seed: int = 0, start: Schedule | None = None,
        observe: Observer | None = None, options: dict[str, Any] | None = None,
    ) -> Outcome:
        """Run the method on an instance and return what it found.

        Parameters
        ----------
        instance : Instance
            Of the method's family.
        budget : Budget, optional
            No limit by default.
        seed : int
            Same seed and iteration budget, same outcome.
        start : Schedule, optional
            A feasible schedule to start from.
        observe : Observer, optional
            Told of every event.
        options : dict, optional
            The method's own options.
        """
        checked = self.checked_options(options)
        return self.function(instance, Run(budget, observe, self.sense), seed=seed, start=start, **checked)
