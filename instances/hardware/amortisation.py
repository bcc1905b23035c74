"""Amortisation: which part of a device's embodied carbon an hour of its life is charged."""

from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.arguments import Arguments

HOURS_PER_YEAR = 8760.0


class Amortisation(StrEnum):
    """A rule by which embodied carbon is charged.

    ``straight-line`` charges every hour of the life alike (ACT; EcoLife); ``utilised-hours`` charges the hours in
    which the device works, and these alone (Li et al., SC'23); ``at-purchase`` charges all on the day it
    is bought (SC'23's break-even); ``double-declining`` charges each year twice the straight share of what is not yet
    charged, and the rest evenly as soon as that is more (Ji et al., arXiv:2403.04976); ``sunk`` charges nothing: what
    is bought already no decision changes (Bashir et al., SoCC'24).
    """

    STRAIGHT_LINE = "straight-line"
    UTILISED_HOURS = "utilised-hours"
    AT_PURCHASE = "at-purchase"
    DOUBLE_DECLINING = "double-declining"
    SUNK = "sunk"


def amortised_g_per_h(
    embodied_g: float, rule: Amortisation, *, lifetime_h: float, age_h: float = 0.0, utilisation: float = 1.0,
) -> float:
    """Return the embodied carbon charged to one hour of a device, gCO2e/h.

    Parameters
    ----------
    embodied_g : float
        Embodied carbon of the device.
    rule : Amortisation
        How it is charged. ``at-purchase`` and ``sunk`` charge hours nothing.
    lifetime_h : float
        Life of the device.
    age_h : float
        Its age; from the end of its life on nothing is left to charge.
    utilisation : float
        Share of its life in which it works (``utilised-hours``: the figure is per hour worked).

    Raises
    ------
    InputError
        With every argument that is out of range.
    """
    check = Arguments("amortised_g_per_h")
    check.number("embodied_g", embodied_g, 0, 1e15)
    check.number("lifetime_h", lifetime_h, 0, 1e9, above=True)
    check.number("age_h", age_h, 0, 1e9)
    check.number("utilisation", utilisation, 0, 1, above=True)
    check.one_of("rule", rule, [entry.value for entry in Amortisation])
    check.refuse()
    if rule in (Amortisation.AT_PURCHASE, Amortisation.SUNK) or age_h >= lifetime_h:
        return 0.0
    if rule == Amortisation.DOUBLE_DECLINING:
        shares, edges_h = _declining(lifetime_h)
        year = int(np.searchsorted(edges_h, age_h, side="right")) - 1
        return float(embodied_g * shares[year] / (edges_h[year + 1] - edges_h[year]))
    worked_h = lifetime_h * (utilisation if rule == Amortisation.UTILISED_HOURS else 1.0)
    return embodied_g / worked_h


def charged_share(rule: Amortisation, *, lifetime_h: float, until_h: ArrayLike) -> FloatArray:
    """Return the share of a new device's embodied carbon that is charged by some age, shaped as `until_h`.

    1 at purchase, 0 when sunk; else it grows to 1 at the end of the life. Hours worked are taken as spread evenly.

    Parameters
    ----------
    rule : Amortisation
        How it is charged.
    lifetime_h : float
        Life of the device, above 0.
    until_h : array_like
        Ages, not negative.
    """
    age_h = np.minimum(np.asarray(until_h, dtype=np.float64), lifetime_h)
    if rule in (Amortisation.AT_PURCHASE, Amortisation.SUNK):
        return np.full(age_h.shape, 1.0 if rule == Amortisation.AT_PURCHASE else 0.0)
    if rule == Amortisation.DOUBLE_DECLINING:
        shares, edges_h = _declining(lifetime_h)
        return np.asarray(np.interp(age_h, edges_h, np.concatenate([[0.0], np.cumsum(shares)])))
    return np.asarray(age_h / lifetime_h)


def _declining(lifetime_h: float) -> tuple[FloatArray, FloatArray]:
    """Return the share charged in each year of life, the last one perhaps cut short, and the ages that part them."""
    years = max(lifetime_h / HOURS_PER_YEAR, 1e-12)
    edges = np.append(np.arange(np.ceil(years - 1e-9)), years)
    left, shares = 1.0, []
    for begin, end in pairwise(edges):
        length = end - begin
        share = left * min(max(2 * length / years, length / (years - begin)), 1.0)
        shares.append(share)
        left -= share
    shares[-1] += left
    return np.array(shares), edges * HOURS_PER_YEAR
