"""Distribution of queries over machines: methods that need both the exact and the fast side."""

from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

_HERE = "ecoopt.hybrid.dispatch"

METHODS = (
    Method("dispatch", "milp", Kind.EXACT, "Time-indexed program by HiGHS, what prices and beams have left of it",
           "ecoopt", f"{_HERE}.exact:milp", Sense.MAX),
    Method("dispatch", "beam", Kind.HEURISTIC, "Beams over the queries, both ways in time, led by prices of time",
           "ecoopt", f"{_HERE}.beams:beam", Sense.MAX),
)
