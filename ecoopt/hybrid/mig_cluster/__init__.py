"""A cluster of MIG GPUs over time: methods that need both the exact and the fast side."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.hybrid.mig_cluster"

METHODS = (
    Method("mig_cluster", "milp", Kind.EXACT, "Mean-busy-time program by HiGHS, and the best schedule searched",
           "ecoopt", f"{_HERE}.exact:milp"),
    Method("mig_cluster", "snapshot-milp", Kind.ONLINE, "All jobs placed anew at each event by an integer program",
           "ecoopt", f"{_HERE}.snapshots:snapshot_milp"),
)
