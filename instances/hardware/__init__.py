"""Hardware: what boxes and GPUs emit, draw and hold, whatever family they serve in."""

from ecoopt.instances.hardware.break_even import (
    NODE_SHARE_G,
    Upgrade,
    break_even_days,
    saving_share,
    upgrade,
    upgrades,
)
from ecoopt.instances.hardware.catalogue import ECOLIFE_LIFETIME_S, GENERATIONS, generation
from ecoopt.instances.hardware.generation import EmbodiedParts, HardwareGeneration
from ecoopt.instances.hardware.gpu import Gpu
from ecoopt.instances.hardware.gpu_catalogue import GPUS, gpu

__all__ = [
    "ECOLIFE_LIFETIME_S", "GENERATIONS", "GPUS", "NODE_SHARE_G", "EmbodiedParts", "Gpu", "HardwareGeneration",
    "Upgrade", "break_even_days", "generation", "gpu", "saving_share", "upgrade", "upgrades",
]
