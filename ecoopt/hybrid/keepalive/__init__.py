"""Keep-alive methods that need both the exact and the fast side."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.hybrid.keepalive"

METHODS = (
    Method("keepalive", "milp", Kind.EXACT,
           "Integer program by HiGHS, knapsack cuts, started from the best heuristic", "ecoopt", f"{_HERE}.exact:milp"),
    Method("keepalive", "lp", Kind.BOUND, "Linear relaxation of the integer program", "ecoopt", f"{_HERE}.exact:lp"),
    Method("keepalive", "lagrangian", Kind.BOUND, "Memory prices per minute and generation, rounded and improved",
           "ecoopt", f"{_HERE}.lagrangian:lagrangian"),
    Method("keepalive", "lns", Kind.HEURISTIC, "HiGHS on stretches of time around the incumbent", "ecoopt",
           f"{_HERE}.exact:lns"),
)
