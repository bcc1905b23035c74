"""The schedule a method starts from."""

from typing import TypeAlias

from ecoopt.core.run import Run
from ecoopt.instances.node_mix import NodeMixInstance, NodeMixSchedule, mix_kg

Start: TypeAlias = NodeMixSchedule | None


def offer_start(instance: NodeMixInstance, run: Run, start: Start) -> None:
    """Offer the start, if there is one."""
    if start is not None:
        run.offer(mix_kg(instance, start.count), start)
