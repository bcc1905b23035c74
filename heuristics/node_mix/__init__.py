"""Node mixes, fast side: prices bisected, descent, the swarm, choices made one by one, baselines, enumeration."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.heuristics.node_mix"
_SC23 = "Li et al., SC'23"


def _method(name: str, kind: Kind, title: str, source: str, target: str) -> Method:
    return Method("node_mix", name, kind, title, source, f"{_HERE}.{target}")


METHODS = (
    _method("greedy", Kind.HEURISTIC, "One price of the ceilings, bisected; then changes that fit",
            "Sinha and Zoltners, Operations Research 27(3), 1979", "greedy:greedy"),
    _method("local-search", Kind.HEURISTIC, "Choices change one or two at once; machines are swapped or taken off",
            "ecoopt", "searches:local_search"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on prices of ceilings and worths of floors",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", "searches:pso"),
    _method("enumeration", Kind.EXACT, "All mixes one after the other", "ecoopt", "enumeration:enumeration"),
    _method("first-come", Kind.ONLINE, "The least carbon that still fits, workload by workload", "ecoopt",
            "online:first_come"),
    _method("threshold", Kind.ONLINE, "A price that rises with the share of the budget that is taken",
            "Zhou, Chakrabarty and Lukose, WINE 2008", "online:threshold"),
    _method("rationed", Kind.ONLINE, "The price at which the workloads seen would have used their ration", "ecoopt",
            "online:rationed"),
    _method("smallest", Kind.BASELINE, "The smallest node for every workload", _SC23, "baselines:smallest"),
    _method("largest", Kind.BASELINE, "The largest node for every workload", _SC23, "baselines:largest"),
    _method("least-embodied", Kind.BASELINE, "The least embodied carbon, whatever it draws", _SC23,
            "baselines:least_embodied"),
    _method("least-energy", Kind.BASELINE, "The least electricity, whatever it took to make", _SC23,
            "baselines:least_energy"),
)
