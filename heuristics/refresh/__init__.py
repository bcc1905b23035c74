"""Hardware refresh, fast side: rules of the trade, the break-even rule, a shortest path, searches, an online policy."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.heuristics.refresh"
_SC23 = "Li et al., SC'23, arXiv:2306.13177"

METHODS = (
    Method("refresh", "never", Kind.BASELINE, "Nothing is bought but what work cannot do without", "ecoopt",
           f"{_HERE}.baselines:never"),
    Method("refresh", "newest", Kind.BASELINE, "Every generation replaces the older ones as soon as it is there",
           "ecoopt", f"{_HERE}.baselines:newest"),
    Method("refresh", "fixed-years", Kind.BASELINE, "GPUs are replaced by the newest after a fixed number of years",
           "ecoopt", f"{_HERE}.baselines:fixed_years"),
    Method("refresh", "break-even", Kind.BASELINE, "GPUs are replaced where that pays within the rest of the horizon",
           f"break-even rule of {_SC23}", f"{_HERE}.baselines:break_even"),
    Method("refresh", "rolling", Kind.ONLINE, "Upgrades that pay by forecasts of carbon and demand from the past",
           "ecoopt", f"{_HERE}.rolling:rolling"),
    Method("refresh", "shortest-path", Kind.HEURISTIC,
           "Each site's GPUs replaced together, by dynamic programming; exact for one device",
           "equipment replacement: Wagner (1975); ecoopt", f"{_HERE}.blocks:shortest_path"),
    Method("refresh", "greedy", Kind.HEURISTIC, "Purchases by carbon saved per carbon embodied", "ecoopt",
           f"{_HERE}.greedy:greedy"),
    Method("refresh", "local-search", Kind.HEURISTIC, "Purchases shifted, split, merged, exchanged, dropped", "ecoopt",
           f"{_HERE}.local_search:local_search"),
    Method("refresh", "pso", Kind.HEURISTIC, "Extended particle swarm on purchase times and amounts",
           "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", f"{_HERE}.swarm_plan:pso"),
)
