"""Jobs under power caps, fast side: serial schedule generation, searches, what clusters do, and online policies."""

from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.heuristics.power_cap_jobs"
_PUBLISHED = "Zhao et al., SoCC'23, arXiv:2402.18593"


def _method(name: str, kind: Kind, title: str, source: str, module: str) -> Method:
    return Method("power_cap_jobs", name, kind, title, source, f"{_HERE}.{module}:{name.replace('-', '_')}")


METHODS = (
    _method("greedy", Kind.HEURISTIC, "Serial schedule generation: jobs in four orders, each where it costs least",
            "Kolisch, EJOR 90, 1996", "serial"),
    _method("local-search", Kind.HEURISTIC, "Caps swapped and starts shifted, a few jobs at a time",
            "ruin and recreate of Schrimpf et al., J. Comput. Phys. 159, 2000; moves: ecoopt", "local_search"),
    _method("pso", Kind.HEURISTIC, "Extended particle swarm on keys of order and cap",
            "engine of Jiang et al., EcoLife, SC'24; encoding: ecoopt", "keys"),
    _method("online-greedy", Kind.ONLINE, "Jobs planned at a forecast as they are released, and anew in every slot",
            "ecoopt", "online"),
    _method("threshold", Kind.ONLINE, "Jobs wait for a low intensity, at most until the last moment",
            "Wiesner et al., Let's wait awhile, Middleware'21; caps: ecoopt", "online"),
    _method("no-cap", Kind.BASELINE, "As early as possible by deadline, without caps", _PUBLISHED, "baselines"),
    _method("static-cap", Kind.BASELINE, "As early as possible by deadline, one cap for all", _PUBLISHED, "baselines"),
    _method("edf", Kind.BASELINE, "As early as possible by deadline, the cap that costs least then", "ecoopt",
            "baselines"),
)
