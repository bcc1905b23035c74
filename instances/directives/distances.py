"""Distances: round trips between the zones of the generator, from the places of their largest cities."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from ecoopt.core.arrays import FloatArray

PLACES: Final = {
    "AU-NSW": (-33.9, 151.2), "AU-VIC": (-37.8, 145.0), "BR-SP": (-23.6, -46.6), "CA-ON": (43.7, -79.4),
    "CL-SIC": (-33.4, -70.7), "DE-LU": (52.5, 13.4), "GB": (51.5, -0.1), "IN-WE": (19.1, 72.9),
    "JP-TK": (35.7, 139.7), "KR": (37.6, 127.0), "SG": (1.4, 103.8), "US-CAL-CISO": (34.1, -118.2),
    "US-MIDA-PJM": (40.0, -75.2), "US-NY-NYIS": (40.7, -74.0), "US-TEX-ERCO": (29.8, -95.4), "ZA": (-26.2, 28.0)}
"""Latitude and longitude of each zone's largest city, in degrees."""

_EARTH_KM = 6371.0
_KM_PER_MS = 200.0
_DETOUR, _LAST_MILE_MS = 1.5, 5.0


def round_trips_ms(zones: Sequence[str]) -> FloatArray:
    """Return round trips in ms, float array [R, R]: light in fibre on a way half as long again, and 5 ms to the user.

    An assumption: measured round trips between data centres are of this size.
    """
    latitude, longitude = np.radians(np.array([PLACES[zone] for zone in zones])).T
    apart = (np.sin((latitude[:, None] - latitude) / 2) ** 2
             + np.cos(latitude[:, None]) * np.cos(latitude) * np.sin((longitude[:, None] - longitude) / 2) ** 2)
    km = 2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(apart, 0.0, 1.0)))
    return np.asarray(np.round(2 * _DETOUR * km / _KM_PER_MS + _LAST_MILE_MS, 3), dtype=np.float64)
