"""Layer placement: which layers of a model each machine holds (Helix): instance, schedule, speeds, generator."""

from ecoopt.instances.layer_placement.flow import (
    capacity,
    compute_bound,
    coverage,
    offer,
    offer_start,
    placement_value,
    throughput,
    weights,
)
from ecoopt.instances.layer_placement.generate import generate
from ecoopt.instances.layer_placement.importing import READERS
from ecoopt.instances.layer_placement.parts import crossing, entering, link_parts
from ecoopt.instances.layer_placement.schedule import LayerPlacementSchedule
from ecoopt.instances.layer_placement.schema import LayerPlacementInstance, Links, MachineType
from ecoopt.instances.layer_placement.slots import Slots, placed, slots_of

Instance, Schedule = LayerPlacementInstance, LayerPlacementSchedule

__all__ = [
    "READERS", "Instance", "LayerPlacementInstance", "LayerPlacementSchedule", "Links", "MachineType", "Schedule",
    "Slots", "capacity", "compute_bound", "coverage", "crossing", "entering", "generate", "link_parts", "offer",
    "offer_start", "placed", "placement_value", "slots_of", "throughput", "weights"]
