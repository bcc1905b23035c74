"""Graph partition, exact side: semidefinite and spectral bounds, branch and bound, the integer program."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

__all__ = ["METHODS", "explain"]

_HERE = "ecoopt.formulations.graph_partition"

METHODS = (
    Method("graph_partition", "milp", Kind.EXACT, "Integer program by HiGHS, with cuts in rounds at the root", "ecoopt",
           f"{_HERE}.integer_program:milp", Sense.MAX),
    Method("graph_partition", "branch-bound", Kind.EXACT, "Branch and bound on pairs with semidefinite bounds",
           "bound of Krislock, Malick, Roupin, Math. Program. 143 (2014); search: ecoopt",
           f"{_HERE}.semidefinite:branch_bound", Sense.MAX),
    Method("graph_partition", "sdp", Kind.BOUND, "Semidefinite bound with triangles, stars, cliques and size rows",
           "bound of Krislock, Malick, Roupin, Math. Program. 143 (2014)", f"{_HERE}.semidefinite:sdp", Sense.MAX),
    Method("graph_partition", "spectral", Kind.BOUND, "Bound by the least eigenvalues of the weighed Laplacian",
           "Donath and Hoffman, IBM Journal 17 (1973)", f"{_HERE}.semidefinite:spectral", Sense.MAX),
)


def explain(instance: Instance) -> list[str]:
    """Return why an instance has no schedule, one line for each reason; nothing when none was found."""
    from ecoopt.formulations.graph_partition.infeasible import reasons
    from ecoopt.instances.graph_partition import GraphPartitionInstance

    assert isinstance(instance, GraphPartitionInstance)
    return reasons(instance)
