"""Configurations of language models, fast side: greedy, swaps, annealing, a swarm, baselines, online rules."""

from ecoopt.core.method import Kind, Method

_WORDS = "Samsi et al., From Words to Watts, HPEC'23"


def _method(name: str, kind: Kind, title: str, source: str, target: str) -> Method:
    return Method("llm_config", name, kind, title, source, f"ecoopt.heuristics.llm_config.{target}")


METHODS: tuple[Method, ...] = (
    _method("greedy", Kind.HEURISTIC, "Replicas where a token costs least, GPUs saved where they run out", "ecoopt",
            "greedy:greedy"),
    _method("marginal-swap", Kind.HEURISTIC, "Replicas exchanged for neighbours in shards, batch or cap", "ecoopt",
            "searches:marginal_swap"),
    _method("local-search", Kind.HEURISTIC, "All exchanges, the cheapest sequence, periods partly rebuilt", "ecoopt",
            "searches:local_search"),
    _method("annealing", Kind.HEURISTIC, "Annealing on the vector of replicas, routing in closed form", "ecoopt",
            "searches:annealing"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on prices of placements, decoded by greedy",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", "searches:pso"),
    _method("slack-cap", Kind.ONLINE, "Fewest GPUs, cap by the slack of latency", f"{_WORDS}: table III",
            "online:slack_cap"),
    _method("follow", Kind.ONLINE, "Each period's best replicas when it comes; idle ones wait as long as a start costs",
            "ecoopt", "online:follow"),
    _method("min-hardware", Kind.BASELINE, "Configurations with fewest GPUs", f"{_WORDS}: table II",
            "baselines:min_hardware"),
    _method("max-throughput", Kind.BASELINE, "Configurations with the greatest rate", _WORDS,
            "baselines:max_throughput"),
    _method("no-cap", Kind.BASELINE, "The greedy schedule without power caps", _WORDS, "baselines:no_cap"),
    _method("min-energy", Kind.BASELINE, "Configurations with least energy per token that latency allows", _WORDS,
            "baselines:min_energy"),
)
