"""Costs: what a request of a group costs at each level in each region, what it is worth, and what an hour asks for."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.directives.schedule import DirectivesSchedule
from ecoopt.instances.directives.schema import HOUR_S, DirectivesInstance

_W_PER_KW = 1000.0


@dataclass(frozen=True, eq=False)
class Costs:
    """Figures of an instance. R regions, T hours, C groups, L levels.

    Parameters
    ----------
    instance : DirectivesInstance
        What they are of.
    weight : float array [R, T, C]
        Share of each group in the requests.
    request_g : float array [R, T, C, R, L]
        Carbon of a request, by origin, hour, group, region and level; with a fleet, above that of a GPU that is idle.
    gpu_g : float array [R, T]
        Carbon of a GPU that is on and idle for the hour; 0 without a fleet.
    evaluation_g : float array [T]
        Carbon of an evaluation; 0 without an evaluator.
    time_s : float array [R, T, C, L]
        GPU time of a request.
    quality : float array [R, T, C, L]
        What an hour's quality is made of: the sum over groups and levels of this and shares.
    floor : float array [R, T]
        Least quality of the hour.
    """

    instance: DirectivesInstance
    weight: FloatArray
    request_g: FloatArray
    gpu_g: FloatArray
    evaluation_g: FloatArray
    time_s: FloatArray
    quality: FloatArray
    floor: FloatArray

    @cached_property
    def count(self) -> FloatArray:
        """Requests of each group, float array [R, T, C]."""
        return self.instance.requests[:, :, None] * self.weight

    @cached_property
    def fluid_g(self) -> FloatArray:
        """Carbon of a request, with a fleet its part of a GPU as busy as may be included, float array [R, T, C, R, L].

        Infinite where the round trip is too long. Without ramp, most GPUs and whole numbers of them it is the cost.
        """
        fleet = self.instance.fleet
        if fleet is None:
            return self.request_g
        part = self.time_s[:, :, :, None, :] / (HOUR_S * fleet.utilisation)
        far = (fleet.rtt_ms > fleet.rtt_limit_ms) & ~np.eye(len(self.weight), dtype=bool)
        found: FloatArray = self.request_g + part * self.gpu_g.T[None, :, None, :, None]
        return np.where(far[:, None, None, :, None], np.inf, found)

    @property
    def home_g(self) -> FloatArray:
        """`fluid_g` of a request that is served at home, float array [R, T, C, L]."""
        own = np.arange(len(self.weight))
        return self.fluid_g[own, :, :, own]

    def objective(self, share: FloatArray, evaluations: IntArray, gpus: IntArray | None) -> float:
        """Return the carbon of a decision in grams; arrays as in ``DirectivesSchedule``."""
        total = float((self.count[..., None, None] * self.request_g * share).sum())
        total += float(self.evaluation_g[evaluations].sum())
        return total if gpus is None else total + float((self.gpu_g * gpus).sum())

    def value(self, schedule: DirectivesSchedule) -> float:
        """Return the carbon of a schedule in grams."""
        return self.objective(schedule.share, schedule.evaluations, schedule.gpus)

    def busy_s(self, share: FloatArray) -> FloatArray:
        """Return the GPU time of the requests served in each region and hour, float array [R, T]."""
        busy: FloatArray = np.einsum("otc,otcrl,otcl->rt", self.count, share, self.time_s)
        return busy


def costs_of(instance: DirectivesInstance) -> Costs:
    """Return the figures of an instance. O(R^2 T C L)."""
    regions, hours, groups, _, levels = instance.share_shape
    energy, time, liked = (_of_groups(instance, table) for table in (
        instance.energy_kwh, instance.time_s, instance.preference))
    weight = instance.mix if instance.class_aware else np.ones((regions, hours, 1))
    reference = instance.mix @ instance.preference[:, 0]
    intensity = instance.intensity_g_per_kwh
    fleet = instance.fleet
    own_s = instance.embodied_g_per_s if fleet is None else 0.0
    idle_kw = 0.0 if fleet is None else fleet.idle_power_w / _W_PER_KW
    drawn = energy - idle_kw / HOUR_S * time
    per_kwh = instance.pue * intensity.T[None, :, None, :, None]
    request_g = per_kwh * drawn[:, :, :, None, :] + own_s * time[:, :, :, None, :]
    gpu_g = np.zeros((regions, hours))
    if fleet is not None:
        request_g = request_g + intensity.T[None, :, None, :, None] * fleet.network_kwh[:, None, None, :, None]
        gpu_g = instance.pue * intensity * idle_kw + HOUR_S * instance.embodied_g_per_s
    return Costs(
        instance=instance, weight=weight,
        request_g=np.broadcast_to(request_g, (regions, hours, groups, regions, levels)),
        gpu_g=gpu_g, evaluation_g=_evaluation_g(instance), time_s=time,
        quality=weight[..., None] * liked / reference[:, :, None, None], floor=floors(instance))


def floors(instance: DirectivesInstance, tolerance: float | None = None) -> FloatArray:
    """Return the least quality of every origin and hour, float array [R, T].

    Parameters
    ----------
    instance : DirectivesInstance
        With its own floors.
    tolerance : float, optional
        Of the published rule; the instance's own where it has one.
    """
    return np.array([floor_at(instance, r, intensity, tolerance)
                     for r, intensity in enumerate(instance.intensity_g_per_kwh)])


def floor_at(
    instance: DirectivesInstance, region: int, intensity_g_per_kwh: FloatArray, tolerance: float | None = None
) -> FloatArray:
    """Return the least quality of hours of given intensities in a region, float arrays [n]; as `floors`."""
    xi = instance.tolerance if instance.tolerance is not None else tolerance
    if xi is None:
        return np.full(len(intensity_g_per_kwh), instance.hourly_floor)
    own = instance.regions[region]
    extent = own.most_g_per_kwh - own.least_g_per_kwh
    dirty = np.clip((intensity_g_per_kwh - own.least_g_per_kwh) / extent, 0.0, 1.0) if extent > 0 else 0.0
    return np.asarray(np.maximum(instance.hourly_floor, 1.0 - xi * dirty)) + np.zeros(len(intensity_g_per_kwh))


def placed(share: FloatArray, region: IntArray) -> FloatArray:
    """Return shares by origin, hour, group and level as a schedule has them, each served in one region.

    Parameters
    ----------
    share : float array [R, T, C, L]
        Shares of levels.
    region : int array [R, T, C, L]
        Where they are served.

    Returns
    -------
    float array [R, T, C, R, L]
    """
    own = np.arange(len(share))[:, None]
    found: FloatArray = np.where(region[:, :, :, None, :] == own, share[:, :, :, None, :], 0.0)
    return found


def at_home(share: FloatArray) -> FloatArray:
    """Return shares of levels as a schedule has them when all is served at home; shapes as in `placed`."""
    origin = np.arange(len(share))[:, None, None, None]
    return placed(share, np.broadcast_to(origin, share.shape))


def _of_groups(instance: DirectivesInstance, table: FloatArray) -> FloatArray:
    """Return a table of classes by origin, hour and group, float arrays [D, L] and [R, T, C, L]."""
    if instance.class_aware:
        return np.broadcast_to(table, (*instance.requests.shape, *table.shape))
    return np.asarray((instance.mix @ table)[:, :, None, :], dtype=np.float64)


def _evaluation_g(instance: DirectivesInstance) -> FloatArray:
    """Return the carbon of an evaluation in every hour, float array [T]."""
    judge = instance.evaluator
    if judge is None:
        return np.zeros(instance.hours)
    energy_kwh = judge.prompts * (instance.mix[0] @ instance.energy_kwh.sum(axis=1)) + judge.judge_kwh
    time_s = judge.prompts * (instance.mix[0] @ instance.time_s.sum(axis=1))
    per_kwh = instance.pue * instance.intensity_g_per_kwh[0]
    return np.asarray(per_kwh * energy_kwh + instance.embodied_g_per_s * time_s, dtype=np.float64)
