"""What the referee charges for a call and for a minute of waiting, worked out from boxes and profiles alone.

The carbon model is EcoLife's (SC'24, arXiv:2409.02085) as its published code has it: ``utils.compute_exe`` for a call,
``utils.compute_kat`` for a wait, the divisors of the fitness in ``pso.py`` for the weights.
"""

from typing import Final, NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.keepalive import KeepAliveInstance

WARM_S: Final = 0
WARM_EMBODIED_G: Final = 1
WARM_KWH: Final = 2
COLD_S: Final = 3
COLD_EMBODIED_G: Final = 4
COLD_KWH: Final = 5
KEEP_EMBODIED_G: Final = 6
KEEP_KWH: Final = 7

_J_PER_KWH = 3.6e6
_G_PER_KG = 1000.0
_S_PER_MIN = 60.0


class Charges(NamedTuple):
    """What calls and waits are charged. P profiles, G generations.

    Parameters
    ----------
    rates : float array [P, G, 8]
        In the order of this module's constants: seconds, embodied grams and energy of a warm call, of a cold call, then
        embodied grams and energy of a container waiting for one minute.
    weights : float array [P, 3]
        Alpha, beta and gamma: what a second, a gram of execution and a gram of keep-alive count in the objective.
    """

    rates: FloatArray
    weights: FloatArray


def charges(instance: KeepAliveInstance) -> Charges:
    """Return the charges of an instance. O(P G).

    A call of T seconds and energies E on a box with lifetime LT and embodied carbon EC, memory share q:
    ``T / LT (EC_cpu + q EC_dram) + CI (E_cpu + q E_dram)``, the whole CPU but a share of the DRAM. A waiting minute:
    ``60 / LT (EC_cpu / cores + q EC_dram) + 60 CI (idle_cpu / cores + q idle_dram)``, one core and a share of the DRAM.
    """
    profiles = instance.profiles
    rates = np.zeros((len(profiles.names), len(instance.generations), 8))
    for s, box in enumerate(instance.generations):
        share = profiles.memory_gb / box.memory_gb
        cpu_g_per_s = _G_PER_KG * box.embodied.cpu_kg / box.lifetime_s
        dram_g_per_s = _G_PER_KG * box.embodied.dram_kg / box.lifetime_s
        call_g_per_s = cpu_g_per_s + share * dram_g_per_s
        warm_j = profiles.warm_cpu_j[:, s] + share * profiles.warm_dram_j[:, s]
        start_j = profiles.cold_start_cpu_j[:, s] + share * profiles.cold_start_dram_j[:, s]
        waiting_w = box.idle_cpu_w / box.cores + share * box.idle_dram_w
        warm_s = profiles.warm_s[:, s]
        cold_s = warm_s + profiles.cold_start_s[:, s]
        rates[:, s, WARM_S] = warm_s
        rates[:, s, WARM_EMBODIED_G] = warm_s * call_g_per_s
        rates[:, s, WARM_KWH] = warm_j / _J_PER_KWH
        rates[:, s, COLD_S] = cold_s
        rates[:, s, COLD_EMBODIED_G] = cold_s * call_g_per_s
        rates[:, s, COLD_KWH] = (warm_j + start_j) / _J_PER_KWH
        rates[:, s, KEEP_EMBODIED_G] = _S_PER_MIN * (cpu_g_per_s / box.cores + share * dram_g_per_s)
        rates[:, s, KEEP_KWH] = _S_PER_MIN * waiting_w / _J_PER_KWH
    return Charges(rates, _weights(instance, rates))


def _weights(instance: KeepAliveInstance, rates: FloatArray) -> FloatArray:
    """Return alpha, beta and gamma of each profile, float array [P, 3]."""
    wish, found = instance.weights, np.ones((len(rates), 3))
    if wish.normalisation == "grams":
        found[:, 0] = wish.grams_per_s
        return found
    reference = wish.reference_intensity_g_per_kwh
    cold_g = rates[:, :, COLD_EMBODIED_G] + reference * rates[:, :, COLD_KWH]
    keep_g = wish.reference_keep_min * (rates[:, :, KEEP_EMBODIED_G] + reference * rates[:, :, KEEP_KWH])
    for column, part, worst in (
            (0, wish.time_weight, rates[:, :, COLD_S].max(axis=1)),
            (1, 1 - wish.time_weight, cold_g.max(axis=1)),
            (2, 1 - wish.time_weight, keep_g.max(axis=1))):
        # Something that costs nothing anywhere cannot be normalised by its worst case; it is left as it is.
        found[:, column] = part / np.where(worst > 0, worst, 1.0)
    return found
