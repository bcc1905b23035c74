"""Graph partition, fast side: multilevel partition, local searches, policies for a stream, and published baselines."""

from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

_HERE = "ecoopt.heuristics.graph_partition"


def _method(name: str, kind: Kind, title: str, source: str, module: str) -> Method:
    return Method("graph_partition", name, kind, title, source, f"{_HERE}.{module}:{name.replace('-', '_')}", Sense.MAX)


METHODS = (
    _method("random", Kind.BASELINE, "Entities in random order, each on the emptiest device",
            "HASP sampling of SemanticGNN, arXiv:2312.04071", "baselines"),
    _method("ldg", Kind.ONLINE, "Entities as they come, most edges times the share of room that is left",
            "Stanton and Kliot, KDD'12", "online"),
    _method("fennel", Kind.ONLINE, "Entities as they come, most edges less a marginal cost of load",
            "Tsourakakis et al., Fennel, WSDM'14", "online"),
    _method("label-propagation", Kind.BASELINE, "Each entity to the device of most of its edges, where there is room",
            "Meyerhenke, Sanders and Schulz, SEA 2014", "baselines"),
    _method("kernighan-lin", Kind.BASELINE, "Recursive bisection by swaps (networkx), for small graphs",
            "Kernighan and Lin, Bell System Technical Journal 49, 1970", "baselines"),
    _method("metis", Kind.BASELINE, "METIS through pymetis, if that is installed",
            "Karypis and Kumar, SIAM J. Sci. Comput. 20, 1998", "baselines"),
    _method("greedy", Kind.HEURISTIC, "Largest entities first, each where most edges are; then moves and swaps",
            "ecoopt", "searches"),
    _method("multilevel", Kind.HEURISTIC, "Coarsen, combine a population, refine by Fiduccia-Mattheyses, cycle",
            "Sanders and Schulz, ALENEX 2012; Fiduccia and Mattheyses, DAC 1982", "multilevel"),
    _method("local-search", Kind.HEURISTIC, "Fiduccia-Mattheyses passes of moves and swaps from random starts",
            "Fiduccia and Mattheyses, DAC 1982; Sanchis, IEEE Trans. Comput. 38, 1989", "searches"),
    _method("annealing", Kind.HEURISTIC, "Simulated annealing by moves and swaps",
            "Johnson, Aragon, McGeoch and Schevon, Oper. Res. 37, 1989", "annealing"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on keys of the order in which entities are placed",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", "searches"),
)
