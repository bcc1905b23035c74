"""Power caps, fast side: baselines, greedy, annealed plans, swarm, online policies."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.heuristics.power_cap"
_ZHAO = "Zhao et al., SoCC'23, arXiv:2402.18593"

METHODS = (
    Method("power_cap", "no-cap", Kind.BASELINE, "Nothing is capped", f"uncapped GPUs of {_ZHAO}",
           f"{_HERE}.baselines:no_cap"),
    Method("power_cap", "static", Kind.BASELINE, "One cap for all time: 60 % by default",
           f"the system-wide cap of {_ZHAO}", f"{_HERE}.baselines:static"),
    Method("power_cap", "carbon-threshold", Kind.BASELINE, "A low cap in hours of high carbon", "ecoopt",
           f"{_HERE}.baselines:carbon_threshold"),
    Method("power_cap", "equal-share", Kind.BASELINE, "Every GPU gets the same share of the power limit", "ecoopt",
           f"{_HERE}.baselines:equal_share"),
    Method("power_cap", "threshold", Kind.ONLINE, "A low cap while carbon is above what it was in the last day",
           "ecoopt", f"{_HERE}.online:threshold"),
    Method("power_cap", "rolling", Kind.ONLINE, "Each hour the next ones are annealed under a forecast of the past",
           "ecoopt", f"{_HERE}.online:rolling"),
    Method("power_cap", "greedy", Kind.HEURISTIC, "Caps lowered by watts saved per slowdown, hour by hour", "ecoopt",
           f"{_HERE}.greedy:greedy"),
    Method("power_cap", "local-search", Kind.HEURISTIC, "Annealing on caps and holds of stretches of hours", "ecoopt",
           f"{_HERE}.local_search:local_search"),
    Method("power_cap", "pso", Kind.HEURISTIC, "Extended particle swarm on prices and ranges of caps",
           "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", f"{_HERE}.price_swarm:pso"),
)
