"""Charges: what configurations rent, emit and cost in given conditions, and where they fit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.spot_parallel.placing import BoolArray
from ecoopt.instances.spot_parallel.schema import ROUNDING, SpotParallelInstance


@dataclass(frozen=True, eq=False)
class Charges:
    """What configurations cost in some conditions, not weighted, all arrays [N, C].

    Parameters
    ----------
    fits : bool array
        Whether there are GPUs and memory enough.
    on_demand : int array
        On-demand GPUs.
    rent_usd, carbon_kg : float array
        Rent and carbon.
    own_usd : float array
        All but changes, whether it fits or not.
    served_rps : float array
        Requests served.
    """

    fits: BoolArray
    on_demand: IntArray
    rent_usd: FloatArray
    carbon_kg: FloatArray
    own_usd: FloatArray
    served_rps: FloatArray


def charges(
    instance: SpotParallelInstance, spot_gpus: ArrayLike, load_rps: ArrayLike, spot_usd: ArrayLike,
    on_demand_usd: ArrayLike, intensity_g_per_kwh: ArrayLike,
) -> Charges:
    """Return what every configuration costs with given spot GPUs, load, prices and carbon intensity, arrays [N].

    Of the instance, only what does not change with time is looked at. O(N C).
    """
    spot, load, cheap, dear, grid = (np.asarray(one)[:, None] for one in (
        spot_gpus, load_rps, spot_usd, on_demand_usd, intensity_g_per_kwh))
    hours, gpus = instance.step_s / 3600, instance.gpus
    extra = np.where(dear < cheap, np.minimum(gpus, instance.most_on_demand), np.maximum(gpus - spot, 0))
    memory_gb = (instance.weights_gb + instance.kv_gb) / (instance.pipeline * instance.tensor)
    roomy = (instance.data == 0) | (memory_gb <= instance.gpu_memory_gb * (1 + ROUNDING))
    rent = hours * ((gpus - extra) * cheap + extra * dear)
    kg = gpus * (instance.gpu_w * instance.pue * hours / 1e6) * grid
    served = np.minimum(load, instance.throughput_rps)
    own = (rent + kg * instance.carbon_usd_per_kg
           + served * (hours * instance.delay_usd_per_request_h * instance.latency_s)
           + (load - served) * (instance.step_s * instance.unserved_usd_per_request))
    return Charges((gpus <= spot + instance.most_on_demand) & roomy, extra, rent, kg, own, served)
