"""Generation directives, fast side: Sprout and what it was compared with, and a policy that carries a budget over."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.heuristics.directives"
_SPROUT = "Sprout, EMNLP'24, arXiv:2403.12900"

METHODS = (
    Method("directives", "base", Kind.BASELINE, "No directive for any request", f"BASE of {_SPROUT}",
           f"{_HERE}.published:base"),
    Method("directives", "co2opt", Kind.BASELINE, "The level of least carbon, hour by hour", f"CO2_OPT of {_SPROUT}",
           f"{_HERE}.published:co2opt"),
    Method("directives", "model-opt", Kind.BASELINE, "The hourly rule with shares in tenths, as for models on ten GPUs",
           f"MODEL_OPT of {_SPROUT}", f"{_HERE}.published:model_opt"),
    Method("directives", "static", Kind.BASELINE, "One mix of levels for all hours", f"SPROUT_STA of {_SPROUT}",
           f"{_HERE}.static:static"),
    Method("directives", "oracle", Kind.BASELINE, "The hourly rule with every hour's true preferences",
           f"ORACLE of {_SPROUT}, expected values", f"{_HERE}.published:oracle"),
    Method("directives", "sprout", Kind.BASELINE, "The hourly rule, preferences evaluated by the published trigger",
           f"{_SPROUT}, Algorithm and artifact", f"{_HERE}.published:sprout"),
    Method("directives", "rolling", Kind.ONLINE, "A plan over forecasts made anew each hour, the budget carried over",
           "ecoopt", f"{_HERE}.rolling:rolling"),
    Method("directives", "greedy", Kind.HEURISTIC, "Levels by carbon saved per quality lost; GPUs where it is cheapest",
           "ecoopt", f"{_HERE}.greedy:greedy"),
    Method("directives", "local-search", Kind.HEURISTIC,
           "Shifts between regions, evaluations moved, levels exchanged, from the greedy decision", "ecoopt",
           f"{_HERE}.local_search:local_search"),
    Method("directives", "pso", Kind.HEURISTIC, "Extended particle swarm on prices of quality and of GPUs",
           "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", f"{_HERE}.price_swarm:pso"),
)
