"""Shifting: in which region and when each job runs: instance, schedule, generator, readers of traces of jobs."""

from ecoopt.instances.shifting.costs import ShiftingCosts, used_gpus
from ecoopt.instances.shifting.generate import generate
from ecoopt.instances.shifting.importing import READERS
from ecoopt.instances.shifting.placing import Placement
from ecoopt.instances.shifting.schedule import ShiftingSchedule
from ecoopt.instances.shifting.schema import Region, ShiftingInstance

Instance = ShiftingInstance
Schedule = ShiftingSchedule

__all__ = [
    "READERS", "Instance", "Placement", "Region", "Schedule", "ShiftingCosts", "ShiftingInstance", "ShiftingSchedule",
    "generate", "used_gpus"]
