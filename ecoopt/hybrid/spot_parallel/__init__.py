"""Spot fleets: methods that need both the exact and the fast side."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.hybrid.spot_parallel"

METHODS = (
    Method("spot_parallel", "milp", Kind.EXACT, "Prices of the budgets, then by HiGHS the flow form that they leave",
           "ecoopt", f"{_HERE}.exact:milp"),
    Method("spot_parallel", "lagrangian", Kind.BOUND, "Prices of the budgets by a bundle, paths spliced and improved",
           "Fisher (1981); ecoopt", f"{_HERE}.lagrangian:lagrangian"),
)
