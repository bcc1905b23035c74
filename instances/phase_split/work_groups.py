"""Work groups: classes of requests whose work differs by a factor alone are one, exactly."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray

_DIGITS = 11


class Work(NamedTuple):
    """Groups of work by what it takes of some pools. K kinds of work, W groups, J pools.

    Parameters
    ----------
    group : int array [K]
        Group of each kind.
    factor : float array [K]
        How much of its group's work a unit is.
    takes : float array [W, J, 2]
        What a unit of the group's work takes of the pools' resources; the largest entry is 1.
    usable : bool array [W, J]
        Which pools may do it.
    """

    group: IntArray
    factor: FloatArray
    takes: FloatArray
    usable: NDArray[np.bool_]


    @property
    def spread(self) -> FloatArray:
        """How much of each group's work a unit of each kind is, float array [K, W]."""
        return np.asarray(indicator(self.group, len(self.takes)) * self.factor[:, None])


    def amounts(self, rate: FloatArray) -> FloatArray:
        """Return the work of every group, float array [W], of rates of the kinds [K]."""
        return np.asarray(np.bincount(self.group, weights=rate * self.factor, minlength=len(self.takes)))


def indicator(index: IntArray, size: int) -> FloatArray:
    """Return 1 where an entry names a place, float array [entries, size]."""
    return np.asarray(index[:, None] == np.arange(size), dtype=np.float64)


def grouped(takes: FloatArray, usable: NDArray[np.bool_], pools: NDArray[np.bool_]) -> Work:
    """Return the groups of work that differs by one factor in all of some pools.

    Parameters
    ----------
    takes : float array [K, J, 2]
        What a unit of each kind of work takes.
    usable : bool array [K, J]
        Which pools may do it.
    pools : bool array [J]
        The pools that matter.
    """
    usable = usable & pools
    kinds = len(takes)
    flat = (takes * usable[:, :, None]).reshape(kinds, -1)
    factor = flat.max(axis=1, initial=0.0)
    unit = flat / np.where(factor > 0, factor, 1.0)[:, None]
    logs = np.round(np.log(np.where(unit > 0, unit, 1.0)), _DIGITS)
    keys = np.concatenate([np.where(unit > 0, logs, 1.0), usable], axis=1)
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return Work(group.reshape(-1).astype(np.int64), factor, unit[first].reshape(len(first), -1, 2), usable[first])
