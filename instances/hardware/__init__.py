"""Hardware: what boxes and GPUs emit, draw and hold, whatever family they serve in."""

from ecoopt.instances.hardware.amortisation import Amortisation, amortised_g_per_h, charged_share
from ecoopt.instances.hardware.break_even import (
    NODE_SHARE_G,
    Upgrade,
    break_even_days,
    saving_share,
    upgrade,
    upgrades,
)
from ecoopt.instances.hardware.catalogue import ECOLIFE_LIFETIME_S, GENERATIONS, generation
from ecoopt.instances.hardware.component import Component
from ecoopt.instances.hardware.component_catalogue import COMPONENTS, SUPERCOMPUTERS, component, embodied_by_kind_kg
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
from ecoopt.instances.hardware.node import NODES, Node, gpu_share_kg

__all__ = [
    "COMPONENTS", "ECOLIFE_LIFETIME_S", "GENERATIONS", "GPUS", "NODES", "NODE_SHARE_G", "ONE_SITE", "SUPERCOMPUTERS",
    "Amortisation", "Component", "EffectCurve", "EmbodiedParts", "Fleet", "FleetGroup", "FleetLike", "Gpu",
    "HardwareGeneration", "MeasuredEffect", "Node", "Upgrade", "amortised_g_per_h", "break_even_days",
    "break_even_rebound", "charged_share", "component", "effect_curve", "effect_curves", "embodied_by_kind_kg",
    "fit_effects", "fleet_of", "generation", "gpu", "gpu_share_kg", "measured_effects", "read_fleet", "read_zeus",
    "saving_share", "upgrade", "upgrades", "write_fleet",
]
