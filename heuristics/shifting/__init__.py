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
    _method("fcfs-home", Kind.ONLINE, "First come first served at home, elsewhere only if there is no room",
            "baseline of Li et al., SC'23, arXiv:2306.13177; capacity: ecoopt", "online.methods:fcfs_home"),
    _method("threshold", Kind.ONLINE, "A job begins when its carbon is low for the starts it still has",
            "Wiesner et al., Let's wait awhile, Middleware'21; regions and capacity: ecoopt",
            "online.methods:threshold"),
    _method("suspend-resume", Kind.ONLINE, "Jobs with breaks run in slots of low carbon and stop in others",
            "as in Hanafy et al., GAIA, ASPLOS'24; regions and capacity: ecoopt", "online.methods:suspend_resume"),
    _method("replan", Kind.ONLINE, "All jobs known planned anew in every slot by the list greedy", "ecoopt",
            "online.methods:replan"),
)
