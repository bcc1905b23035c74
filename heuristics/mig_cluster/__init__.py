"""A cluster of MIG GPUs over time, fast side: MISO's policies in their own loop, snapshots and searches."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.heuristics.mig_cluster"
_MISO = "MISO, SoCC'22, arXiv:2207.11428"

METHODS = (
    Method("mig_cluster", "nopart", Kind.BASELINE, "A whole GPU for each job, first come first served",
           f"NoPart of {_MISO}", f"{_HERE}.baselines:nopart"),
    Method("mig_cluster", "optsta", Kind.BASELINE, "The best layout for all GPUs and all time, found by search",
           f"OptSta of {_MISO}", f"{_HERE}.baselines:optsta"),
    Method("mig_cluster", "miso", Kind.ONLINE, "Newcomers measured under MPS, each GPU cut for the least slowdown",
           _MISO, f"{_HERE}.baselines:miso"),
    Method("mig_cluster", "oracle", Kind.ONLINE, "MISO's loop with true speeds and no measuring",
           f"Oracle of {_MISO}", f"{_HERE}.baselines:oracle"),
    Method("mig_cluster", "snapshot", Kind.ONLINE, "All jobs placed anew at each event, as far as that pays for moves",
           "ecoopt", f"{_HERE}.searches:snapshot"),
    Method("mig_cluster", "greedy", Kind.HEURISTIC, "The best of fifteen snapshot rules", "ecoopt",
           f"{_HERE}.searches:greedy"),
    Method("mig_cluster", "local-search", Kind.HEURISTIC, "Snapshots under weights changed a few at a time", "ecoopt",
           f"{_HERE}.searches:local_search"),
    Method("mig_cluster", "pso", Kind.HEURISTIC, "Extended particle swarm on the weights of snapshots",
           "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", f"{_HERE}.searches:pso"),
)
