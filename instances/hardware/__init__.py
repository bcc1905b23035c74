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
from ecoopt.instances.hardware.effect_catalogue import (
    MeasuredEffect,
    effect_curve,
    effect_curves,
    measured_effects,
    read_zeus,
)
from ecoopt.instances.hardware.effect_curve import EffectCurve, break_even_rebound
from ecoopt.instances.hardware.effect_fit import fit_effects
from ecoopt.instances.hardware.fleet import ONE_SITE, Fleet, FleetGroup, FleetLike, fleet_of, read_fleet, write_fleet
from ecoopt.instances.hardware.generation import EmbodiedParts, HardwareGeneration
from ecoopt.instances.hardware.gpu import Gpu
from ecoopt.instances.hardware.gpu_catalogue import GPUS, gpu

__all__ = [
    "ECOLIFE_LIFETIME_S", "GENERATIONS", "GPUS", "NODE_SHARE_G", "ONE_SITE", "EffectCurve", "EmbodiedParts",
    "Fleet", "FleetGroup", "FleetLike", "Gpu", "HardwareGeneration", "MeasuredEffect", "Upgrade", "break_even_days",
    "break_even_rebound", "effect_curve", "effect_curves", "fit_effects", "fleet_of", "generation", "gpu",
    "measured_effects", "read_fleet", "read_zeus", "saving_share", "upgrade", "upgrades", "write_fleet",
]
