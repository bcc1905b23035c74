"""Online keep-alive: policies that see the past only, and the walk that carries out what they decide."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.heuristics.keepalive.online.policies"


def _online(name: str, title: str, source: str) -> Method:
    return Method("keepalive", name, Kind.ONLINE, title, source, f"{_HERE}:{name.replace('-', '_')}")


METHODS: tuple[Method, ...] = (
    _online("ecolife", "EcoLife: a dynamic particle swarm per function, warm-pool adjustment",
            "Jiang et al., EcoLife, SC'24"),
    _online("ecolife-exact", "EcoLife's fitness minimised exactly instead of by swarms",
            "fitness of Jiang et al., EcoLife, SC'24; enumeration: ecoopt"),
    _online("eco-new", "EcoLife's fitness on the newest generation alone", "Jiang et al., EcoLife, SC'24"),
    _online("eco-old", "EcoLife's fitness on the oldest generation alone", "Jiang et al., EcoLife, SC'24"),
    _online("fixed", "the same keep-alive time for all on one generation", "common platform default"),
    _online("new-only", "fixed keep-alive, everything on the newest generation", "Jiang et al., EcoLife, SC'24"),
    _online("old-only", "fixed keep-alive, everything on the oldest generation", "Jiang et al., EcoLife, SC'24"),
    _online("no-keep", "every call starts cold", "trivial"),
    _online("histogram", "Azure's hybrid histogram policy, without pre-warming",
            "Shahrad et al., Serverless in the Wild, USENIX ATC'20"),
    _online("expected", "expected cost of all choices, from all gaps seen", "ecoopt"),
    _online("price-directed", "expected cost with learnt prices on memory", "ecoopt"),
)

__all__ = ["METHODS"]
