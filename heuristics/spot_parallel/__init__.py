"""Spot fleets, fast side: dynamic programming, greedy, searches, baselines, online policies."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.heuristics.spot_parallel"
_SPOTSERVE = "Miao et al., SpotServe, ASPLOS'24"


def _method(name: str, module: str, kind: Kind, title: str, source: str) -> Method:
    return Method("spot_parallel", name, kind, title, source, f"{_HERE}.{module}:{name.replace('-', '_')}")


METHODS = (
    _method("dp", "exact", Kind.EXACT, "Dynamic programming from the leaves to the root; a bound with budgets",
            "Bellman (1957); ecoopt"),
    _method("myopic", "baselines", Kind.BASELINE, "The cheapest configuration of each node, changes left aside",
            "ecoopt"),
    _method("fixed", "baselines", Kind.BASELINE, "One configuration wherever it fits", "ecoopt"),
    _method("rerouting", "baselines", Kind.BASELINE, "Stages and shards stay, replicas change",
            f"rerouting in {_SPOTSERVE}"),
    _method("reparallelise", "baselines", Kind.BASELINE, "A new configuration whenever the fleet changes",
            f"reparallelization in {_SPOTSERVE}"),
    _method("on-demand-only", "baselines", Kind.BASELINE, "No spot GPU is rented", f"baseline of {_SPOTSERVE}"),
    _method("hysteresis", "online", Kind.ONLINE, "A change once what staying has cost exceeds it",
            "ski rental: Karlin et al. (1988); ecoopt"),
    _method("rolling", "online", Kind.ONLINE, "What is cheapest over the next intervals as the past makes expect",
            "ecoopt"),
    _method("greedy", "baselines", Kind.HEURISTIC, "The cheapest configuration and change, node by node", "ecoopt"),
    _method("local-search", "local_search", Kind.HEURISTIC, "Stretches of one configuration changed, cut and moved",
            "ecoopt"),
    _method("pso", "swarm", Kind.HEURISTIC, "Extended particle swarm on what shapes, GPUs and changes count",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt"),
)
