"""Mixes: the cheapest shares of levels that reach a quality, in closed form, for any number of hours at once."""

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray


def cheapest_mix(cost: FloatArray, quality: FloatArray, floor: ArrayLike, *, whole: bool = False) -> FloatArray:
    """Return shares that add up to 1, cost least, and have a mean quality of at least `floor`.

    A linear program with two rows has an optimum with at most two levels: one that is good enough, alone, or mixed with
    one that is not, until the quality is just reached. The best of them all is taken; ties go to the earlier.

    Parameters
    ----------
    cost, quality : float array [..., L]
        Of the levels. Shapes broadcast.
    floor : float array [...]
        Least quality; not above that of the best level.
    whole : bool
        Whether one level must get everything.

    Returns
    -------
    float array [..., L]
    """
    cost, quality = np.broadcast_arrays(cost, quality)
    need = np.broadcast_to(np.asarray(floor, dtype=np.float64), cost.shape[:-1])
    levels = cost.shape[-1]
    good = quality >= need[..., None]
    # The best level stands in where rounding leaves none that is good enough.
    good |= np.arange(levels) == np.where(good.any(axis=-1), -1, quality.argmax(axis=-1))[..., None]
    alone = np.where(good, cost, np.inf)
    upper = alone.argmin(axis=-1)
    lower, part = upper.copy(), np.ones(upper.shape)
    best = alone.min(axis=-1)
    for a, b in () if whole else combinations(range(levels), 2):
        for high, low in ((a, b), (b, a)):
            gain = quality[..., high] - quality[..., low]
            mixed = good[..., high] & ~good[..., low] & (gain > 0)
            weight = np.clip((need - quality[..., low]) / np.where(mixed, gain, 1.0), 0.0, 1.0)
            price = weight * cost[..., high] + (1.0 - weight) * cost[..., low]
            better = mixed & (price < best)
            best = np.where(better, price, best)
            upper, lower = np.where(better, high, upper), np.where(better, low, lower)
            part = np.where(better, weight, part)
    share = np.zeros(cost.shape)
    np.put_along_axis(share, lower[..., None], (1.0 - part)[..., None], axis=-1)
    np.put_along_axis(share, upper[..., None], np.where(upper == lower, 1.0, part)[..., None], axis=-1)
    return share
