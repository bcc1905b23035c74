"""Power caps, exact side: the strong and the plain model, mixed caps, why there is no schedule."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method

METHODS = (
    Method("power_cap", "mixed", Kind.BOUND, "Linear program with mixed caps: exact where they are allowed", "ecoopt",
           "ecoopt.formulations.power_cap.mixed:mixed"),
)


def explain(instance: Instance) -> str | list[str]:
    """Return what stands in the way of a schedule, line by line."""
    from ecoopt.formulations.power_cap.lacking import explain as reasons

    return reasons(instance)
