"""Jobs under power caps: methods that need both the exact and the fast side."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.hybrid.power_cap_jobs"

METHODS = (
    Method("power_cap_jobs", "milp", Kind.EXACT, "Multi-mode program by HiGHS, what prices and searches leave of it",
           "Zhao et al., SoCC'23, arXiv:2402.18593, as a program; ecoopt", f"{_HERE}.exact:milp"),
    Method("power_cap_jobs", "lns", Kind.HEURISTIC, "Jobs of a window of slots freed together for HiGHS", "ecoopt",
           f"{_HERE}.windows:lns"),
)
