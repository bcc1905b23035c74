"""Hardware: what boxes and GPUs emit, draw and hold, whatever family they serve in."""

from ecoopt.instances.hardware.catalogue import ECOLIFE_LIFETIME_S, GENERATIONS, generation
from ecoopt.instances.hardware.generation import EmbodiedParts, HardwareGeneration
from ecoopt.instances.hardware.gpu import Gpu
from ecoopt.instances.hardware.gpu_catalogue import GPUS, gpu

__all__ = [
    "ECOLIFE_LIFETIME_S", "GENERATIONS", "GPUS", "EmbodiedParts", "Gpu", "HardwareGeneration", "generation", "gpu",
]
