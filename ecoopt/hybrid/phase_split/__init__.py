"""Phase-split methods that need both the exact and the fast side."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.hybrid.phase_split"

METHODS = (
    Method("phase_split", "milp", Kind.EXACT, "Integer programs, by hour where hours are not joined, from the greedy",
           "ecoopt", f"{_HERE}.exact:milp"),
    Method("phase_split", "lagrangian", Kind.BOUND, "Starts and machines bought priced, every hour solved apart",
           "Kiwiel, Math. Program. 46, 1990; prices from the relaxation", f"{_HERE}.lagrangian:lagrangian"),
    Method("phase_split", "round-up", Kind.HEURISTIC, "The relaxation rounded up, then machines taken off one by one",
           "ecoopt", f"{_HERE}.rounding:round_up"),
)
