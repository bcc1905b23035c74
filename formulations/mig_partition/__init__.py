"""Sharing GPUs by MIG, exact side: integer programs by class and by job, and why one has no answer."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

_HERE = "ecoopt.formulations.mig_partition"

METHODS = (
    Method("mig_partition", "milp", Kind.EXACT, "Integer program on counts of instances, jobs in classes, by HiGHS",
           "ecoopt", f"{_HERE}.exact:milp", Sense.MAX),
    Method("mig_partition", "milp-per-job", Kind.EXACT,
           "Integer program on layouts of GPUs, a binary for each job and profile, by HiGHS", "ecoopt",
           f"{_HERE}.exact:milp_per_job", Sense.MAX),
    Method("mig_partition", "lp", Kind.BOUND, "Linear relaxation of the integer program on counts", "ecoopt",
           f"{_HERE}.exact:lp", Sense.MAX),
)


def explain(instance: Instance) -> list[str]:
    """Return lines that say why an instance has no feasible schedule, none where it has one."""
    # The model needs Pyomo, which takes a second to import.
    from ecoopt.formulations.mig_partition.infeasible import reasons
    from ecoopt.instances.mig_partition import MigPartitionInstance

    assert isinstance(instance, MigPartitionInstance)
    return reasons(instance)
