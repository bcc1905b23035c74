"""Shifting methods that need both the exact and the fast side."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.hybrid.shifting"

METHODS = (
    Method("shifting", "milp", Kind.EXACT, "Integer program on starts and slots, by HiGHS from a good schedule",
           "ecoopt", f"{_HERE}.exact:milp"),
    Method("shifting", "lns", Kind.HEURISTIC, "Annealing and a dive, then HiGHS on part of the jobs again and again",
           "Shaw, CP'98; ecoopt", f"{_HERE}.lns:lns"),
    Method("shifting", "rolling", Kind.ONLINE, "The integer program over a forecast, again whenever jobs have come",
           "ecoopt", f"{_HERE}.rolling:rolling"),
)
