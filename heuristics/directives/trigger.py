"""The published trigger: evaluate when the intensity has just passed a minimum, neither too soon nor too late."""

from typing import Final

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.directives import Evaluator

URGENCY_PER_H: Final = 0.029
"""Growth of the intensity in the eyes of the trigger, from the last evaluation on; it doubles in 24 hours."""


def published_trigger(intensity_g_per_kwh: FloatArray, evaluator: Evaluator) -> IntArray:
    """Return the hours of evaluations, as the artifact's offline assessor finds them. O(T).

    An hour is taken when the last evaluation is as long ago as may be; or when it is long enough ago, the intensity is
    not above the mean, and the intensity grown by `URGENCY_PER_H` has just turned from falling to rising. The mean is
    that of all hours, past and future.

    Parameters
    ----------
    intensity_g_per_kwh : float array [T]
        Of the grid.
    evaluator : Evaluator
        Its gaps.
    """
    mean = float(np.mean(intensity_g_per_kwh))
    found, before, slope = [0], float(intensity_g_per_kwh[0]), 0.0
    for hour in range(1, len(intensity_g_per_kwh)):
        since = hour - found[-1]
        now = float(intensity_g_per_kwh[hour]) * float(np.exp(URGENCY_PER_H * since))
        last_slope, slope = slope, now - before
        before = now
        turned = last_slope <= 0 <= slope and float(intensity_g_per_kwh[hour]) <= mean
        if since >= evaluator.most_gap_h or (since >= evaluator.least_gap_h and turned):
            found.append(hour)
    return np.array(found)
