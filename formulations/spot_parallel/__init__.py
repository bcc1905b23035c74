"""Spot fleets, exact side: the flow form by HiGHS, and why an instance has no schedule."""

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method
from ecoopt.instances.spot_parallel import SpotParallelInstance

_HERE = "ecoopt.formulations.spot_parallel.exact"

METHODS = (
    Method("spot_parallel", "flow", Kind.EXACT, "Flow form over the tree, with budgets, as it is, by HiGHS",
           "ecoopt", f"{_HERE}:flow"),
    Method("spot_parallel", "lp", Kind.BOUND, "Linear relaxation of the flow form", "ecoopt", f"{_HERE}:lp"),
)


def explain(instance: Instance) -> list[str]:
    """Return lines that say why an instance has no schedule, none when nothing of one node or one budget forbids it."""
    from ecoopt.instances.spot_parallel.tables import tables_of

    if not isinstance(instance, SpotParallelInstance):
        raise InputError.one("explain", "", f"got a {type(instance).__name__}", "give a SpotParallelInstance")
    return tables_of(instance).lacking
