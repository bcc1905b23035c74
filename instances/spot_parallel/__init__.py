"""Spot fleets that serve a language model: instance, schedule, generator, readers, tables, and placing of GPUs."""

from ecoopt.instances.spot_parallel.generate import generate
from ecoopt.instances.spot_parallel.importing import READERS
from ecoopt.instances.spot_parallel.schedule import NO_SLOT, SpotParallelSchedule
from ecoopt.instances.spot_parallel.schema import ROUNDING, SpotParallelInstance

Instance = SpotParallelInstance
Schedule = SpotParallelSchedule

__all__ = ["NO_SLOT", "READERS", "ROUNDING", "Instance", "Schedule", "SpotParallelInstance", "SpotParallelSchedule",
           "generate"]
