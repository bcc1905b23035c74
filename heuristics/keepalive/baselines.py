"""The published baselines that know the future, by name; `far_sighted` carries them out."""

from ecoopt.core.method import Kind, Method


def _baseline(name: str, title: str) -> Method:
    return Method("keepalive", name, Kind.BASELINE, title, "Jiang et al., EcoLife, SC'24",
                  f"ecoopt.heuristics.keepalive.far_sighted:{name.replace('-', '_')}")


BASELINES: tuple[Method, ...] = (
    _baseline("co2-opt", "knows the future, minimises carbon gap by gap"),
    _baseline("service-time-opt", "knows the future, always warm on the newest generation"),
    _baseline("energy-opt", "knows the future, minimises energy gap by gap"),
    _baseline("oracle", "knows the future, minimises the weighted score gap by gap"),
)
