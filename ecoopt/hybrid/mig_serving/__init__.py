"""MIG serving methods that need both the exact and the fast side."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.hybrid.mig_serving"

METHODS = (
    Method("mig_serving", "milp", Kind.EXACT,
           "Integer program on counts by HiGHS, after prices on changes and neighbourhoods", "ecoopt",
           f"{_HERE}.exact:milp"),
    Method("mig_serving", "milp-pattern", Kind.EXACT, "Integer program on maximal layouts by HiGHS alone",
           "patterns as in MIG packing; ecoopt", f"{_HERE}.exact:milp_pattern"),
    Method("mig_serving", "lp", Kind.BOUND, "Linear relaxation of the integer program on counts", "ecoopt",
           f"{_HERE}.exact:lp"),
    Method("mig_serving", "lagrangian", Kind.BOUND, "Prices on changes, periods by themselves, a path through them",
           "ecoopt", f"{_HERE}.exact:lagrangian"),
    Method("mig_serving", "lns", Kind.HEURISTIC, "HiGHS on stretches of time around the incumbent", "ecoopt",
           f"{_HERE}.exact:lns"),
)
