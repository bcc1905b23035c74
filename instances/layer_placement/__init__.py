"""Layer placement: which layers of a model each machine holds (Helix): instance, schedule, speeds, generator."""

from ecoopt.instances.layer_placement.flow import capacity, coverage, placement_value, throughput, weights
from ecoopt.instances.layer_placement.generate import generate
from ecoopt.instances.layer_placement.schedule import LayerPlacementSchedule
from ecoopt.instances.layer_placement.schema import LayerPlacementInstance, Links, MachineType

Instance, Schedule = LayerPlacementInstance, LayerPlacementSchedule

__all__ = [
    "Instance", "LayerPlacementInstance", "LayerPlacementSchedule", "Links", "MachineType", "Schedule", "capacity",
    "coverage", "generate", "placement_value", "throughput", "weights"]
