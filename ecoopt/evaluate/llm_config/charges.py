"""What the referee charges: carbon of idle, busy and starting replicas and of GPUs, by site and period."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.llm_config import LlmConfigInstance, LlmConfigSchedule

_J_PER_KWH, _G_PER_KG, _HOUR_S = 3.6e6, 1000.0, 3600.0


class Charges(NamedTuple):
    """Charges by period and site, float arrays [T, Z].

    Parameters
    ----------
    idle_j, serving_j, start_j : float array
        Energy of replicas that are on, beyond that of those that are busy, and of starts; PUE not included.
    idle_g, serving_g, start_g, embodied_g : float array
        Carbon, PUE included.
    power_w : float array
        Power of all replicas, busy.
    gpus : int array [T, Z, G]
        GPUs that belong to replicas.
    starts : int array [T, Z]
        Replicas started.
    """

    idle_j: FloatArray
    serving_j: FloatArray
    start_j: FloatArray
    idle_g: FloatArray
    serving_g: FloatArray
    start_g: FloatArray
    embodied_g: FloatArray
    power_w: FloatArray
    gpus: IntArray
    starts: IntArray


def charges(instance: LlmConfigInstance, schedule: LlmConfigSchedule) -> Charges:
    """Return the charges of a schedule, allowed or not. O(T Q Z K)."""
    periods, sites, _ = instance.replica_shape
    idle_j, serving_j, start_j = (np.zeros((periods, sites)) for _ in range(3))
    power_w, embodied_g = np.zeros((periods, sites)), np.zeros((periods, sites))
    gpus = np.zeros((periods, sites, len(instance.gpus)), dtype=np.int64)
    starts = np.zeros((periods, sites), dtype=np.int64)
    place = {gpu.name: g for g, gpu in enumerate(instance.gpus)}
    made = schedule.tokens_per_s.sum(axis=1)
    placements: dict[tuple[str, str, int], list[int]] = {}
    for k, one in enumerate(instance.configurations):
        on = schedule.replicas[:, :, k]
        idle_j += on * one.idle_w * instance.period_s
        serving_j += made[:, :, k] * instance.period_s * (one.power_w - one.idle_w) / one.tokens_per_s
        power_w += on * one.power_w
        gpus[:, :, place[one.gpu]] += on * one.shards
        placements.setdefault((one.model, one.gpu, one.shards), []).append(k)
        if instance.gpu_lifetime_h is not None:
            board_kg = instance.gpus[place[one.gpu]].embodied_kg or 0.0
            share = instance.period_s / (_HOUR_S * instance.gpu_lifetime_h)
            embodied_g += on * (one.shards * board_kg * _G_PER_KG * share)
    for (_, _, shards), members in placements.items():
        have = schedule.replicas[:, :, members].sum(axis=2)
        before = have[0] if instance.running is None else instance.running[members].sum(axis=0)
        new = np.maximum(np.diff(have, axis=0, prepend=before[None]), 0)
        starts += new
        start_j += new * (shards * instance.start_j_per_gpu)
    pue = np.array([site.pue for site in instance.sites])
    per_j = instance.intensity_g_per_kwh.T * pue / _J_PER_KWH
    return Charges(idle_j, serving_j, start_j, per_j * idle_j, per_j * serving_j, per_j * start_j, embodied_g, power_w,
                   gpus, starts)
