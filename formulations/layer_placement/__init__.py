"""Layer placements, exact side: bounds of computing and of configurations, Helix's flow form, why none exists."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

_HERE = "ecoopt.formulations.layer_placement"
_HELIX = "Mei et al., Helix, ASPLOS'25"


def _method(name: str, kind: Kind, title: str, source: str, target: str) -> Method:
    return Method("layer_placement", name, kind, title, source, f"{_HERE}.{target}", Sense.MAX)


METHODS = (
    _method("compute", Kind.BOUND, "What all machines compute, each at its best", "ecoopt", "bounds:compute"),
    _method("configuration", Kind.BOUND, "Layers filled with patterns of slots, by column generation and bisection",
            "Gilmore and Gomory, Operations Research 9(6), 1961; ecoopt", "bounds:configuration"),
    _method("helix", Kind.EXACT, "Machines and flows on every link, by HiGHS", _HELIX, "exact:helix"),
)


def explain(instance: Instance) -> list[str]:
    """Return lines that say why an instance has no feasible schedule, none where it has one."""
    # The programs need HiGHS, which a list of families does not.
    from ecoopt.formulations.layer_placement.lacking import reasons
    from ecoopt.instances.layer_placement import LayerPlacementInstance

    assert isinstance(instance, LayerPlacementInstance)
    return reasons(instance)
