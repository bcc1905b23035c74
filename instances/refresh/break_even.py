"""Break-even: after how many days a new GPU has saved the carbon that making it cost."""

import math

from ecoopt.instances.arguments import Arguments

REFERENCE_USAGE = 0.4
"""Share of the day that the old GPU works in the published figures: 9.6 h."""


def break_even_days(
    embodied_g: float, intensity_g_per_kwh: float, old_kwh_per_day: float, new_kwh_per_day: float,
    usage: float = REFERENCE_USAGE,
) -> float:
    """Return the days ``E / (I (k_old - k_new) u / 0.4)`` after which an upgrade pays, infinite if it never does.

    Li et al., *Toward Sustainable HPC*, SC'23, arXiv:2306.13177: the old GPU's embodied carbon is sunk, and both do
    the same work a day.

    Parameters
    ----------
    embodied_g : float
        Embodied carbon of the new GPU.
    intensity_g_per_kwh : float
        Of the electricity, the same on all days.
    old_kwh_per_day, new_kwh_per_day : float
        Energy of the day's work on the old GPU and on the new one, at the reference usage 0.4 of the old one.
    usage : float
        Share of the day that the old GPU works.

    Raises
    ------
    InputError
        With every argument that is negative or no number.
    """
    check = Arguments("break-even")
    for name, value in (("embodied_g", embodied_g), ("intensity_g_per_kwh", intensity_g_per_kwh),
                        ("old_kwh_per_day", old_kwh_per_day), ("new_kwh_per_day", new_kwh_per_day), ("usage", usage)):
        check.number(name, value, 0, 1e15)
    check.refuse()
    saved_g = intensity_g_per_kwh * (old_kwh_per_day - new_kwh_per_day) * usage / REFERENCE_USAGE
    if embodied_g == 0:
        return 0.0
    return embodied_g / saved_g if saved_g > 0 else math.inf
