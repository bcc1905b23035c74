"""Power caps, both sides: prices with plans, the integer program made smaller by them, large neighbourhoods."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.hybrid.power_cap"

METHODS = (
    Method("power_cap", "milp", Kind.EXACT, "Strong model by HiGHS, made smaller by prices and started by annealing",
           "ecoopt", f"{_HERE}.exact:milp"),
    Method("power_cap", "lagrangian", Kind.BOUND, "Prices on power, heat and GPUs, a dynamic program per class",
           "ecoopt", f"{_HERE}.lagrangian:lagrangian"),
    Method("power_cap", "lns", Kind.HEURISTIC, "Windows of hours and single classes, solved by HiGHS", "ecoopt",
           f"{_HERE}.neighbourhoods:lns"),
)
