"""Power caps, both sides: the strong model from an annealed start."""

from ecoopt.core.method import Kind, Method

METHODS = (
    Method("power_cap", "milp", Kind.EXACT, "Strong model by HiGHS from an annealed start: schedule and proven bound",
           "ecoopt", "ecoopt.hybrid.power_cap.exact:milp"),
)
