"""Node mixes, exact side: the integer program, its relaxation, the dynamic program of choices, and why none exists."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method

_HERE = "ecoopt.formulations.node_mix"


def _method(name: str, kind: Kind, title: str, source: str, target: str) -> Method:
    return Method("node_mix", name, kind, title, source, f"{_HERE}.{target}")


METHODS = (
    _method("milp", Kind.EXACT, "Integer program with least counts in its columns, rounded and cut, by HiGHS", "ecoopt",
            "exact:milp"),
    _method("lp", Kind.BOUND, "Linear relaxation of the integer program, its bound worked out from the duals", "ecoopt",
            "exact:lp"),
    _method("dp", Kind.EXACT, "Dynamic program over undominated states of the ceilings, choices only",
            "Nemhauser and Ullmann, Management Science 15(9), 1969; Pisinger, EJOR 83, 1995", "dynamic:dp"),
)


def explain(instance: Instance) -> list[str]:
    """Return lines that say why an instance has no feasible schedule, none where it has one."""
    # The model needs Pyomo, which takes a second to import.
    from ecoopt.formulations.node_mix.infeasible import reasons
    from ecoopt.instances.node_mix import NodeMixInstance

    assert isinstance(instance, NodeMixInstance)
    return reasons(instance)
