"""Shifting, fast side: list greedy, ejection search and annealing, a swarm, online policies, baselines."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.heuristics.shifting"


def _method(name: str, kind: Kind, title: str, source: str, target: str) -> Method:
    return Method("shifting", name, kind, title, source, f"{_HERE}.{target}")


METHODS = (
    _method("list-greedy", Kind.HEURISTIC, "Most GPU-hours first, each job where it is cheapest", "ecoopt",
            "greedy:list_greedy"),
    _method("local-search", Kind.HEURISTIC, "Moves, swaps and ejections, from the list greedy", "ecoopt",
            "searches:local_search"),
    _method("annealing", Kind.HEURISTIC, "Ejections under ever longer cycles of cooling",
            "Kirkpatrick, Gelatt and Vecchi, Science 220, 1983; moves: ecoopt", "searches:annealing"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on the order of jobs and on charges for GPUs",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", "swarm:pso"),
    _method("best-region", Kind.BASELINE, "As early as can be, in the cheapest region: space only",
            "Li et al., SC'23, arXiv:2306.13177; setting: ecoopt", "baselines:best_region"),
    _method("best-start", Kind.BASELINE, "At home, when it is cheapest: time only",
            "Li et al., SC'23, arXiv:2306.13177; setting: ecoopt", "baselines:best_start"),
    _method("edf", Kind.BASELINE, "Earliest deadline first, as early as can be, ties by carbon", "ecoopt",
            "baselines:edf"),
)
