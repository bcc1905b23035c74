"""A cluster of MIG GPUs over time, exact side: relaxations that bound the mean completion time."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method

METHODS = (
    Method("mig_cluster", "bound", Kind.BOUND, "Linear mean-busy-time relaxation on hats over time", "ecoopt",
           "ecoopt.formulations.mig_cluster.relaxation:bound"),
)


def explain(instance: Instance) -> str:
    """Return why an instance of this family cannot be infeasible."""
    return f"{instance.name} is always feasible: every job runs on a whole GPU, and may wait as long as it must"
