"""Staffing: the fewest GPUs that bear what is served, hour by hour, within the ramp."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.directives.schema import HOUR_S, DirectivesInstance

_ROUNDING = 1e-9


def fewest_gpus(instance: DirectivesInstance, busy_s: FloatArray) -> IntArray | None:
    """Return the fewest GPUs of every region and hour, None where there are not enough; see `within_ramp`.

    Parameters
    ----------
    instance : DirectivesInstance
        With a fleet.
    busy_s : float array [R, T]
        GPU time of what is served.

    Returns
    -------
    int array [R, T] or None
    """
    fleet = instance.fleet
    assert fleet is not None
    return within_ramp(instance, np.ceil(busy_s / (HOUR_S * fleet.utilisation) - _ROUNDING).astype(np.int64))


def within_ramp(instance: DirectivesInstance, needed: IntArray) -> IntArray | None:
    """Return the fewest GPUs that are at least those needed, None where there are not enough.

    They are the fewest in every hour at once: GPUs must be on before a peak that the ramp cannot reach from below, and
    after it as long as the ramp needs to come down. O(R T).

    Parameters
    ----------
    instance : DirectivesInstance
        With a fleet.
    needed : int array [R, T]
        GPUs.

    Returns
    -------
    int array [R, T] or None
    """
    fleet = instance.fleet
    assert fleet is not None
    on = needed.copy()
    if fleet.ramp_gpus is not None:
        # What any hour needs less the ramp on the way there, at most: running maxima of n + ramp t and n - ramp t.
        rise = fleet.ramp_gpus * np.arange(instance.hours)
        if fleet.initial_gpus is not None:
            on[:, 0] = np.maximum(on[:, 0], fleet.initial_gpus - fleet.ramp_gpus)
        on = np.maximum.accumulate(on + rise, axis=1) - rise
        on = np.maximum.accumulate((on - rise)[:, ::-1], axis=1)[:, ::-1] + rise
        if fleet.initial_gpus is not None and (on[:, 0] > fleet.initial_gpus + fleet.ramp_gpus).any():
            return None
    return on if (on <= fleet.gpus[:, None]).all() else None
