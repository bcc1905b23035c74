"""Sharing GPUs by MIG, fast side: searches on counts and on hosts, MISO's rule, and one GPU exactly."""

from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

_HERE = "ecoopt.heuristics.mig_partition"
_MISO = "Li et al., MISO, SoCC'22"


def _method(name: str, kind: Kind, title: str, source: str, target: str) -> Method:
    return Method("mig_partition", name, kind, title, source, f"{_HERE}.{target}", Sense.MAX)


METHODS = (
    _method("greedy", Kind.HEURISTIC, "Smallest instances first, then upgrades by falling gain per size", "ecoopt",
            "methods:greedy"),
    _method("local-search", Kind.HEURISTIC, "Paths and cycles of jobs that change slots; moves and swaps between GPUs",
            "ecoopt", "methods:local_search"),
    _method("annealing", Kind.HEURISTIC, "Simulated annealing: jobs change slots, or hosts and places with each other",
            "ecoopt", "methods:annealing"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on weights of slices, decoded by upgrades",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", "methods:pso"),
    _method("lagrangian", Kind.BOUND, "Rents for slots, under which jobs and GPUs decide one by one", "ecoopt",
            "methods:lagrangian"),
    _method("miso", Kind.ONLINE, "Least loaded GPU, then the best cut of each for its jobs", _MISO, "online:miso"),
    _method("best-fit", Kind.ONLINE, "The GPU that gains most by each job, cut anew", "ecoopt", "online:best_fit"),
)
