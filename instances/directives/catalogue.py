"""Catalogue: what requests of Sprout's six classes take at each level, how users like them, and how classes drift."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from ecoopt.core.arrays import FloatArray

SOURCE: Final = "Sprout's measurements (github.com/boringlee24/EMNLP24_Sprout)"
LICENCE: Final = "MIT"

EMBODIED_G_PER_S: Final = 26356.568 / (5 * 365 * 86400)
"""Embodied carbon of the GPU server over its five years, as published."""

OPTIONS: Final = {"directives": ("L0", "L1", "L2"), "models": ("L0", "L0_7b")}
"""Levels to choose from: generation directives, or the model of 13B and that of 7B parameters (MODEL_OPT)."""

DRIFT_LOG_SD: Final = 0.476
DRIFT_PHI: Final = 0.623
DRIFT_EVERY_H: Final = (24.0, 4.8)
"""Logarithms of the weights of classes: standard deviation and first-order autocorrelation of the hourly counts of
jobs that Sprout takes them from (Alibaba PAI, 1224 rows); mean and standard deviation of the hours between two rows."""


@dataclass(frozen=True)
class LevelTable:
    """Figures by class and level. D classes, L levels.

    Parameters
    ----------
    classes, levels : tuple of str [D], [L]
        Names.
    energy_kwh, energy_sd_kwh, time_s : float array [D, L]
        Mean energy of a request, its standard deviation, and mean GPU time.
    preference : float array [D, L]
        Share of judged prompts whose best answer has the level.
    """

    classes: tuple[str, ...]
    levels: tuple[str, ...]
    energy_kwh: FloatArray
    energy_sd_kwh: FloatArray
    time_s: FloatArray
    preference: FloatArray

    def fields(self) -> dict[str, Any]:
        """Return what an instance holds of it."""
        return {"classes": self.classes, "levels": self.levels, "energy_kwh": self.energy_kwh, "time_s": self.time_s,
                "preference": self.preference, "embodied_g_per_s": EMBODIED_G_PER_S}


@cache
def sprout_levels(options: str = "directives") -> LevelTable:
    """Return the published figures of the levels to choose from, one of `OPTIONS`."""
    text = (files(__package__) / "sprout_levels.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    classes, levels = tuple(dict.fromkeys(row["class"] for row in rows)), OPTIONS[options]
    own = {(row["class"], row["level"]): row for row in rows}

    def table(column: str) -> FloatArray:
        return np.array([[float(own[name, level][column]) for level in levels] for name in classes])

    preference = table("preference")
    if options == "models":
        preference[:, 0] = 1.0 - preference[:, 1]
    return LevelTable(classes, levels, table("energy_kwh"), table("energy_sd_kwh"), table("time_s"), preference)
