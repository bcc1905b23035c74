"""Phase split, fast side: machines added by prices, descent, the swarm, autoscalers that see the past, baselines."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.heuristics.phase_split"
_SPLITWISE, _DISTSERVE = "Patel et al., Splitwise, ISCA'24", "Zhong et al., DistServe, OSDI'24"


def _method(name: str, kind: Kind, title: str, source: str, target: str) -> Method:
    return Method("phase_split", name, kind, title, source, f"{_HERE}.{target}")


METHODS = (
    _method("greedy", Kind.HEURISTIC, "Machines added where the prices of what is missing make them worth most",
            "ecoopt", "greedy:greedy"),
    _method("local-search", Kind.HEURISTIC, "Machines taken off, exchanged, kept on between hours", "ecoopt",
            "searches:local_search"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on tastes for pools",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", "searches:pso"),
    _method("enumerate", Kind.HEURISTIC, "The best pair of types for each origin, replicated to its rate", _DISTSERVE,
            "published:enumerate_pairs"),
    _method("proportional", Kind.BASELINE, "One pair of pools in the ratio of their loads, per region", _SPLITWISE,
            "published:proportional"),
    _method("homogeneous", Kind.BASELINE, "Machines of one type alone, the best one", _SPLITWISE,
            "baselines:homogeneous"),
    _method("colocated", Kind.BASELINE, "Machines that do prompts and tokens alone", _SPLITWISE, "baselines:colocated"),
    _method("peak", Kind.BASELINE, "The machines of the highest rates, on in every hour", _SPLITWISE, "baselines:peak"),
    _method("reactive", Kind.ONLINE, "Every hour sized by the hour before", "ecoopt", "online:reactive"),
    _method("rolling", Kind.ONLINE, "Every hour sized by a forecast, machines kept on where that pays", "ecoopt",
            "online:rolling"),
)
