"""Generation directives, exact side: linear and integer programs, and exact algorithms that need no solver."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.formulations.directives"

METHODS = (
    Method("directives", "horizon", Kind.EXACT, "Edges of hulls by slope; with an evaluator, the shortest path",
           "ecoopt; multiple-choice knapsack: Sinha and Zoltners (1979)", f"{_HERE}.horizon:horizon"),
    Method("directives", "lp", Kind.BOUND, "Linear relaxation of the integer program", "ecoopt",
           f"{_HERE}.exact:lp"),
)


def explain(instance: Instance) -> str:
    """Return why an instance of this family cannot be infeasible."""
    return f"{instance.name} is always feasible: level 0 keeps every rule"
