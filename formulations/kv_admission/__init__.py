"""KV admission, exact side: the programs of starts and of flows, prices of memory, why there is no schedule."""

from ecoopt.core.instance import Instance
from ecoopt.core.method import Kind, Method

METHODS = (
    Method("kv_admission", "lp", Kind.BOUND, "Linear relaxation of the program of starts or of flows", "ecoopt",
           "ecoopt.formulations.kv_admission.relaxation:lp"),
)


def explain(instance: Instance) -> list[str]:
    """Return lines that say why an instance has no schedule, none when it has one."""
    from ecoopt.formulations.kv_admission.impossible import reasons
    from ecoopt.instances.kv_admission import KvAdmissionInstance

    assert isinstance(instance, KvAdmissionInstance)
    return reasons(instance)
