"""Graph partition: what needs both the exact and the fast side."""

from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

METHODS = (
    Method("graph_partition", "lns", Kind.HEURISTIC, "Multilevel, then entities near each other freed for HiGHS",
           "Shaw, CP'98; ecoopt", "ecoopt.hybrid.graph_partition.neighbourhoods:lns", Sense.MAX),
)
