"""Spot fleets: methods that need both the exact and the fast side."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.hybrid.spot_parallel"

METHODS = (
    Method("spot_parallel", "lagrangian", Kind.EXACT, "Prices of the budgets, then the flow form on what they leave",
           "Fisher (1981); ecoopt", f"{_HERE}.lagrangian:lagrangian"),
)
