"""Power caps, exact side: the strong and the plain model, mixed caps, why there is no schedule."""

from ecoopt.core.method import Kind, Method
from ecoopt.formulations.power_cap.lacking import explain

METHODS = (
    Method("power_cap", "mixed", Kind.BOUND, "Linear program with mixed caps: exact where they are allowed", "ecoopt",
           "ecoopt.formulations.power_cap.mixed:mixed"),
)

__all__ = ["METHODS", "explain"]
