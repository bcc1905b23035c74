"""Power caps of classes of GPU work over time: instance, schedule, generator, what follows from an instance."""

from ecoopt.instances.power_cap.generate import generate
from ecoopt.instances.power_cap.importing import READERS
from ecoopt.instances.power_cap.parts import GpuPool, Hall, WorkClass
from ecoopt.instances.power_cap.schedule import PowerCapSchedule
from ecoopt.instances.power_cap.schema import PowerCapInstance

Instance = PowerCapInstance
Schedule = PowerCapSchedule

__all__ = [
    "READERS", "GpuPool", "Hall", "Instance", "PowerCapInstance", "PowerCapSchedule", "Schedule", "WorkClass",
    "generate",
]
