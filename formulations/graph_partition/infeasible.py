"""Why an instance has no schedule: entities without a device, and limits that the homes of an epoch cannot keep."""

import numpy as np

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Sense
from ecoopt.formulations.graph_partition.homes_model import homes_model
from ecoopt.formulations.highs import explain as reliefs_of
from ecoopt.instances.graph_partition import GraphPartitionInstance, resources

_SECONDS = 60.0
_MOST_TOLD = 20
_MOST_COLUMNS = 200_000


def reasons(instance: GraphPartitionInstance) -> list[str]:
    """Return one line for each reason why an instance has no schedule, none when none was found.

    Entities are looked at one by one, then together: which rooms must grow least so that there are homes. Concepts
    that need a place count as far as they must be everywhere.
    """
    limits = resources(instance)
    alone = []
    fits = (limits.need[:, None, :] <= limits.room[None, :, :]).all(axis=2)
    for v in np.flatnonzero(~(limits.allowed & fits).any(axis=1))[:_MOST_TOLD].tolist():
        name = f"entity {v}" if instance.entity_names is None else f"entity {v} ({instance.entity_names[v]})"
        if not limits.allowed[v].any():
            alone.append(f"{name} may be on no device: forced and forbidden pairs exclude each other; remove one")
        else:
            alone.append(f"{name} fits on no device that it may be on; raise capacity or memory there")
    if alone:
        return alone
    for d, name in enumerate(limits.names):
        needed, room = float(limits.need[:, d].sum()), float(limits.room[:, d].sum())
        if needed > room:
            alone.append(f"{name}: all entities need {needed:.6g}, all devices have {room:.6g}; add devices or room")
    if alone or instance.entities * instance.devices > _MOST_COLUMNS:
        return alone
    found = reliefs_of(homes_model(instance), Run(Budget(seconds=_SECONDS), sense=Sense.MAX),
                       may_give=lambda row: not row.startswith("entity"))
    return [f"{relief.constraint}: {relief.needed:.6g} is needed, it has {relief.limit:.6g}; raise it"
            for relief in found.reliefs]
