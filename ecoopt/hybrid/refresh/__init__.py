"""Hardware refresh, methods that need both sides: the integer program from a rounded relaxation, and windows of it."""

from ecoopt.core.method import Kind, Method

METHODS = (
    Method("refresh", "milp", Kind.EXACT, "Integer program by HiGHS, started by the rounded relaxation", "ecoopt",
           "ecoopt.hybrid.refresh.exact:milp"),
    Method("refresh", "lns", Kind.HEURISTIC, "Large-neighbourhood search: sites and stretches of periods solved anew",
           "ecoopt", "ecoopt.hybrid.refresh.windows:lns"),
)
