"""The referee: it scores any schedule from instance and schedule alone, trusting no solver's arithmetic."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score

__all__ = ["evaluate"]


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return objective, terms and all violations of a schedule.

    The family's own referee, ``ecoopt.evaluate.<family>``, is imported at its first use. A schedule that breaks rules
    is scored all the same; only one that is no schedule of this instance at all is refused.

    Parameters
    ----------
    instance : Instance
        What is asked.
    schedule : Schedule
        What was decided.

    Raises
    ------
    InputError
        When the families differ, the family has no referee, or the schedule's shape is not the instance's.
    """
    for value, kind in ((instance, Instance), (schedule, Schedule)):
        if not isinstance(value, kind):
            raise InputError.one("evaluate", kind.__name__.lower(), f"is a {type(value).__name__}",
                                 f"give an ecoopt {kind.__name__}")
    if instance.family != schedule.family:
        raise InputError.one("evaluate", "schedule", f"belongs to family {schedule.family!r}, the instance to "
                             f"{instance.family!r}", "give a schedule of the instance's own family")
    name = f"{__name__}.{instance.family}"
    module = import_module(name) if instance.family.isidentifier() and find_spec(name) else None
    referee: Callable[[Instance, Schedule], Score] | None = getattr(module, "evaluate", None)
    if referee is None:
        raise InputError.one("evaluate", "instance", f"family {instance.family!r} has no referee",
                             "give an instance of a family that has one")
    return referee(instance, schedule)
