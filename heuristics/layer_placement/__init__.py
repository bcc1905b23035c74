"""Layer placements, fast side: greedy and beam from the first layer on, chains, searches, joining, baselines."""

from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

_HERE = "ecoopt.heuristics.layer_placement"


def _method(name: str, kind: Kind, title: str, source: str, target: str) -> Method:
    return Method("layer_placement", name, kind, title, source, f"{_HERE}.{target}", Sense.MAX)


METHODS = (
    _method("bisection", Kind.HEURISTIC, "All machines in one chain, the best there is", "ecoopt", "chains:bisection"),
    _method("chain-groups", Kind.HEURISTIC, "Machines parted into groups, each with its best chain", "ecoopt",
            "chains:chain_groups"),
    _method("greedy", Kind.HEURISTIC, "The most use at the first layer that lacks some, for rising targets", "ecoopt",
            "greedy:greedy"),
    _method("beam", Kind.HEURISTIC, "From the first layer on, placements that waste least are kept", "ecoopt",
            "beam:beam"),
    _method("local-search", Kind.HEURISTIC, "One or two machines go where most is lacking", "ecoopt",
            "searches:local_search"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on order and layers of machines",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", "searches:pso"),
    _method("petals", Kind.ONLINE, "Who joins takes the weakest window of layers", "Borzunov et al., Petals, ACL 2023",
            "online:petals"),
    _method("fill-up", Kind.ONLINE, "Who joins takes the layers that lack most of an even share", "ecoopt",
            "online:fill_up"),
    _method("even-split", Kind.BASELINE, "One pipeline, layers in proportion to memory", "Mei et al., Helix, ASPLOS'25",
            "baselines:even_split"),
    _method("separate", Kind.BASELINE, "Pipelines of equal machines", "Mei et al., Helix, ASPLOS'25",
            "baselines:separate"),
)
