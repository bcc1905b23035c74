"""Hardware refresh: when GPUs of which generation are bought and retired, where, and what they serve."""

from ecoopt.instances.refresh.generate import generate
from ecoopt.instances.refresh.parts import Generation, Site, Stock, Workload
from ecoopt.instances.refresh.published import one_device
from ecoopt.instances.refresh.schedule import RefreshSchedule
from ecoopt.instances.refresh.schema import RefreshInstance

Instance = RefreshInstance
Schedule = RefreshSchedule

__all__ = [
    "Generation", "Instance", "RefreshInstance", "RefreshSchedule", "Schedule", "Site", "Stock", "Workload", "generate",
    "one_device",
]
