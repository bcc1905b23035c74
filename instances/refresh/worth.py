"""Worth: what a GPU is worth from each period on, when it is known what it is worth in each."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.refresh.tables import Tables


def profit_g(tables: Tables, price_g: FloatArray, weight: FloatArray | None = None) -> FloatArray:
    """Return what a GPU that is there earns in each period if work is paid for, float array [G, S, T].

    It serves the work that pays best by its time, or idles, which costs something too.

    Parameters
    ----------
    tables : Tables
        Of the instance.
    price_g : float array [T, W]
        What a unit is paid.
    weight : float array [T], optional
        Weight of the carbon of energy in each period; 1 by default.
    """
    by = np.ones(len(price_g)) if weight is None else weight
    paid = (price_g[:, None, None, :] - by[:, None, None, None] * tables.unit_g) / tables.unit_share
    return np.asarray(np.moveaxis(np.maximum(paid.max(axis=3), 0.0), 0, 2) - by * tables.idle_g, dtype=np.float64)


def worth_g(tables: Tables, profit: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return what a new GPU is worth from each period on, and how many periods it is best kept, arrays [G, S, T].

    It may be retired early, for a second life until its own ends. O(G S T life).

    Parameters
    ----------
    tables : Tables
        Of the instance.
    profit : float array [G, S, T]
        What it earns in each period.
    """
    periods = profit.shape[2]
    worth, keep = np.zeros_like(profit), np.zeros(profit.shape, dtype=np.int64)
    for g, life in enumerate(tables.life.tolist()):
        credit = float(tables.credit_g[g])
        total = np.pad(np.cumsum(profit[g] - credit, axis=1), ((0, 0), (1, 0)))
        left = np.minimum(life, periods - np.arange(periods))
        for k in range(1, min(life, periods) + 1):
            gain = total[:, k:] - total[:, :-k]
            own, kept = worth[g, :, : periods + 1 - k], keep[g, :, : periods + 1 - k]
            better = gain > own
            own[better] = gain[better]
            kept[better] = k
        worth[g] += credit * left
    return worth, keep
