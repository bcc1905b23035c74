"""The convex fit: from measured times and powers under caps to an effect curve.

Mean power follows ``P(c) = min(P0, kappa c)``: a GPU draws what it wants until the cap binds, then a fixed share of
the cap. kappa is the least-squares slope; every set of lowest caps is tried as the one that binds, and the best is
kept. The time ratio is ``sigma(c) = 1 + sum_j b_j max(k_j - c, 0)`` with ``b_j >= 0``: convex, decreasing, and 1 from
the last knot on. Knots are the measured caps below ``P0 / kappa``, where the cap ceases to bind, and that point or,
if it is lower, the default cap. The b are the least squares under their signs, which is the best convex decreasing
fit. Energy follows from ``eps = sigma P / P0``.
"""

import numpy as np
from scipy.optimize import nnls

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.instances.hardware.effect_curve import EffectCurve


def fit_effects(
    name: str, cap_w: FloatArray, time_ratio: FloatArray, power_w: FloatArray, *, uncapped_power_w: float,
    default_cap_w: float, source: str = "", assumed: str = "",
) -> EffectCurve:
    """Return the convex fit to measurements.

    Parameters
    ----------
    name : str
        Of the curve.
    cap_w : float array [n]
        Caps below the default one, in any order; repeats are measurements of their own.
    time_ratio : float array [n]
        Time relative to the default cap.
    power_w : float array [n]
        Mean power; nan where it was not measured.
    uncapped_power_w : float
        P0, the mean power under the default cap.
    default_cap_w : float
        The cap that GPUs come with.
    source, assumed : str
        As in `EffectCurve`.

    Raises
    ------
    InputError
        When there is no measurement, or a cap is not positive or not below the default one, or times and powers are
        none.
    """
    known = np.isfinite(power_w)
    right = (cap_w > 0) & (cap_w < default_cap_w) & (time_ratio > 0) & np.isfinite(time_ratio)
    if not len(cap_w) or not right.all() or not known.any() or (power_w[known] <= 0).any() or uncapped_power_w <= 0:
        raise InputError.one(f"fit of {name}", "", "there is no measurement, a cap is not between 0 and the default "
                             "one, or a time or power is not positive", "correct the measurements")
    slope = _slope(cap_w[known], power_w[known], uncapped_power_w)
    free_w = min(uncapped_power_w / slope, default_cap_w)
    least_w = float(cap_w.min())
    inner = np.unique(cap_w[(cap_w > least_w) & (cap_w < free_w)])
    knots = np.append(inner, free_w) if free_w > least_w else inner
    sigma = _Hinges(knots, cap_w, time_ratio)
    caps = np.unique(np.concatenate([cap_w, knots, [default_cap_w]]))
    times = np.array([sigma.at(cap) for cap in caps.tolist()])
    energy = times * np.minimum(uncapped_power_w, slope * caps) / uncapped_power_w
    times[-1] = energy[-1] = 1.0
    return EffectCurve(name=name, uncapped_power_w=float(uncapped_power_w), cap_w=caps, time_ratio=times,
                       energy_ratio=energy, source=source, assumed=assumed)


def _slope(cap_w: FloatArray, power_w: FloatArray, most_w: float) -> float:
    """Return the kappa of ``min(P0, kappa c)`` with the least squared error."""
    order = np.argsort(cap_w, kind="stable")
    cap_w, power_w = cap_w[order], power_w[order]
    slopes = np.cumsum(cap_w * power_w) / np.cumsum(cap_w**2)
    error = ((np.minimum(most_w, slopes[:, None] * cap_w) - power_w) ** 2).sum(axis=1)
    return float(slopes[int(error.argmin())])


class _Hinges:
    """The convex decreasing function that fits times best, 1 from its last knot on."""

    def __init__(self, knots: FloatArray, cap_w: FloatArray, time_ratio: FloatArray) -> None:
        self.knots = knots
        self.weights = nnls(np.maximum(knots - cap_w[:, None], 0.0), time_ratio - 1.0)[0] if len(knots) else knots

    def at(self, cap_w: float) -> float:
        """Return its value."""
        return 1.0 + float(self.weights @ np.maximum(self.knots - cap_w, 0.0))
