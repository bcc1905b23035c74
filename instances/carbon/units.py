"""Units of carbon intensity: the only place where one is turned into another."""

import re
import unicodedata
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError

GRAMS_PER_POUND = 453.59237
"""The international avoirdupois pound, exact by definition (1959 agreement)."""

G_PER_KWH = MappingProxyType({
    "g/kwh": 1.0,
    "kg/mwh": 1.0,
    "t/gwh": 1.0,
    "kg/kwh": 1000.0,
    "t/mwh": 1000.0,
    "g/mwh": 1e-3,
    "g/mj": 3.6,
    "lb/mwh": GRAMS_PER_POUND / 1000.0,
    "lb/kwh": GRAMS_PER_POUND,
})
"""Grams per kilowatt-hour in one of each unit."""


def canonical_unit(unit: str) -> str:
    """Return the key of ``G_PER_KWH`` that `unit` means.

    Letter case, the gas (``gCO2eq/kWh``), plural pounds and the spelling ``_per_`` do not matter.

    Raises
    ------
    InputError
        When the unit is not known.
    """
    text = unicodedata.normalize("NFKC", unit).casefold()
    text = re.sub(r"co2(?:-?eq?)?", "", text)
    text = re.sub(r"[_\s]*per[_\s]*", "/", text)
    text = re.sub(r"[_\s.]", "", text).replace("lbs", "lb").replace("tonne", "t")
    if text not in G_PER_KWH:
        raise InputError.one("", "unit", f"{unit[:40]!r} is not a known unit of carbon intensity",
                             f"use one of {', '.join(G_PER_KWH)}")
    return text


def to_g_per_kwh(values: ArrayLike, unit: str) -> FloatArray:
    """Return `values`, given in `unit`, in g/kWh."""
    return np.asarray(values, dtype=np.float64) * G_PER_KWH[canonical_unit(unit)]


def from_g_per_kwh(values: ArrayLike, unit: str) -> FloatArray:
    """Return `values`, given in g/kWh, in `unit`."""
    return np.asarray(values, dtype=np.float64) / G_PER_KWH[canonical_unit(unit)]
