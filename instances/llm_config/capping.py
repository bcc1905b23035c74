"""Capping: how a power cap on A100 stretches time and cuts energy, as published, between lengths interpolated."""

import csv
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np

from ecoopt.core.errors import InputError

UNCAPPED_W = 250.0
"""Cap of an A100 in all published runs without a cap of their own."""


class CapFactors(NamedTuple):
    """What a cap does, relative to the default.

    Parameters
    ----------
    time, energy : float
        Of a run.
    """

    time: float
    energy: float

    @property
    def power(self) -> float:
        """Of the GPUs, while they run."""
        return self.energy / self.time


def cap_factors(cap_w: float, length_tokens: float | None = None) -> CapFactors:
    """Return what a cap on A100 does, relative to 250 W (table III of Samsi et al., HPEC'23).

    Parameters
    ----------
    cap_w : float
        250, 175 or 150.
    length_tokens : float, optional
        Tokens generated; between 256, 512 and 1024 factors are interpolated, beyond them they are those of the nearest.
        By default the means over the three lengths.

    Raises
    ------
    InputError
        For a cap that was not measured.
    """
    if cap_w == UNCAPPED_W:
        return CapFactors(1.0, 1.0)
    table = _table()
    if cap_w not in table:
        raise InputError.one("power caps", "cap_w", f"{cap_w:g} W was not measured",
                             f"use one of {', '.join(f'{cap:g}' for cap in measured_caps_w())}")
    lengths, time, energy = table[cap_w]
    if length_tokens is None:
        return CapFactors(float(time.mean()), float(energy.mean()))
    return CapFactors(float(np.interp(length_tokens, lengths, time)), float(np.interp(length_tokens, lengths, energy)))


def measured_caps_w() -> tuple[float, ...]:
    """Return the caps there are figures for, the default first."""
    return (UNCAPPED_W, *sorted(_table(), reverse=True))


@cache
def _table() -> dict[float, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return lengths, time and energy ratios of each cap."""
    text = resources.files(__package__).joinpath("published_caps.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    columns = ("length_tokens", "time_ratio", "energy_ratio")
    found = {}
    for cap in sorted({float(row["cap_w"]) for row in rows}):
        own = [row for row in rows if float(row["cap_w"]) == cap]
        lengths, time, energy = (np.array([float(row[column]) for row in own]) for column in columns)
        found[cap] = (lengths, time, energy)
    return found
