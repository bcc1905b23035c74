"""A cluster of MIG GPUs over time, exact side: relaxations that bound the mean completion time."""

from ecoopt.core.method import Kind, Method

METHODS = (
    Method("mig_cluster", "bound", Kind.BOUND, "Linear mean-busy-time relaxation on hats over time", "ecoopt",
           "ecoopt.formulations.mig_cluster.relaxation:bound"),
)
