"""Shifting, exact side: the relaxation of the integer program, and prices of slots for bounds at any size."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.formulations.shifting"

METHODS = (
    Method("shifting", "lp", Kind.BOUND, "Linear relaxation of the integer program", "ecoopt", f"{_HERE}.exact:lp"),
    Method("shifting", "lagrangian", Kind.BOUND, "Prices of slots by batches and a bundle; jobs placed at these prices",
           "Bertsekas 2011; Kiwiel 1990; ecoopt", f"{_HERE}.lagrangian:lagrangian"),
    Method("shifting", "dive", Kind.HEURISTIC, "Linear program fixes large jobs, integer program places the rest",
           "ecoopt", f"{_HERE}.dive:dive"),
)


def explain(instance: Instance) -> list[str]:
    """Return why an instance has no schedule, one line for each reason; nothing when it has one."""
    from ecoopt.formulations.shifting.infeasible import reasons
    from ecoopt.instances.shifting import ShiftingInstance

    assert isinstance(instance, ShiftingInstance)
    return reasons(instance)
