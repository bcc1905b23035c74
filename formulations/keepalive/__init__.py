"""Keep-alive, exact side: models, memory prices and bounds."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method

METHODS = (
    Method("keepalive", "exact-unconstrained", Kind.EXACT,
           "Closed form without memory limits: a bound always, the optimum when it fits", "ecoopt",
           "ecoopt.formulations.keepalive.unconstrained:exact_unconstrained"),
)


def explain(instance: Instance) -> str:
    """Return why an instance of this family cannot be infeasible."""
    return f"{instance.name} is always feasible: nothing has to be kept, and the calls need none of the pools' memory"
