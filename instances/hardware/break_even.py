"""Break-even: after how many days a new device has saved the carbon it cost to make (Li et al., SC'23)."""

import csv
import math
from functools import cache
from importlib import resources
from typing import NamedTuple

from ecoopt.core.errors import InputError
from ecoopt.instances.arguments import Arguments

MEASURED_USAGE = 0.4
"""Share of the day the old GPU works in the published energies: 9.6 GPU-hours."""


class Upgrade(NamedTuple):
    """One measured replacement of a GPU by a newer one, for one group of benchmarks.

    Parameters
    ----------
    old, new : str
        Generations: ``p100``, ``v100``, ``a100``.
    workload : str
        Benchmarks: ``nlp``, ``cv``, ``candle``.
    old_kwh_per_day, new_kwh_per_day : float
        Energy of the same work on either, per old GPU that works 9.6 hours a day.
    time_reduction : float
        Share of the old time that the new GPU saves; one of it does the work of 1 / (1 - time_reduction) old ones.
    """

    old: str
    new: str
    workload: str
    old_kwh_per_day: float
    new_kwh_per_day: float
    time_reduction: float


NODE_SHARE_G = {"p100": 16608.56, "v100": 24683.58, "a100": 41937.91}
"""Embodied carbon charged to one GPU and its share of the node, gCO2e (SC'23 artifact; see `gpu_share_kg`)."""


@cache
def upgrades() -> tuple[Upgrade, ...]:
    """Return the nine measured replacements (SC'23 artifact, MIT licence)."""
    text = (resources.files("ecoopt.instances.hardware") / "upgrades.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        Upgrade(row["old"], row["new"], row["workload"], float(row["old_kwh_per_day"]), float(row["new_kwh_per_day"]),
                float(row["time_reduction_pct"]) / 100.0)
        for row in rows)


def upgrade(old: str, new: str, workload: str) -> Upgrade:
    """Return a measured replacement.

    Raises
    ------
    InputError
        If there is none; the message names those there are.
    """
    found = next((entry for entry in upgrades() if entry[:3] == (old, new, workload)), None)
    if found is None:
        known = ", ".join("->".join(entry[:2]) + f" {entry.workload}" for entry in upgrades())
        raise InputError.one("upgrades", "", f"{old}->{new} {workload} is not measured", f"use one of {known}")
    return found


def break_even_days(
    embodied_g: float, intensity_g_per_kwh: float, old_kwh_per_day: float, new_kwh_per_day: float, *,
    usage_ratio: float = 1.0, absorbed: float = 1.0,
) -> float:
    """Return the days after which a new device has saved its embodied carbon, infinite when it never does.

    ``E / (I (k_old - k_new) r a)``: the embodied carbon of what is replaced is sunk.

    Parameters
    ----------
    embodied_g : float
        Embodied carbon of the new device, gCO2e.
    intensity_g_per_kwh : float
        Carbon intensity, taken as constant.
    old_kwh_per_day, new_kwh_per_day : float
        Energy of the same work on the old and on the new device.
    usage_ratio : float
        Usage relative to that at which the energies were measured: 1.5 for 60 % where they were measured at 40 %.
    absorbed : float
        Old devices that one new one replaces; 1 / (1 - time_reduction) where work is consolidated.

    Raises
    ------
    InputError
        With every argument that is no finite number >= 0.
    """
    _check("break_even_days", locals())
    saved_g_per_day = intensity_g_per_kwh * (old_kwh_per_day - new_kwh_per_day) * usage_ratio * absorbed
    if saved_g_per_day <= 0:
        return 0.0 if embodied_g == 0 and saved_g_per_day == 0 else math.inf
    return embodied_g / saved_g_per_day


def saving_share(
    days: float, embodied_g: float, intensity_g_per_kwh: float, old_kwh_per_day: float, new_kwh_per_day: float, *,
    usage_ratio: float = 1.0, absorbed: float = 1.0,
) -> float:
    """Return the share of the old device's emissions that replacing it has saved after some days; negative at first.

    For days without end it tends to ``1 - k_new / k_old``. Parameters as in `break_even_days`; `days` is above 0.

    Raises
    ------
    InputError
        With every argument that is no finite number >= 0, and where the old device emits nothing.
    """
    _check("saving_share", locals())
    kept_g = old_kwh_per_day * intensity_g_per_kwh * usage_ratio * absorbed * days
    if kept_g <= 0:
        raise InputError.one("saving_share", "", "the old device emits nothing in that time",
                             "give days, intensity, energy, usage and devices above 0")
    new_g = new_kwh_per_day * intensity_g_per_kwh * usage_ratio * absorbed * days
    return (kept_g - new_g - embodied_g) / kept_g


def _check(source: str, given: dict[str, float]) -> None:
    """Raise InputError with every argument that is no finite number >= 0."""
    check = Arguments(source)
    for field, value in given.items():
        check.number(field, value, 0, 1e15)
    check.refuse()
