"""Phase split, exact side: the relaxation, the programs of periods, and why there is no schedule."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method

METHODS = (
    Method("phase_split", "lp", Kind.BOUND, "Linear relaxation of the integer program",
           "ecoopt", "ecoopt.formulations.phase_split.relaxation:lp"),
)


def explain(instance: Instance) -> list[str]:
    """Return lines that say why an instance has no feasible schedule, none where it has one."""
    # The model needs HiGHS, which a list of families does not.
    from ecoopt.formulations.phase_split.infeasible import reasons
    from ecoopt.instances.phase_split import PhaseSplitInstance

    assert isinstance(instance, PhaseSplitInstance)
    return reasons(instance)
