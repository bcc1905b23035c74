"""Hardware refresh, exact side: the integer program, its linear relaxation, and a Lagrangian that needs no solver."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method
from ecoopt.instances.refresh import RefreshInstance

_HERE = "ecoopt.formulations.refresh"

METHODS = (
    Method("refresh", "lp", Kind.BOUND, "Linear relaxation of the integer program", "ecoopt", f"{_HERE}.relaxation:lp"),
    Method("refresh", "lagrangian", Kind.BOUND, "Prices of work, money and carbon by a bundle method; GPUs one by one",
           "ecoopt", f"{_HERE}.lagrangian:lagrangian"),
)


def explain(instance: Instance) -> list[str]:
    """Return why an instance is infeasible, line by line; no line where it is feasible."""
    assert isinstance(instance, RefreshInstance)
    from ecoopt.formulations.refresh.lacking import lacking

    return lacking(instance)
