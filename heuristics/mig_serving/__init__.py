"""MIG serving, fast side: Clover's schemes in their own setting, greedy, local search, a swarm, online policies."""

from ecoopt.core.method import Kind, Method

_CLOVER = "Li et al., Clover, SC'23"


def _method(name: str, kind: Kind, title: str, source: str, target: str) -> Method:
    return Method("mig_serving", name, kind, title, source, f"ecoopt.heuristics.mig_serving.{target}")


METHODS: tuple[Method, ...] = (
    _method("greedy", Kind.HEURISTIC, "Hour by hour, cheapest options with slices paid for, and a descent", "ecoopt",
            "greedy:greedy"),
    _method("local-search", Kind.HEURISTIC, "Exchanges hour by hour, and the cheapest path through all hours' pasts",
            "ecoopt; moves: Li et al., Clover, SC'23", "local_search:local_search"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on the prices of slices, decoded by descents",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", "price_swarm:pso"),
    _method("path", Kind.HEURISTIC, "One configuration for all GPUs: the cheapest sequence, switches paid for",
            "setting of Li et al., Clover, SC'23; shortest path: ecoopt", "uniform:path"),
    _method("myopic", Kind.ONLINE, "Each hour's best configuration when it comes, the change to it paid", "ecoopt",
            "myopic:myopic"),
    _method("clover", Kind.ONLINE, "Annealing on the configuration graph, measured hour by hour", _CLOVER,
            "clover:clover"),
    _method("blover", Kind.ONLINE, "Random configurations, measured hour by hour", _CLOVER, "clover:blover"),
    _method("oracle", Kind.BASELINE, "One configuration for all GPUs: the best of each hour", _CLOVER,
            "uniform:oracle"),
    _method("base", Kind.BASELINE, "Whole GPUs with the best variants", _CLOVER, "fixed:base"),
    _method("co2opt", Kind.BASELINE, "Finest slices with the smallest variants", _CLOVER, "fixed:co2opt"),
)
