"""Hardware: what boxes and GPUs emit, draw and hold, whatever family they serve in."""

from ecoopt.instances.hardware.catalogue import ECOLIFE_LIFETIME_S, GENERATIONS, generation
from ecoopt.instances.hardware.effect_catalogue import (
    MeasuredEffect,
    effect_curve,
    effect_curves,
    measured_effects,
    read_zeus,
)
from ecoopt.instances.hardware.effect_curve import EffectCurve, break_even_rebound
from ecoopt.instances.hardware.effect_fit import fit_effects
from ecoopt.instances.hardware.generation import EmbodiedParts, HardwareGeneration
from ecoopt.instances.hardware.gpu import Gpu
from ecoopt.instances.hardware.gpu_catalogue import GPUS, gpu

__all__ = [
    "ECOLIFE_LIFETIME_S", "GENERATIONS", "GPUS", "EffectCurve", "EmbodiedParts", "Gpu", "HardwareGeneration",
    "MeasuredEffect", "break_even_rebound", "effect_curve", "effect_curves", "fit_effects", "generation", "gpu",
    "measured_effects", "read_zeus",
]
