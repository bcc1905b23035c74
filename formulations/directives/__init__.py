"""Generation directives, exact side: linear and integer programs, and exact algorithms that need no solver."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method
from ecoopt.instances.directives import DirectivesInstance

_HERE = "ecoopt.formulations.directives"

METHODS = (
    Method("directives", "horizon", Kind.EXACT, "Edges of hulls by slope; with an evaluator, the shortest path",
           "ecoopt; multiple-choice knapsack: Sinha and Zoltners (1979)", f"{_HERE}.horizon:horizon"),
    Method("directives", "lp", Kind.BOUND, "Linear relaxation of the integer program", "ecoopt",
           f"{_HERE}.exact:lp"),
)


def explain(instance: Instance) -> str | list[str]:
    """Return why an instance with a fleet is infeasible, line by line, or why one without cannot be."""
    assert isinstance(instance, DirectivesInstance)
    if instance.fleet is None:
        return f"{instance.name} is always feasible: level 0 keeps every rule"
    from ecoopt.formulations.directives.lacking import lacking

    return lacking(instance)
