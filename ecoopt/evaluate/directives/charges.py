"""What the referee charges in each region and hour: energy and the carbon of it, and that of the GPUs themselves."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule

_HOUR_S, _W_PER_KW = 3600.0, 1000.0


class Charges(NamedTuple):
    """Charges by region and hour, float arrays [R, T].

    Parameters
    ----------
    busy_s : float array
        GPU time of requests served there.
    energy_kwh : float array
        All energy, PUE included.
    serving_g, idle_g, evaluation_g, network_g, embodied_g : float array
        Carbon of requests, of GPUs that are on and serve nothing, of evaluations (embodied included), of the ways
        there, and embodied in GPUs.
    base_g : float array
        Carbon of the origin's requests at level 0 at home, embodied included, idle GPUs not.
    """

    busy_s: FloatArray
    energy_kwh: FloatArray
    serving_g: FloatArray
    idle_g: FloatArray
    evaluation_g: FloatArray
    network_g: FloatArray
    embodied_g: FloatArray
    base_g: FloatArray


def charges(instance: DirectivesInstance, schedule: DirectivesSchedule) -> Charges:
    """Return the charges of a schedule. O(R^2 T C L)."""
    intensity = instance.intensity_g_per_kwh
    own_s = instance.embodied_g_per_s
    # Axes: origin o, hour t, class d, region r, level l. Requests of unknown class get every class's share.
    share = np.broadcast_to(schedule.share, (*schedule.share.shape[:2], len(instance.classes),
                                             *schedule.share.shape[3:]))
    of_class = instance.requests[:, :, None] * instance.mix
    served_kwh = np.einsum("otd,otdrl,dl->rt", of_class, share, instance.energy_kwh)
    busy_s = np.einsum("otd,otdrl,dl->rt", of_class, share, instance.time_s)
    base_kwh, base_s = (of_class @ table[:, 0] for table in (instance.energy_kwh, instance.time_s))
    idle_kwh, network_kwh, embodied_g = np.zeros_like(busy_s), np.zeros_like(busy_s), own_s * busy_s
    if instance.fleet is not None and schedule.gpus is not None:
        idle_h = np.maximum(schedule.gpus - busy_s / _HOUR_S, 0.0)
        idle_kwh = instance.fleet.idle_power_w / _W_PER_KW * idle_h
        network_kwh = np.einsum("otd,otdrl,or->rt", of_class, share, instance.fleet.network_kwh)
        embodied_g = own_s * _HOUR_S * schedule.gpus
    evaluation_kwh, evaluation_s = _evaluations(instance, schedule)
    per_kwh = instance.pue * intensity
    return Charges(
        busy_s=busy_s, energy_kwh=instance.pue * (served_kwh + idle_kwh + evaluation_kwh) + network_kwh,
        serving_g=per_kwh * served_kwh, idle_g=per_kwh * idle_kwh,
        evaluation_g=per_kwh * evaluation_kwh + own_s * evaluation_s, network_g=intensity * network_kwh,
        embodied_g=embodied_g, base_g=per_kwh * base_kwh + own_s * base_s)


def _evaluations(instance: DirectivesInstance, schedule: DirectivesSchedule) -> tuple[FloatArray, FloatArray]:
    """Return energy in kWh and GPU time in s of the evaluations, float arrays [R, T]."""
    energy_kwh, time_s = np.zeros_like(instance.requests), np.zeros_like(instance.requests)
    if instance.evaluator is not None:
        for hour in schedule.evaluations.tolist():
            mix = instance.mix[0, hour]
            energy_kwh[0, hour] = (instance.evaluator.prompts * float(mix @ instance.energy_kwh.sum(axis=1))
                                   + instance.evaluator.judge_kwh)
            time_s[0, hour] = instance.evaluator.prompts * float(mix @ instance.time_s.sum(axis=1))
    return energy_kwh, time_s
