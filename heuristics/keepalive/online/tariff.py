"""What is known before the first minute, and what calls cost at the intensity of the moment."""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.keepalive.costs import CostTable, cost_table
from ecoopt.instances.keepalive.schema import KeepAliveInstance


@dataclass(frozen=True)
class Quote:
    """Costs at one intensity, in the objective's unit; P profiles, G generations.

    Parameters
    ----------
    warm, cold : float arrays [P, G]
        A warm and a cold call.
    keep : float array [P, G]
        One container kept for one minute.
    warm_order : int array [P, G]
        Generations from the best warm placement to the worst.
    cold_at : int array [P]
        Generation of the best cold placement.
    saving_share : float array [P, G]
        Share of a cold call's score that a warm one saves (EcoLife's value of a warm start, card of the paper's
        warm-pool adjustment); in the objective's unit where that is grams.
    """

    warm: FloatArray
    cold: FloatArray
    keep: FloatArray
    warm_order: IntArray
    cold_at: IntArray
    saving_share: FloatArray


class Tariff:
    """Everything a policy may know of an instance in advance: costs, memory, menu and weights; no calls, no carbon.

    Parameters
    ----------
    instance : KeepAliveInstance
        Only its static parts are read.

    Attributes
    ----------
    costs : CostTable
        Costs as affine functions of intensity.
    profile : int array [F]
        Profile of each function.
    memory_gb : float array [F]
        Memory of a container of each function.
    pool_memory_gb : float array [G]
        Capacity of each pool.
    menu_min : int array
        Keep-alive times on offer, from 0 upwards.
    """

    def __init__(self, instance: KeepAliveInstance) -> None:
        self.costs: CostTable = cost_table(instance)
        self.profile: IntArray = np.ascontiguousarray(instance.function_profile, dtype=np.int64)
        self.memory_gb: FloatArray = instance.profiles.memory_gb[self.profile]
        self.pool_memory_gb: FloatArray = instance.pool_memory_gb
        self.menu_min: IntArray = np.ascontiguousarray(instance.keep_alive_menu_min, dtype=np.int64)
        self.relocation: bool = instance.relocation
        self.persist: bool = instance.containers == "persist"
        weights = instance.weights
        self._time_share = weights.time_weight if weights.normalisation == "paper" else None
        self._quoted: tuple[float, Quote] | None = None

    @property
    def functions(self) -> int:
        """Number of functions F."""
        return len(self.profile)

    @property
    def generations(self) -> int:
        """Number of generations G."""
        return len(self.pool_memory_gb)

    @property
    def max_keep_min(self) -> int:
        """Longest keep-alive on the menu."""
        return int(self.menu_min[-1])

    def at(self, intensity_g_per_kwh: float) -> Quote:
        """Return the costs at an intensity; the last answer is kept, for intensity rarely changes. O(P G log G)."""
        if self._quoted is None or self._quoted[0] != intensity_g_per_kwh:
            self._quoted = intensity_g_per_kwh, self._quote(intensity_g_per_kwh)
        return self._quoted[1]

    def _quote(self, intensity: float) -> Quote:
        costs = self.costs
        warm = costs.warm_fixed + costs.warm_slope * intensity
        cold = costs.cold_fixed + costs.cold_slope * intensity
        warm_score, cold_score, saving = warm, cold, cold - warm
        if self._time_share is not None:
            share = self._time_share
            warm_g = costs.warm_embodied_g + costs.warm_kwh * intensity
            cold_g = costs.cold_embodied_g + costs.cold_kwh * intensity
            worst_s, worst_g = costs.cold_s.max(axis=1)[:, None], cold_g.max(axis=1)[:, None]
            # The published placement divides by the worst cold carbon of the moment, not of the reference intensity.
            worst_g = np.where(worst_g > 0, worst_g, 1.0)
            warm_score = share * costs.warm_s / worst_s + (1 - share) * warm_g / worst_g
            cold_score = share * costs.cold_s / worst_s + (1 - share) * cold_g / worst_g
            own_g = np.maximum(cold_g, warm_g)
            saving = share * (1 - costs.warm_s / costs.cold_s) + (1 - share) * np.where(
                own_g > 0, 1 - warm_g / np.where(own_g > 0, own_g, 1.0), 0.0)
        last = cold_score.shape[1] - 1
        return Quote(
            warm=np.ascontiguousarray(warm), cold=np.ascontiguousarray(cold),
            keep=np.ascontiguousarray(costs.keep_fixed + costs.keep_slope * intensity),
            warm_order=np.argsort(warm_score, axis=1, kind="stable").astype(np.int64),
            cold_at=(last - np.argmin(cold_score[:, ::-1], axis=1)).astype(np.int64), saving_share=saving)
