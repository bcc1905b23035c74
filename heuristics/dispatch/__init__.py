"""Distribution of queries, fast side: online policies in a simulator, and heuristics that know all queries."""

from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

_HERE = "ecoopt.heuristics.dispatch"
_KAIROS = "KAIROS, HPDC'23, arXiv:2210.05889"


def _method(name: str, kind: Kind, title: str, source: str, module: str) -> Method:
    return Method("dispatch", name, kind, title, source, f"{_HERE}.{module}:{name.replace('-', '_')}", Sense.MAX)


METHODS = (
    _method("fcfs", Kind.BASELINE, "First come first served, on the first idle machine",
            f"the distributor of RIBBON, SC'21, in {_KAIROS}", "online"),
    _method("drs", Kind.BASELINE, "Large batches to the base type, by one threshold", f"DeepRecSys in {_KAIROS}",
            "online"),
    _method("clockwork", Kind.BASELINE, "A queue for each machine, joined where a query is done first",
            f"Clockwork in {_KAIROS}", "online"),
    _method("kairos", Kind.ONLINE, "Waiting queries and machines matched at each event", _KAIROS, "online"),
    _method("replan", Kind.ONLINE, "Waiting queries planned on priced machines anew at each event", "ecoopt", "online"),
    _method("greedy", Kind.HEURISTIC, "The best of five rules to fill machines, all queries known", "ecoopt",
            "offline"),
    _method("local-search", Kind.HEURISTIC, "Queries near each other taken out and put back, all queries known",
            "ruin and recreate of Schrimpf et al., J. Comput. Phys. 159, 2000; moves: ecoopt", "offline"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on keys of order and price, all queries known",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", "offline"),
)
