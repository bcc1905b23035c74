"""Pools of rented machines, exact side: counts with rows of the frontier, columns, and routing written out."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

_HERE = "ecoopt.formulations.pool"

METHODS = (
    Method("pool", "benders", Kind.EXACT, "Integer program on counts by HiGHS, rows added until routing keeps them",
           "Benders; ecoopt", f"{_HERE}.exact:benders", Sense.MAX),
    Method("pool", "fluid", Kind.EXACT, "Integer program with routing by bin written out, by HiGHS alone", "ecoopt",
           f"{_HERE}.exact:fluid", Sense.MAX),
    Method("pool", "lp", Kind.BOUND, "Linear relaxation of the integer program on counts", "ecoopt",
           f"{_HERE}.exact:lp", Sense.MAX),
)


def explain(instance: Instance) -> list[str]:
    """Return why an instance has no schedule, one line for each reason; nothing when it has one."""
    from ecoopt.formulations.pool.infeasible import reasons
    from ecoopt.instances.pool import PoolInstance

    assert isinstance(instance, PoolInstance)
    return reasons(instance)
