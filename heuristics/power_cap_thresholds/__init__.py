"""Thresholds of an oversubscribed row, fast side: greedy, local search, swarm, and baselines."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.heuristics.power_cap_thresholds.levels"


def _method(name: str, kind: Kind, title: str, source: str) -> Method:
    return Method("power_cap_thresholds", name, kind, title, source, f"{_HERE}:{name.replace('-', '_')}")


METHODS = (
    _method("greedy", Kind.HEURISTIC, "From the slowest levels, what saves most is sped up first", "ecoopt"),
    _method("local-search", Kind.HEURISTIC, "One or two levels, or a server, more or less", "ecoopt"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on servers and levels",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt"),
    _method("uniform", Kind.BASELINE, "The same level for all above all thresholds", "ecoopt"),
    _method("no-cap", Kind.BASELINE, "Nothing is slowed down", "ecoopt"),
)
