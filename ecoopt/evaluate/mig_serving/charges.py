"""What the referee charges in each period: energy, its carbon, the baseline's carbon, and the quality lost."""

import math
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule

_J_PER_KWH = 3.6e6


class Charges(NamedTuple):
    """Charges by period.

    Parameters
    ----------
    energy_j, change_j : float array [T]
        All energy of the IT equipment; of it, that of switching on GPUs and of creating and removing slices.
    carbon_g, reference_g : float array [T]
        Carbon of the schedule; of the baseline for the same requests at the reference intensity.
    quality_loss : float array [T]
        Mean relative loss over the period's requests.
    slices_changed : int
        Slices created or removed over the horizon.
    """

    energy_j: FloatArray
    change_j: FloatArray
    carbon_g: FloatArray
    reference_g: FloatArray
    quality_loss: FloatArray
    slices_changed: int


def charges(instance: MigServingInstance, schedule: MigServingSchedule) -> Charges:
    """Return the charges of a schedule. O(T V P)."""
    names = instance.geometry.names
    request_j = np.array([[variant.energy_j.get(name, 0.0) for name in names] for variant in instance.variants])
    services = {service.name: service for service in instance.services}
    loss = np.array([[1 - variant.quality / services[variant.application].reference_quality] * len(names)
                     for variant in instance.variants])
    requests = schedule.rate_rps * instance.period_s
    off = instance.gpus - schedule.gpus_on
    standing_j = instance.period_s * (
        schedule.gpus_on * instance.idle_power_w + np.maximum(off, 0) * instance.off_power_w)
    switched, changed = _changes(instance, schedule)
    change_j = switched * instance.power_on_j + changed * instance.repartition_j
    energy_j = np.array([
        math.fsum([standing, change, *(sent * request_j).ravel().tolist()])
        for standing, change, sent in zip(standing_j.tolist(), change_j.tolist(), requests, strict=True)])
    per_kwh = instance.carbon.means(instance.start_utc, instance.period_s, instance.periods) * instance.pue
    total = instance.load_rps.sum(axis=0) * instance.period_s
    lost = np.array([math.fsum((sent * loss).ravel().tolist()) for sent in requests])
    reference_j = np.array([service.reference_j for service in instance.services]) @ instance.load_rps
    reference_g = (reference_j * instance.period_s / _J_PER_KWH
                   * instance.reference_intensity_g_per_kwh * instance.pue)
    return Charges(energy_j, change_j, energy_j / _J_PER_KWH * per_kwh, reference_g, lost / total, int(changed.sum()))


def _changes(instance: MigServingInstance, schedule: MigServingSchedule) -> tuple[FloatArray, FloatArray]:
    """Return GPUs switched on and slices created or removed at the beginning of each period, float arrays [T]."""
    switched, changed = np.zeros(instance.periods), np.zeros(instance.periods)
    on = schedule.gpus_on[0] if instance.initial_gpus_on is None else instance.initial_gpus_on
    there = schedule.slices[0] if instance.initial_slices is None else instance.initial_slices
    for t in range(instance.periods):
        switched[t] = max(int(schedule.gpus_on[t]) - int(on), 0)
        changed[t] = np.abs(schedule.slices[t] - there).sum()
        on, there = schedule.gpus_on[t], schedule.slices[t]
    return switched, changed
