"""Published upgrades: energy and time of the same work on P100, V100 and A100, and the problem of a single device."""

import csv
from functools import cache
from importlib.resources import files
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments
from ecoopt.instances.refresh.break_even import REFERENCE_USAGE
from ecoopt.instances.refresh.parts import Generation, Site, Stock, Workload
from ecoopt.instances.refresh.schema import DAY_H, RefreshInstance

SOURCE: Final = "Li et al., Toward Sustainable HPC, SC'23, arXiv:2306.13177, published artifact"
LICENCE: Final = "MIT"

EMBODIED_G: Final = {"P100": 16608.56, "V100": 24683.58, "A100": 41937.91}
"""Embodied carbon that one GPU is charged, its share of the node included."""

WORKLOADS: Final = ("NLP", "CV", "CANDLE")
UNIT_GPU_H: Final = DAY_H * REFERENCE_USAGE
"""Hours an old GPU works for a unit: what it does in a day at usage 0.4."""


class Upgrade(NamedTuple):
    """A published upgrade: kWh of the same day's work on both GPUs, and the share of the time that is saved."""

    old: str
    new: str
    workload: str
    old_kwh: float
    new_kwh: float
    time_saved: float


def _read() -> tuple[Upgrade, ...]:
    text = files("ecoopt.instances.refresh").joinpath("published.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(Upgrade(row["old"], row["new"], row["workload"], float(row["old_kwh"]), float(row["new_kwh"]),
                         float(row["time_saved_pct"]) / 100.0) for row in rows)


PUBLISHED: Final = _read()


@cache
def unit_figures(workload: str) -> tuple[FloatArray, FloatArray]:
    """Return energy in kWh and time in h of a unit, a P100's day at usage 0.4, on P100, V100 and A100."""
    both = {found.new: found for found in PUBLISHED if (found.old, found.workload) == ("P100", workload)}
    energy_kwh = np.array([both["V100"].old_kwh, both["V100"].new_kwh, both["A100"].new_kwh])
    return energy_kwh, UNIT_GPU_H * (1.0 - np.array([0.0, both["V100"].time_saved, both["A100"].time_saved]))


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
        When the workload is unknown, or the intensities are no list of numbers >= 0.
    """
    check = Arguments("one_device")
    check.one_of("workload", workload, WORKLOADS)
    check.refuse()
    means = np.atleast_1d(np.asarray(intensity_g_per_kwh, dtype=np.float64))
    energy_kwh, gpu_h = unit_figures(workload)
    found: RefreshInstance = RefreshInstance.from_content({
        "name": f"one-device-{workload}", "period_days": period_days,
        "generations": tuple(Generation(name=name, embodied_g=grams, idle_w=0.0, life_periods=max(len(means), 1))
                             for name, grams in EMBODIED_G.items()),
        "sites": (Site(name="here", intensity_g_per_kwh=means),),
        "workloads": (Workload(name=workload, energy_kwh=energy_kwh, gpu_h=gpu_h,
                               demand=np.full(len(means), float(period_days))),),
        "stock": (Stock(generation="P100", site="here", count=1),),
        "provenance": Provenance(source=SOURCE, licence=LICENCE)}, "one_device")
    return found
