"""Why an instance has no schedule: entities without a device, and limits that the homes of an epoch cannot keep."""

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.core.status import Sense
from ecoopt.formulations.graph_partition.homes_model import homes_model
from ecoopt.formulations.highs import explain as reliefs_of
from ecoopt.instances.graph_partition import GraphPartitionInstance, shortages

_SECONDS = 60.0
_MOST_COLUMNS = 200_000


def reasons(instance: GraphPartitionInstance) -> list[str]:
    """Return one line for each reason why an instance has no schedule, none when none was found.

    What is plain comes first; where nothing is, which rooms must grow least so that there are homes. Concepts that
    need a place count as far as they must be everywhere.
    """
    alone = [problem.line("") for problem in shortages(instance)]
    if alone or instance.entities * instance.devices > _MOST_COLUMNS:
        return alone
    found = reliefs_of(homes_model(instance), Run(Budget(seconds=_SECONDS), sense=Sense.MAX),
                       may_give=lambda row: not row.startswith("entity"))
    return [f"{relief.constraint}: {relief.needed:.6g} is needed, it has {relief.limit:.6g}; raise it"
            for relief in found.reliefs]
