"""Why a snapshot has no feasible schedule, in people's terms."""

import numpy as np

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Sense, Status
from ecoopt.formulations.highs import solve_model
from ecoopt.formulations.mig_partition.snapshot_model import snapshot_model
from ecoopt.instances.mig_partition import MigPartitionInstance, job_classes, residency


def reasons(instance: MigPartitionInstance) -> list[str]:
    """Return lines that say why an instance has no feasible schedule, none where it has one."""
    classes, here = job_classes(instance), residency(instance)
    class_of = classes.of_job[here.job]
    found = [f"job {job} is pinned to a place that no longer suits it: loosen its least speed or slices, or unpin it"
             for job in here.job[(here.pin == 2) & ~classes.allowed[class_of, here.slot]].tolist()]
    if instance.place_all:
        for c in np.flatnonzero(~classes.allowed.any(axis=1)).tolist():
            job = int(np.flatnonzero(classes.of_job == c)[0])
            kind = instance.type_names[instance.job_type[job]]
            found.append(f"{classes.jobs[c]} jobs like job {job} ({kind}) fit on no instance: loosen their least speed "
                         "or slices, or leave them out")
    if found:
        return found
    counting = classes._replace(value=np.where(classes.allowed, 1.0, -np.inf))
    model = snapshot_model(instance, counting, place_all=False)
    result = solve_model(model.linear, Run(Budget(), sense=Sense.MAX))
    if result.status is Status.INFEASIBLE:
        return ["pinned residents leave no layout of their GPUs that suits them all: unpin some"]
    assert result.x is not None
    columns = model.columns
    most = round(float(sum(result.x[columns[name]].sum() for name in ("run", "stay", "transfer"))))
    if instance.place_all and most < instance.jobs:
        return [f"{instance.jobs} jobs must run and at most {most} can at once: leave {instance.jobs - most} out, or "
                "add GPUs"]
    return []
