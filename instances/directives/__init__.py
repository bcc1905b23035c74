"""Generation directives: the mix of answer lengths of an LLM service, hour by hour: instance, schedule, generator."""

from ecoopt.instances.directives.catalogue import sprout_levels
from ecoopt.instances.directives.generate import generate
from ecoopt.instances.directives.importing import READERS
from ecoopt.instances.directives.rules import Evaluator, Fleet, Region, Window
from ecoopt.instances.directives.schedule import DirectivesSchedule
from ecoopt.instances.directives.schema import DirectivesInstance

Instance = DirectivesInstance
Schedule = DirectivesSchedule

__all__ = [
    "READERS", "DirectivesInstance", "DirectivesSchedule", "Evaluator", "Fleet", "Instance", "Region", "Schedule",
    "Window", "generate", "sprout_levels",
]
