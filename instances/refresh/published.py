"""Published upgrades: energy and time of the same work on P100, V100 and A100, and the problem of a single device."""

from functools import cache
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments
from ecoopt.instances.hardware import NODE_SHARE_G, upgrade
from ecoopt.instances.hardware.break_even import MEASURED_USAGE
from ecoopt.instances.refresh.parts import MOST_PERIODS, Generation, Stock, Workload
from ecoopt.instances.refresh.schema import DAY_H, MOST_DAYS, RefreshInstance

SOURCE: Final = "Li et al., Toward Sustainable HPC, SC'23, arXiv:2306.13177, published artifact"
LICENCE: Final = "MIT"

EMBODIED_G: Final = {name.upper(): grams for name, grams in NODE_SHARE_G.items()}
"""Embodied carbon that one GPU is charged, its share of the node included."""

WORKLOADS: Final = ("NLP", "CV", "CANDLE")
UNIT_GPU_H: Final = DAY_H * MEASURED_USAGE
"""Hours an old GPU works for a unit: what it does in a day at usage 0.4."""


@cache
def unit_figures(workload: str) -> tuple[FloatArray, FloatArray]:
    """Return energy in kWh and time in h of a unit, a P100's day at usage 0.4, on P100, V100 and A100."""
    first, second = (upgrade("p100", new, workload.lower()) for new in ("v100", "a100"))
    energy_kwh = np.array([first.old_kwh_per_day, first.new_kwh_per_day, second.new_kwh_per_day])
    return energy_kwh, UNIT_GPU_H * (1.0 - np.array([0.0, first.time_reduction, second.time_reduction]))


def one_device(
    workload: Literal["NLP", "CV", "CANDLE"], intensity_g_per_kwh: ArrayLike, *, period_days: int = 30,
) -> RefreshInstance:
    """Return the problem of one device: a new P100 that does its day's work at usage 0.4, and may be replaced.

    Parameters
    ----------
    workload : {"NLP", "CV", "CANDLE"}
        The published work.
    intensity_g_per_kwh : array_like [T]
        Of each period.
    period_days : int
        Length of a period.

    Raises
    ------
    InputError
        When the workload is unknown, the intensities are no list of numbers >= 0, or the period is no whole number of
        days.
    """
    check = Arguments("one_device")
    check.one_of("workload", workload, WORKLOADS)
    check.whole("period_days", period_days, 1, MOST_DAYS)
    means = _means(intensity_g_per_kwh)
    if not (means.ndim == 1 and 1 <= means.size <= MOST_PERIODS and np.isfinite(means).all() and (means >= 0).all()):
        check.add("intensity_g_per_kwh", "is no list of finite numbers from 0", "give a mean for every period")
    check.refuse()
    energy_kwh, gpu_h = unit_figures(workload)
    found: RefreshInstance = RefreshInstance.from_content({
        "name": f"one-device-{workload}", "period_days": period_days,
        "generations": tuple(Generation(name=name, embodied_g=grams, idle_w=0.0, life_periods=len(means))
                             for name, grams in EMBODIED_G.items()),
        "sites": ({"name": "here", "intensity_g_per_kwh": means},),
        "workloads": (Workload(name=workload, energy_kwh=energy_kwh, gpu_h=gpu_h,
                               demand=np.full(len(means), float(period_days))),),
        "stock": (Stock(generation="P100", site="here", count=1),),
        "provenance": Provenance(source=SOURCE, licence=LICENCE)}, "one_device")
    return found


def _means(intensity_g_per_kwh: ArrayLike) -> FloatArray:
    """Return the intensities as an array, an empty one where they are no numbers."""
    try:
        return np.atleast_1d(np.asarray(intensity_g_per_kwh, dtype=np.float64))
    except (TypeError, ValueError):
        return np.zeros(0)
