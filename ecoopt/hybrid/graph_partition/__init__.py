"""Graph partition: what needs both the exact and the fast side."""

from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

_HERE = "ecoopt.hybrid.graph_partition"
_SOURCE = "bound of Krislock, Malick, Roupin, Math. Program. 143 (2014)"

METHODS = (
    Method("graph_partition", "milp", Kind.EXACT, "Multilevel, then the integer program by HiGHS, cuts in rounds first",
           "ecoopt", f"{_HERE}.exact:milp", Sense.MAX),
    Method("graph_partition", "branch-bound", Kind.EXACT, "Branch and bound on pairs with semidefinite bounds",
           f"{_SOURCE}; search: ecoopt", f"{_HERE}.exact:branch_bound", Sense.MAX),
    Method("graph_partition", "sdp", Kind.BOUND, "Semidefinite bound with triangles, stars, cliques and size rows",
           _SOURCE, f"{_HERE}.exact:sdp", Sense.MAX),
    Method("graph_partition", "lns", Kind.HEURISTIC, "Multilevel, then entities near each other freed for HiGHS",
           "Shaw, CP'98; ecoopt", f"{_HERE}.neighbourhoods:lns", Sense.MAX),
)
