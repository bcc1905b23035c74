"""Distribution of queries over machines, exact side: prices of time that bound it, and the time-indexed program."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

METHODS = (
    Method("dispatch", "bound", Kind.BOUND, "Linear time-indexed relaxation by an interior point method on its band",
           "ecoopt", "ecoopt.formulations.dispatch.relaxation:bound", Sense.MAX),
)


def explain(instance: Instance) -> str:
    """Return why an instance of this family cannot be infeasible."""
    return f"{instance.name} is always feasible: any query may be left unserved"
