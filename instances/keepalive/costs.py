"""What a call and a minute of keep-alive cost, per profile and generation, as affine functions of carbon intensity."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.keepalive.schema import KeepAliveInstance

J_PER_KWH = 3.6e6


@dataclass(frozen=True)
class CostTable:
    """Costs of all solvers; the referee computes its own. P profiles, G generations.

    A warm call of profile p on generation s at intensity I (g/kWh) takes ``warm_s[p, s]`` seconds, emits
    ``warm_embodied_g[p, s] + warm_kwh[p, s] * I`` grams and costs ``warm_fixed[p, s] + warm_slope[p, s] * I``; cold
    calls and one container-minute of keep-alive alike.

    Parameters
    ----------
    time_weight, execution_weight, keep_weight : float array [P]
        Alpha, beta and gamma of the objective: cost per second, per gram of execution, per gram of keep-alive.
    warm_s, warm_embodied_g, warm_kwh : float array [P, G]
        Time, embodied grams and energy of a warm call; ``cold_*`` of a cold one.
    keep_embodied_g, keep_kwh : float array [P, G]
        Embodied grams and energy of a container kept for one minute.
    """

    time_weight: FloatArray
    execution_weight: FloatArray
    keep_weight: FloatArray
    warm_s: FloatArray
    cold_s: FloatArray
    warm_embodied_g: FloatArray
    cold_embodied_g: FloatArray
    keep_embodied_g: FloatArray
    warm_kwh: FloatArray
    cold_kwh: FloatArray
    keep_kwh: FloatArray

    @property
    def warm_fixed(self) -> FloatArray:
        """Cost of a warm call at zero intensity, float array [P, G]."""
        return self.time_weight[:, None] * self.warm_s + self.execution_weight[:, None] * self.warm_embodied_g

    @property
    def warm_slope(self) -> FloatArray:
        """Cost of a warm call per g/kWh, float array [P, G]."""
        return self.execution_weight[:, None] * self.warm_kwh

    @property
    def cold_fixed(self) -> FloatArray:
        """Cost of a cold call at zero intensity, float array [P, G]."""
        return self.time_weight[:, None] * self.cold_s + self.execution_weight[:, None] * self.cold_embodied_g

    @property
    def cold_slope(self) -> FloatArray:
        """Cost of a cold call per g/kWh, float array [P, G]."""
        return self.execution_weight[:, None] * self.cold_kwh

    @property
    def keep_fixed(self) -> FloatArray:
        """Cost of a container-minute at zero intensity, float array [P, G]."""
        return self.keep_weight[:, None] * self.keep_embodied_g

    @property
    def keep_slope(self) -> FloatArray:
        """Cost of a container-minute per g/kWh, float array [P, G]."""
        return self.keep_weight[:, None] * self.keep_kwh


def cost_table(instance: KeepAliveInstance) -> CostTable:
    """Return the costs of an instance (EcoLife, SC'24: ``compute_exe``, ``compute_kat`` and the fitness' divisors).

    An executing function is charged the box's whole CPU and its memory share of DRAM, a waiting container one core
    and its memory share. O(P G).
    """
    profiles, boxes = instance.profiles, instance.generations
    share = profiles.memory_gb[:, None] / np.array([box.memory_gb for box in boxes])
    cores = np.array([box.cores for box in boxes], dtype=float)
    cpu_g = np.array([1000 * box.embodied.cpu_kg / box.lifetime_s for box in boxes])
    dram_g = np.array([1000 * box.embodied.dram_kg / box.lifetime_s for box in boxes])
    idle_cpu_w = np.array([box.idle_cpu_w for box in boxes])
    idle_dram_w = np.array([box.idle_dram_w for box in boxes])

    execution_g_per_s = cpu_g + share * dram_g
    warm_s, cold_s = profiles.warm_s, profiles.warm_s + profiles.cold_start_s
    warm_kwh = (profiles.warm_cpu_j + share * profiles.warm_dram_j) / J_PER_KWH
    cold_kwh = warm_kwh + (profiles.cold_start_cpu_j + share * profiles.cold_start_dram_j) / J_PER_KWH
    cold_embodied_g = cold_s * execution_g_per_s
    keep_embodied_g = 60 * (cpu_g / cores + share * dram_g)
    keep_kwh = 60 * (idle_cpu_w / cores + share * idle_dram_w) / J_PER_KWH

    weights, ones = instance.weights, np.ones(len(profiles.memory_gb))
    if weights.normalisation == "grams":
        alpha, beta, gamma = weights.grams_per_s * ones, ones, ones
    else:
        reference = weights.reference_intensity_g_per_kwh
        worst_keep_g = weights.reference_keep_min * (keep_embodied_g + reference * keep_kwh).max(axis=1)
        worst_cold_g = (cold_embodied_g + reference * cold_kwh).max(axis=1)
        alpha = weights.time_weight / cold_s.max(axis=1)
        beta = (1 - weights.time_weight) / np.where(worst_cold_g > 0, worst_cold_g, 1.0)
        gamma = (1 - weights.time_weight) / np.where(worst_keep_g > 0, worst_keep_g, 1.0)
    return CostTable(
        time_weight=alpha, execution_weight=beta, keep_weight=gamma,
        warm_s=warm_s, cold_s=cold_s, warm_embodied_g=warm_s * execution_g_per_s, cold_embodied_g=cold_embodied_g,
        keep_embodied_g=keep_embodied_g, warm_kwh=warm_kwh, cold_kwh=cold_kwh, keep_kwh=keep_kwh)
