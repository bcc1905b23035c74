"""Family: one kind of problem, with what belongs to it on every floor, loaded when first asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from pydantic import BaseModel, ValidationError

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance as AnyInstance
from ecoopt.core.instance import Schedule as AnySchedule
from ecoopt.core.method import Method
from ecoopt.core.options import checked_options, options_model
from ecoopt.core.score import Score
from ecoopt.core.status import Sense


@dataclass(frozen=True)
class Family:
    """A family of problems.

    Our own follow a convention of names and give no modules; a third party names its own.

    Parameters
    ----------
    name : str
        Name in files and commands.
    title : str
        The decision, in one line.
    source : str
        The system or paper it comes from.
    sense : Sense
        Direction of the objective.
    home : str, optional
        Module that exports ``Instance``, ``Schedule``, ``generate`` and, if it has any, ``READERS`` (kind to a callable
        ``reader(*paths, **options)``); ``ecoopt.instances.<name>`` by default.
    referee : str, optional
        Module that exports ``evaluate(instance, schedule)``; ``ecoopt.evaluate.<name>`` by default.
    workshops : tuple of str, optional
        Modules that may export ``METHODS`` and ``explain(instance)``, which gives lines that say why an instance is
        infeasible, or one text that says why none of the family can be; ``ecoopt.formulations.<name>``,
        ``ecoopt.heuristics.<name>`` and ``ecoopt.hybrid.<name>``, where they exist, by default.
    """

    name: str
    title: str
    source: str
    sense: Sense = Sense.MIN
    home: str = ""
    referee: str = ""
    workshops: tuple[str, ...] = ()

    @property
    def Instance(self) -> type[AnyInstance]:
        """The family's instance class."""
        found: type[AnyInstance] = self._home.Instance
        return found

    @property
    def Schedule(self) -> type[AnySchedule]:
        """The family's schedule class."""
        found: type[AnySchedule] = self._home.Schedule
        return found

    @property
    def generator(self) -> Callable[..., AnyInstance]:
        """The family's generator as it stands."""
        found: Callable[..., AnyInstance] = self._home.generate
        return found

    @cached_property
    def generator_options(self) -> type[BaseModel]:
        """Options of the generator, read off its signature."""
        return options_model(self.generator, f"{self.name} generator", keyword_only=False)

    @property
    def readers(self) -> dict[str, Callable[..., Any]]:
        """Readers of public data sets by kind."""
        return dict(getattr(self._home, "READERS", {}))

    @property
    def methods(self) -> dict[str, Method]:
        """Every method there is for the family, third parties' among them."""
        from ecoopt.registry import methods

        return methods(self.name)

    def generate(self, **options: Any) -> AnyInstance:
        """Return a generated instance.

        Raises
        ------
        InputError
            For unknown options and wrong values, all at once.
        """
        return self.generator(**checked_options(self.generator_options, options, f"generator of {self.name}"))

    def evaluate(self, instance: AnyInstance, schedule: AnySchedule) -> Score:
        """Return the referee's score of a schedule.

        Raises
        ------
        InputError
            When either belongs to another family, or the numbers are so large that the score overflows.
        """
        for role, given, wanted in (("instance", instance, self.Instance), ("schedule", schedule, self.Schedule)):
            if not isinstance(given, wanted):
                found = getattr(given, "family", None) or type(given).__name__
                raise InputError.one(role, "", f"is of {found}, not of {self.name}", f"give a {wanted.__name__}")
        module = import_module(self.referee or f"ecoopt.evaluate.{self.name}")
        try:
            score: Score = module.evaluate(instance, schedule)
        except ValidationError as error:
            raise InputError.from_validation("score", error) from None
        return score

    def own_methods(self) -> Iterator[Method]:
        """Yield the methods of the family's own modules."""
        for workshop in self._workshops():
            yield from getattr(workshop, "METHODS", ())

    def explain(self) -> Callable[[AnyInstance], Any] | None:
        """Return the function that says why an instance is infeasible, None where the family has none."""
        found = (getattr(workshop, "explain", None) for workshop in self._workshops())
        return next((function for function in found if function is not None), None)

    @cached_property
    def _home(self) -> ModuleType:
        return import_module(self.home or f"ecoopt.instances.{self.name}")

    def _workshops(self) -> Iterator[ModuleType]:
        """Yield the modules that exist; one that exists and fails to import raises."""
        if self.workshops:
            yield from map(import_module, self.workshops)
            return
        for house in ("ecoopt.formulations", "ecoopt.heuristics", "ecoopt.hybrid"):
            if find_spec(f"{house}.{self.name}") is not None:
                yield import_module(f"{house}.{self.name}")
