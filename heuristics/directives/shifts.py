"""Shifts: moves of what an origin is served in a region, over a stretch of hours, to another; ramps are kept."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.directives.costs import Costs
from ecoopt.instances.directives.schema import HOUR_S

ALL, FILL, FREE = 0, 1, 2
"""Kinds of shift: all of it; what GPUs that are on still bear; what must go for one GPU less to be needed."""

_ROUNDING = 1e-9


class Ground(NamedTuple):
    """What shifts are made on. R regions, T hours, C groups, L levels.

    Parameters
    ----------
    grams, seconds : float array [R, T, C, R, L], [R, T, C, L]
        Carbon without that of GPUs and GPU time, in GPUs kept as busy as may be, of all requests of a group.
    near : bool array [R, R]
        Whether an origin may be served in a region.
    gpu_g : float array [R, T]
        Carbon of a GPU that is on for the hour.
    most : int array [R]
        GPUs there are.
    ramp, reach : int
        GPUs switched at most, and hours beyond a stretch in which its GPUs may have to be on.
    before : int array [R]
        GPUs on before the first hour, -1 where it is free.
    whole : bool
        Whether groups may not be split.
    """

    grams: FloatArray
    seconds: FloatArray
    near: NDArray[np.bool_]
    gpu_g: FloatArray
    most: IntArray
    ramp: int
    reach: int
    before: IntArray
    whole: bool


class Served(NamedTuple):
    """A decision that shifts change in place.

    Parameters
    ----------
    share : float array [R, T, C, R, L]
        As in ``DirectivesSchedule``.
    busy : float array [R, T]
        GPUs kept as busy as may be.
    on : int array [R, T]
        The fewest GPUs on.
    """

    share: FloatArray
    busy: FloatArray
    on: IntArray


def ground_of(costs: Costs) -> Ground:
    """Return what shifts of an instance with a fleet are made on."""
    instance = costs.instance
    fleet = instance.fleet
    assert fleet is not None
    most = int(fleet.gpus.max(initial=0))
    ramp = most if fleet.ramp_gpus is None else fleet.ramp_gpus
    reach = instance.hours if ramp == 0 else -(-most // ramp)
    before = np.full(len(fleet.gpus), -1) if fleet.initial_gpus is None or fleet.ramp_gpus is None else (
        fleet.initial_gpus)
    count = costs.count
    return Ground(
        np.ascontiguousarray(count[..., None, None] * costs.request_g),
        count[..., None] * costs.time_s / (HOUR_S * fleet.utilisation),
        np.asarray(np.isfinite(costs.fluid_g).any(axis=(1, 2, 4))), costs.gpu_g, fleet.gpus.astype(np.int64), ramp,
        reach, before.astype(np.int64), instance.integer)


@njit(cache=True)
def shift(  # pragma: no cover
    g: Ground, s: Served, origin: int, group: int, length: int
) -> tuple[int, float]:
    """Try all shifts of a group of an origin over stretches of a length and make those that pay.

    Parameters
    ----------
    g : Ground
        What is asked.
    s : Served
        Changed in place.
    origin, group, length : int
        Whose shifts, and their hours.

    Returns
    -------
    int, float
        Shifts tried, and change of the carbon in grams.
    """
    regions, hours = s.busy.shape
    levels = g.seconds.shape[3]
    part = np.zeros(length)
    moved = np.zeros(length)
    lower, higher = np.zeros(hours, np.int64), np.zeros(hours, np.int64)
    tried, change = 0, 0.0
    step = max(length // 2, 1)
    for first in range(0, hours - length + 1, step):
        for a in range(regions):
            for b in range(regions):
                if a == b or not g.near[origin, b]:
                    continue
                for kind in range(1 if g.whole else 3):
                    grams, some = 0.0, False
                    for k in range(length):
                        t = first + k
                        there = 0.0
                        for l in range(levels):
                            there += s.share[origin, t, group, a, l] * g.seconds[origin, t, group, l]
                        part[k] = 1.0
                        if kind == FILL and there > 0.0:
                            part[k] = min(max(s.on[b, t] - s.busy[b, t], 0.0) / there, 1.0)
                        elif kind == FREE and there > 0.0:
                            part[k] = min((s.busy[a, t] - np.ceil(s.busy[a, t] - _ROUNDING) + 1.0) / there, 1.0)
                        moved[k] = part[k] * there
                        for l in range(levels):
                            gone = part[k] * s.share[origin, t, group, a, l]
                            if gone > 0.0:
                                some = True
                                grams += gone * (g.grams[origin, t, group, b, l] - g.grams[origin, t, group, a, l])
                    if not some:
                        continue
                    tried += 1
                    added = _staffed(g, s, b, first, moved, 1.0, higher)
                    if np.isinf(added):
                        continue
                    delta = grams + added + _staffed(g, s, a, first, moved, -1.0, lower)
                    if delta < -1e-9 * (1.0 + abs(grams)):
                        change += delta
                        _make(g, s, origin, group, first, a, b, part, moved, lower, higher)
    return tried, change


@njit(cache=True)
def _staffed(  # pragma: no cover
    g: Ground, s: Served, region: int, first: int, moved: FloatArray, sign: float, on: IntArray
) -> float:
    """Write the fewest GPUs of a region after a shift and return what they cost more; infinite where too many."""
    hours = len(on)
    begin, end = max(first - 2 * g.reach, 0), min(first + len(moved) + 2 * g.reach, hours)
    for t in range(begin, end):
        busy = s.busy[region, t]
        if first <= t < first + len(moved):
            busy += sign * moved[t - first]
        on[t] = int(np.ceil(busy - _ROUNDING))
    if g.before[region] >= 0 and begin == 0:
        on[0] = max(on[0], g.before[region] - g.ramp)
    for t in range(begin + 1, end):
        on[t] = max(on[t], on[t - 1] - g.ramp)
    for t in range(end - 2, begin - 1, -1):
        on[t] = max(on[t], on[t + 1] - g.ramp)
    if g.before[region] >= 0 and begin == 0 and on[0] > g.before[region] + g.ramp:
        return np.inf
    cost = 0.0
    for t in range(hours):
        # Farther away nothing changes: no ramp takes so long.
        if t < first - g.reach or t >= first + len(moved) + g.reach:
            on[t] = s.on[region, t]
            continue
        if on[t] > g.most[region]:
            return np.inf
        cost += g.gpu_g[region, t] * (on[t] - s.on[region, t])
    return cost


@njit(cache=True)
def _make(  # pragma: no cover
    g: Ground, s: Served, origin: int, group: int, first: int, a: int, b: int, part: FloatArray, moved: FloatArray,
    lower: IntArray, higher: IntArray
) -> None:
    """Make a shift from region a to region b."""
    for k in range(len(part)):
        t = first + k
        for l in range(g.seconds.shape[3]):
            gone = part[k] * s.share[origin, t, group, a, l]
            s.share[origin, t, group, a, l] -= gone
            s.share[origin, t, group, b, l] += gone
        s.busy[a, t] = max(s.busy[a, t] - moved[k], 0.0)
        s.busy[b, t] += moved[k]
    s.on[a], s.on[b] = lower, higher
