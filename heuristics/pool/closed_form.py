"""KAIROS's closed form: the queries per second that a composition is said to serve, from a few figures of each type."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.pool import ServedModel
from ecoopt.instances.pool.routing import MS_PER_S


@dataclass(frozen=True, eq=False)
class Figures:
    """What the closed form knows of a model. K types, the first the base.

    Parameters
    ----------
    rate_per_s : float array [K, K]
        Entry [k, j]: queries per second of one machine of type k on the mix below the cut of type j; of the base alone
        [0, 0], on the whole mix.
    cut : float array [K]
        First batch size that the type answers late; larger is more capable.
    share : float array [K]
        Share of the queries below the cut.
    time_share : float array [K]
        Share of the base's time that these queries take.
    """

    rate_per_s: FloatArray
    cut: FloatArray
    share: FloatArray
    time_share: FloatArray


def figures_of(model: ServedModel, in_time: NDArray[np.bool_]) -> Figures:
    """Return the figures of a model by its latencies; a type's cut is the first bin that it answers late. O(K^2 B).

    Parameters
    ----------
    model : ServedModel
        The model.
    in_time : bool array [K, B]
        Which type serves which bin in time.
    """
    worked_s, share = model.latency_ms / MS_PER_S, model.share
    cut = np.where(in_time.all(axis=1), in_time.shape[1], in_time.argmin(axis=1))
    below = np.arange(in_time.shape[1]) < cut[:, None]
    small, base_s = below @ share, float(worked_s[0] @ share)
    time_s = (share * worked_s) @ below.T
    rate = np.divide(small, time_s, out=np.zeros_like(time_s), where=time_s > 0)
    rate[0, 0] = 1 / base_s
    return Figures(rate, cut.astype(np.float64), small, below @ (share * worked_s[0]) / base_s)


def closed_form(figures: Figures, counts: IntArray) -> FloatArray:
    """Return the rate that the closed form gives compositions [N, K], float array [N].

    It grants every type the cut of the most capable one that is rented, and splits queries by size alone: neither an
    upper nor a lower bound of what can be served (``kairos_resource_allocator.py`` of the published artifact).
    """
    rented: NDArray[np.bool_] = counts > 0
    rented[:, 0] = False
    some = rented.any(axis=1)
    cut = np.where(rented, figures.cut, -1.0)
    most = cut.argmax(axis=1)
    small = np.where(rented, figures.share, 0.0).max(axis=1)
    time = np.where(rented, figures.time_share, 0.0).max(axis=1)
    base = counts[:, 0] * figures.rate_per_s[0, 0]
    others = (np.where(rented, counts, 0) * figures.rate_per_s.T[most]).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        large = base * (1 - small) / (1 - time)
        asked = others * (1 - small) / small
        behind = large / (1 - small)
        ahead = others / small + base * (1 - asked / large)
        mixed = np.where(asked >= large, behind, ahead)
    mixed = np.where(small <= 0, base, np.where(time >= 1, base + others, mixed))
    found: FloatArray = np.where(base <= 0, 0.0, np.where(some, mixed, base))
    return found
