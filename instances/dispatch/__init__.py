"""Distribution of queries over machines of several types: instance, schedule, generator, latencies and readers."""

from ecoopt.instances.dispatch.generate import generate
from ecoopt.instances.dispatch.importing import READERS
from ecoopt.instances.dispatch.schedule import NEVER, DispatchSchedule
from ecoopt.instances.dispatch.schema import DispatchInstance, MachineType

Instance = DispatchInstance
Schedule = DispatchSchedule

__all__ = [
    "NEVER", "READERS", "DispatchInstance", "DispatchSchedule", "Instance", "MachineType", "Schedule", "generate"]
