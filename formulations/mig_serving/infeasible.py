"""Explain: which period's requests need more GPUs than there are, or cannot be served in time by any."""

import numpy as np

from ecoopt.core.instance import Instance
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.mig_serving.count_model import count_model
from ecoopt.formulations.mig_serving.hours import Hours
from ecoopt.instances.mig_serving import MigServingInstance
from ecoopt.instances.mig_serving.options import options_of

_MORE = 16


def reasons(instance: Instance) -> list[str]:
    """Return one line for each period that cannot be served, none when the instance is feasible."""
    assert isinstance(instance, MigServingInstance)
    options = options_of(instance)
    lines = [f"service {service.name}: no variant may be used on any profile of {instance.geometry.name} within "
             f"{service.tail_limit_s:g} s; raise its tail limit or offer smaller variants"
             for k, service in enumerate(instance.services)
             if not (options.service == k).any() and instance.load_rps[k].any()]
    if lines:
        return lines
    many = instance.replace(gpus=instance.gpus * _MORE, power_off=True)
    own, more = Hours(count_model(options)), Hours(count_model(options_of(many)))
    for t, part in enumerate(own.parts):
        nothing = np.zeros(part.model.columns)
        if solve_model(part.model.replaced(cost=nothing), Run()).status is not Status.INFEASIBLE:
            continue
        model = more.parts[t].model
        cost = np.zeros(model.columns)
        cost[more.parts[t].priced[0]] = 1.0
        found = solve_model(model.replaced(cost=cost), Run())
        needed = f"{found.objective:.0f}" if found.objective is not None else f"more than {many.gpus}"
        lines.append(f"period {t}: its requests need {needed} GPUs within the tail limits, there are {instance.gpus}; "
                     "add GPUs, lower load_rps or raise the limits")
    return lines
