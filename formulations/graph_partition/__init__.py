"""Graph partition, exact side: the spectral bound; what the hybrid methods solve; and why there is no schedule."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

__all__ = ["METHODS", "explain"]

_HERE = "ecoopt.formulations.graph_partition"

METHODS = (
    Method("graph_partition", "spectral", Kind.BOUND, "Bound by the least eigenvalues of the weighed Laplacian",
           "Donath and Hoffman, IBM Journal 17 (1973)", f"{_HERE}.spectral_bound:spectral", Sense.MAX),
)


def explain(instance: Instance) -> list[str]:
    """Return why an instance has no schedule, one line for each reason; nothing when none was found."""
    from ecoopt.formulations.graph_partition.infeasible import reasons
    from ecoopt.instances.graph_partition import GraphPartitionInstance

    assert isinstance(instance, GraphPartitionInstance)
    return reasons(instance)
