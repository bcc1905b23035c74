"""Routing: where a fleet serves the levels chosen, and the GPUs for it, which follow what is cheapest in the ramp."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.directives.costs import Costs
from ecoopt.instances.directives.schema import HOUR_S
from ecoopt.instances.directives.staffing import fewest_gpus, within_ramp

_ROUNDING = 1e-9
_ROUNDS = 30


@dataclass(frozen=True, eq=False)
class Routed:
    """Where requests are served.

    Parameters
    ----------
    part : float array [R, T, C, R]
        Part of each group of each origin by the region that serves it.
    gpus : int array [R, T]
        GPUs on.
    """

    part: FloatArray
    gpus: IntArray


def route(costs: Costs, level: FloatArray, surcharge: FloatArray, calm_h: int) -> Routed | None:
    """Return where levels are served, None where the regions that are near have too few GPUs.

    The regions that are cheapest without ramp say how many GPUs each would have. What the ramp leaves of that, from
    hour to hour, is filled; where it does not suffice, more are on. O(R^2 T C) for each of at most 30 rounds.

    Parameters
    ----------
    costs : Costs
        Of an instance with a fleet.
    level : float array [R, T, C, L]
        Shares of levels.
    surcharge : float array [R, T]
        Carbon added to that of a GPU busy for the hour when regions are compared.
    calm_h : int
        Hours before and after over which the GPUs that each region would have are averaged.
    """
    instance = costs.instance
    fleet = instance.fleet
    assert fleet is not None
    seconds = costs.count * (level * costs.time_s).sum(axis=3)
    filling = _Filling(costs, level, seconds, surcharge)
    whole_s = HOUR_S * fleet.utilisation
    most = np.broadcast_to(fleet.gpus[:, None], instance.requests.shape)
    wanted = _averaged(filling.filled(whole_s * most.astype(np.float64))[1] / whole_s, calm_h)
    on = _followed(costs, np.ceil(wanted - _ROUNDING).astype(np.int64))
    for _ in range(_ROUNDS):
        part, busy_s, left_s = filling.filled(whole_s * on.astype(np.float64))
        if not left_s.any():
            gpus = fewest_gpus(instance, busy_s)
            return None if gpus is None else Routed(part, gpus)
        more = filling.more(left_s, on)
        if more is None:
            return None
        raised = within_ramp(instance, np.minimum(on + more, most))
        if raised is None:
            return None
        on = raised
    return None


def _averaged(wanted: FloatArray, calm_h: int) -> FloatArray:
    """Return running means over hours, float array [R, T]."""
    if calm_h == 0:
        return wanted
    hours = wanted.shape[1]
    total = np.cumsum(np.append(np.zeros((len(wanted), 1)), wanted, axis=1), axis=1)
    first, end = np.maximum(np.arange(hours) - calm_h, 0), np.minimum(np.arange(hours) + calm_h + 1, hours)
    return np.asarray((total[:, end] - total[:, first]) / (end - first), dtype=np.float64)


def _followed(costs: Costs, wanted: IntArray) -> IntArray:
    """Return GPUs that follow those wanted as fast as the ramp allows; then as many leave as come."""
    fleet = costs.instance.fleet
    assert fleet is not None
    if fleet.ramp_gpus is None:
        return wanted
    on = wanted.copy()
    before = wanted[:, 0] if fleet.initial_gpus is None else fleet.initial_gpus
    for t in range(wanted.shape[1]):
        on[:, t] = before = np.clip(wanted[:, t], before - fleet.ramp_gpus, before + fleet.ramp_gpus)
    return np.minimum(on, fleet.gpus[:, None])


class _Filling:
    """Fills GPU time of regions with groups of origins, those first whose second choice is dearest by the second."""

    def __init__(self, costs: Costs, level: FloatArray, seconds: FloatArray, surcharge: FloatArray) -> None:
        self.costs = costs
        instance = costs.instance
        regions, hours, groups, _, _ = instance.share_shape
        fleet = instance.fleet
        assert fleet is not None
        added = surcharge.T[None, :, None, :, None] / (HOUR_S * fleet.utilisation) * costs.time_s[:, :, :, None, :]
        near = np.isfinite(costs.fluid_g)
        grams = np.where(near, costs.fluid_g + added, 0.0)
        mean_g = np.einsum("otcrl,otcl->otcr", grams, level)
        self.grams = np.where(near.all(axis=4), mean_g, np.inf)
        # Axes from here on: hour, item (origin and group), region.
        self.by_hour = self.grams.transpose(1, 0, 2, 3).reshape(hours, regions * groups, regions)
        self.seconds = seconds.transpose(1, 0, 2).reshape(hours, regions * groups)
        self.choice = np.argsort(self.by_hour, axis=2, kind="stable")
        ranked = np.take_along_axis(self.by_hour, self.choice, axis=2)
        served = self.costs.count.transpose(1, 0, 2).reshape(hours, -1)
        with np.errstate(invalid="ignore", divide="ignore"):
            regret = (ranked[:, :, 1] - ranked[:, :, 0]) * served / self.seconds if regions > 1 else self.seconds * 0.0
        self.order = np.argsort(-np.nan_to_num(regret, nan=0.0, posinf=np.inf), axis=1, kind="stable")

    def filled(self, room_s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return parts [R, T, C, R], GPU time filled [R, T], and GPU time of what finds no room [T, R C]."""
        instance = self.costs.instance
        regions, hours, groups, _, _ = instance.share_shape
        room = room_s.T.copy()
        part = np.zeros(self.by_hour.shape)
        left = self.seconds.copy()
        hour = np.arange(hours)
        for k in range(self.order.shape[1]):
            item = self.order[:, k]
            need = self.seconds[hour, item]
            rest = np.ones(hours)
            for j in range(regions):
                region = self.choice[hour, item, j]
                near = np.isfinite(self.by_hour[hour, item, region])
                free = room[hour, region]
                fits = rest * need <= free + _ROUNDING * HOUR_S
                taken = np.where(fits, rest, 0.0 if instance.integer else np.minimum(
                    rest, np.maximum(free, 0.0) / np.where(need > 0, need, 1.0)))
                taken = np.where(near, taken, 0.0)
                part[hour, item, region] += taken
                room[hour, region] = free - taken * need
                rest = rest - taken
            left[hour, item] = np.where(rest > _ROUNDING, rest * need, 0.0)
        whole = part.reshape(hours, regions, groups, regions).transpose(1, 0, 2, 3)
        return whole, np.maximum(room_s - room.T, 0.0), left

    def more(self, left_s: FloatArray, on: IntArray) -> IntArray | None:
        """Return GPUs to add where something has found no room, int array [R, T]; None where there are no more."""
        fleet = self.costs.instance.fleet
        assert fleet is not None
        added = np.zeros_like(on)
        spare = fleet.gpus[:, None] - on
        for t, item in np.argwhere(left_s > 0).tolist():
            able = np.isfinite(self.by_hour[t, item]) & (spare[:, t] > 0)
            if not able.any():
                return None
            region = int(np.where(able, self.by_hour[t, item], np.inf).argmin())
            count = int(np.ceil(left_s[t, item] / (HOUR_S * fleet.utilisation)))
            added[region, t] = max(added[region, t], min(count, int(spare[region, t])))
        return added


def spread(part: FloatArray, level: FloatArray) -> NDArray[np.float64]:
    """Return shares by region and level of parts [R, T, C, R] and levels [R, T, C, L], float array [R, T, C, R, L]."""
    return np.asarray(part[..., None] * level[:, :, :, None, :], dtype=np.float64)
