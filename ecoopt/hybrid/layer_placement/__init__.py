"""Layer placements, methods that need both the exact and the fast side."""

from ecoopt.core.method import Kind, Method
from ecoopt.core.status import Sense

_HERE = "ecoopt.hybrid.layer_placement"


def _method(name: str, title: str, source: str, target: str) -> Method:
    return Method("layer_placement", name, Kind.EXACT, title, source, f"{_HERE}.{target}", Sense.MAX)


METHODS = (
    _method("milp", "Bound of configurations, beam, then the cover model with priced rows, by HiGHS", "ecoopt",
            "exact:milp"),
    _method("left-to-right", "From the first layer on, cut by prices of configurations, wider until proven", "ecoopt",
            "left_to_right:left_to_right"),
)
