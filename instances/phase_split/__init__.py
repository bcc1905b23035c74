"""Phase split: pools of machines for prompts and tokens of a language model: instance, schedule and generator."""

from ecoopt.instances.phase_split.generate import generate
from ecoopt.instances.phase_split.importing import READERS
from ecoopt.instances.phase_split.parts import MachineType, WaitRule
from ecoopt.instances.phase_split.schedule import PhaseSplitSchedule
from ecoopt.instances.phase_split.schema import PhaseSplitInstance

Instance = PhaseSplitInstance
Schedule = PhaseSplitSchedule

__all__ = [
    "READERS", "Instance", "MachineType", "PhaseSplitInstance", "PhaseSplitSchedule", "Schedule", "WaitRule",
    "generate"]
