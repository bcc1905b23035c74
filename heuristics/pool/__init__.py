"""Pools of rented machines, fast side: KAIROS's and Ribbon's searches, evaluations counted, and ours."""

from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

_KAIROS = "KAIROS, HPDC'23, arXiv:2210.05889"
_RIBBON = "Ribbon, SC'21, arXiv:2207.11434"


def _method(name: str, kind: Kind, title: str, source: str, target: str) -> Method:
    return Method("pool", name, kind, title, source, f"ecoopt.heuristics.pool.{target}", Sense.MAX)


METHODS: tuple[Method, ...] = (
    _method("greedy", Kind.HEURISTIC, "Machines where a dollar serves most, kept where starts are dear", "ecoopt",
            "greedy:greedy"),
    _method("local-search", Kind.HEURISTIC, "Best sequences through compositions found by exchanging machines",
            "ecoopt", "local_search:local_search"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on the prices of types",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", "price_swarm:pso"),
    _method("forecast", Kind.HEURISTIC, "Simulated queues foretell which compositions do, few are measured", "ecoopt",
            "forecast:forecast"),
    _method("kairos", Kind.BASELINE, "All compositions ranked by the closed form, one taken without a trial", _KAIROS,
            "published:kairos"),
    _method("kairos-plus", Kind.BASELINE, "Compositions measured by falling closed form, pruned", _KAIROS,
            "published:kairos_plus"),
    _method("ribbon", Kind.BASELINE, "Bayesian optimisation over counts, pruned", _RIBBON, "bayesian:ribbon"),
    _method("random", Kind.BASELINE, "Compositions measured at random, pruned", _RIBBON, "published:random"),
    _method("hill-climb", Kind.BASELINE, "One machine more or fewer, from random compositions", _RIBBON,
            "published:hill_climb"),
    _method("rsm", Kind.BASELINE, "A face-centred composite design, then hill climbing", _RIBBON, "published:rsm"),
)
