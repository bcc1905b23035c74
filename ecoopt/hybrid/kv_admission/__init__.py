"""KV admission with both sides: the program started by a search, and prices with the schedule they lead to."""

from ecoopt.core.method import Kind, Method

METHODS = (
    Method("kv_admission", "lagrangian", Kind.HEURISTIC, "Prices of memory by round, and requests placed in order",
           "alpha points of Phillips, Stein and Wein, Math. Program. 82, 1998; bundle of Kiwiel, 1990",
           "ecoopt.hybrid.kv_admission.lagrangian:lagrangian"),
    Method("kv_admission", "milp", Kind.EXACT, "Search, then HiGHS on the program that reduced costs leave", "ecoopt",
           "ecoopt.hybrid.kv_admission.exact:milp"),
    Method("kv_admission", "lns", Kind.HEURISTIC, "Ruin and recreate, then HiGHS on stretches of rounds",
           "Shaw, CP'98; ecoopt", "ecoopt.hybrid.kv_admission.neighbourhoods:lns"),
)
