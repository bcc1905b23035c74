"""Hulls: what more quality costs in an hour, as a convex function made of the edges of its groups' lower hulls."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Hulls:
    """Edges of H hours, E of each, in order of slope. C groups, L levels.

    Groups begin at their cheapest level. An edge moves a group from one level to the next better one of its hull; its
    edges come in order, so that any part of an hour's edges taken by slope is a mix of levels of each group.

    Parameters
    ----------
    start : int array [H, C]
        Cheapest level of each group.
    reached : float array [H]
        Quality of the hour there.
    slope : float array [H, E]
        Cost per unit of quality; infinite where there is no edge.
    gain : float array [H, E]
        Quality gained.
    group, below, above : int array [H, E]
        Group, and the levels it moves from and to.
    """

    start: IntArray
    reached: FloatArray
    slope: FloatArray
    gain: FloatArray
    group: IntArray
    below: IntArray
    above: IntArray

    def taken_for(self, floor: FloatArray) -> FloatArray:
        """Return the part of each edge that is taken to reach a quality in every hour, float array [H, E]."""
        before = self.reached[:, None] + np.cumsum(self.gain, axis=1) - self.gain
        lacking = np.asarray(floor)[:, None] - before
        return np.clip(np.where(self.gain > 0, lacking / np.where(self.gain > 0, self.gain, 1.0), 0.0), 0.0, 1.0)

    def shares(self, taken: FloatArray) -> FloatArray:
        """Return the shares of levels when parts of the edges are taken, float arrays [H, E] and [H, C, L]."""
        hours, groups = self.start.shape
        levels = self.gain.shape[1] // groups + 1
        share = np.zeros((hours, groups, levels))
        np.put_along_axis(share, self.start[..., None], 1.0, axis=-1)
        hour = np.arange(hours)[:, None]
        np.add.at(share, (hour, self.group, self.above), taken)
        np.add.at(share, (hour, self.group, self.below), -taken)
        # A vertex passed over is left with the rounding error of 1 - 1.
        return np.clip(share, 0.0, 1.0)


def hulls_of(cost: FloatArray, quality: FloatArray) -> Hulls:
    """Return the hulls of hours. O(H C L^2 + H C L log(C L)).

    Parameters
    ----------
    cost : float array [H, C, L]
        Cost of a group at each level.
    quality : float array [H, C, L]
        What it adds to the hour's quality.
    """
    hours, groups, levels = cost.shape
    # Among the cheapest levels, the best.
    cheapest = cost == cost.min(axis=-1, keepdims=True)
    start = np.where(cheapest, quality, -np.inf).argmax(axis=-1)
    at = start
    shape = (hours, groups, levels - 1)
    slope, gain = np.full(shape, np.inf), np.zeros(shape)
    below, above = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for edge in range(levels - 1):
        here_cost, here_quality = (np.take_along_axis(table, at[..., None], axis=-1) for table in (cost, quality))
        more = quality - here_quality
        rise = np.where(more > 0, (cost - here_cost) / np.where(more > 0, more, 1.0), np.inf)
        least = rise.min(axis=-1)
        # Among levels on one line, the farthest.
        to = np.where(rise == least[..., None], more, -np.inf).argmax(axis=-1)
        there = np.isfinite(least)
        slope[..., edge] = least
        gain[..., edge] = np.where(there, np.take_along_axis(more, to[..., None], axis=-1)[..., 0], 0.0)
        below[..., edge], above[..., edge] = at, np.where(there, to, at)
        at = above[..., edge]
    # Rounding may leave an edge flatter than the one before it by a last digit; order is what is needed.
    slope = np.maximum.accumulate(slope, axis=-1)
    reached = np.take_along_axis(quality, start[..., None], axis=-1).sum(axis=(1, 2))
    group = np.broadcast_to(np.arange(groups)[:, None], shape)
    order = np.argsort(slope.reshape(hours, -1), axis=1, kind="stable")

    def sorted_by_slope(table: NDArray[Any]) -> NDArray[Any]:
        return np.take_along_axis(table.reshape(hours, -1), order, axis=1)

    return Hulls(start, reached, *map(sorted_by_slope, (slope, gain, group, below, above)))
