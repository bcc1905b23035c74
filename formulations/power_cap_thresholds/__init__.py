"""Thresholds of an oversubscribed row, exact side: the scenario program on choices of levels, and enumeration."""

from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method
from ecoopt.instances.power_cap_thresholds import PowerCapThresholdsInstance

_HERE = "ecoopt.formulations.power_cap_thresholds.exact"

METHODS = (
    Method("power_cap_thresholds", "milp", Kind.EXACT, "Program on joint choices of levels, by HiGHS",
           "ecoopt", f"{_HERE}:milp"),
    Method("power_cap_thresholds", "enumeration", Kind.EXACT, "The best choice for each number of servers", "ecoopt",
           f"{_HERE}:enumeration"),
    Method("power_cap_thresholds", "lp", Kind.BOUND, "Linear relaxation of the program", "ecoopt",
           f"{_HERE}:lp"),
)


def explain(instance: Instance) -> list[str]:
    """Return lines that say why an instance has no schedule, none when it has one."""
    from ecoopt.instances.power_cap_thresholds.tables import tables_of

    if not isinstance(instance, PowerCapThresholdsInstance):
        raise InputError.one("explain", "", f"got a {type(instance).__name__}", "give a PowerCapThresholdsInstance")
    tables = tables_of(instance.replace(most_added=instance.least_added))
    if tables.feasible(0):
        return []
    return [f"with {instance.least_added} added servers at the slowest level {tables.trips[0, -1]} of "
            f"{instance.scenarios} scenarios trip, {instance.most_trips} may; lower least_added, "
            "raise limit_w or trip_share, or add a slower level"]
