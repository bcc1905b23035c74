"""MIG serving, exact side: the count model, the pattern model, periods by themselves, and the hull."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method

METHODS = (
    Method("mig_serving", "hull", Kind.EXACT,
           "Hull of energy and quality for each distinct load: exact where changes cost nothing", "ecoopt",
           "ecoopt.formulations.mig_serving.hull:hull"),
)


def explain(instance: Instance) -> list[str]:
    """Return why an instance is infeasible, one line for each period; nothing when it is feasible."""
    from ecoopt.formulations.mig_serving.infeasible import reasons

    return reasons(instance)
