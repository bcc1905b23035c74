"""Power caps, exact side: the strong and the plain model, mixed caps, why there is no schedule."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method

METHODS = (
    Method("power_cap", "mixed", Kind.BOUND, "Linear program with mixed caps: exact where they are allowed", "ecoopt",
           "ecoopt.formulations.power_cap.mixed:mixed"),
)


def explain(instance: Instance) -> list[str]:
    """Return lines that say why an instance has no schedule, none when it has one."""
    from ecoopt.formulations.power_cap.lacking import reasons
    from ecoopt.instances.power_cap import PowerCapInstance

    assert isinstance(instance, PowerCapInstance)
    return reasons(instance)
