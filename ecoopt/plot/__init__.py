"""Pictures: schedules drawn by their family's own module, and what compares methods on an instance for all families.

Drawing uses matplotlib's objects alone, no figure outlives its caller, and the same content gives the same bytes.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["figures", "painter", "tradeoff_terms"]


def painter(family_name: str) -> ModuleType | None:
    """Return the module that draws a family's schedules: ``ecoopt.plot.<family>``, for a third party's its own.

    Such a module exports ``figures(instance, schedule) -> dict[str, Figure]`` and, if two terms of the score pull
    against each other, their names as ``TRADEOFF``. A third party's may be its home, its referee or a workshop. None
    where there is none.

    Raises
    ------
    InputError
        When there is no such family.
    """
    from ecoopt.registry import BUILTIN, family

    owner = family(family_name)
    if owner in BUILTIN:
        name = f"{__name__}.{family_name}"
        return import_module(name) if find_spec(name) is not None else None
    modules = (import_module(name) for name in (owner.home, owner.referee, *owner.workshops) if name)
    return next((module for module in modules if hasattr(module, "figures")), None)


def figures(instance: Instance, schedule: Schedule) -> dict[str, "Figure"]:
    """Return the pictures of a schedule by name, drawn by its family.

    Parameters
    ----------
    instance : Instance
        What was asked.
    schedule : Schedule
        What was decided, allowed or not.

    Raises
    ------
    InputError
        When the family draws no pictures, or the schedule is none of this instance.
    """
    from ecoopt.registry import evaluate

    module = painter(instance.family)
    if module is None:
        raise InputError.one("plot", "family", f"{instance.family} draws no pictures", "choose an instance of another")
    evaluate(instance, schedule)
    draw: Callable[[Instance, Schedule], dict[str, Figure]] = module.figures
    return draw(instance, schedule)


def tradeoff_terms(family_name: str) -> tuple[str, str] | None:
    """Return the two terms of a family's score that pull against each other, both to be small; None without any."""
    terms: tuple[str, str] | None = getattr(painter(family_name), "TRADEOFF", None)
    return terms
