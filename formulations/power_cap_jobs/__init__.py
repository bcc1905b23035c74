"""Jobs under power caps, exact side: the multi-mode program, its relaxation, and prices of GPUs and power."""

from collections.abc import Iterable

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance

METHODS = (
    Method("power_cap_jobs", "lp", Kind.BOUND, "Linear relaxation of the multi-mode program", "ecoopt",
           "ecoopt.formulations.power_cap_jobs.relaxation:lp"),
    Method("power_cap_jobs", "lagrangian", Kind.BOUND, "Prices of GPUs and power by slot, by a bundle method", "ecoopt",
           "ecoopt.formulations.power_cap_jobs.pricing:lagrangian"),
)


def explain(instance: Instance) -> Iterable[str]:
    """Return lines that say why an instance has no schedule, none when it has one."""
    from ecoopt.formulations.power_cap_jobs.impossible import reasons

    if not isinstance(instance, PowerCapJobsInstance):
        raise InputError.one("explain", "", f"got a {type(instance).__name__}", "give a PowerCapJobsInstance")
    return reasons(instance)
