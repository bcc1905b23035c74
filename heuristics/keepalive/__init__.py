"""Keep-alive, fast side: greedy and local search on gap pools, a swarm, online policies, published baselines."""

from ecoopt.core.method import Kind, Method
from ecoopt.heuristics.keepalive.baselines import BASELINES
from ecoopt.heuristics.keepalive.online import METHODS as ONLINE

_HERE = "ecoopt.heuristics.keepalive"

METHODS = (
    Method("keepalive", "greedy", Kind.HEURISTIC, "Gaps by falling saving per gigabyte-minute", "ecoopt",
           f"{_HERE}.greedy:greedy"),
    Method("keepalive", "local-search", Kind.HEURISTIC, "Add, move and swap along the saturated minutes", "ecoopt",
           f"{_HERE}.exchange:local_search"),
    Method("keepalive", "pso", Kind.HEURISTIC, "Extended particle swarm on the joint assignment",
           "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", f"{_HERE}.joint_swarm:pso"),
    *ONLINE,
    *BASELINES,
)
