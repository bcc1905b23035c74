"""Zones: the figures of sixteen real grids that the generator reproduces."""

from functools import cache
from importlib.resources import files

from pydantic import Field

from ecoopt.core.arrays import NonNegativeMatrix, NonNegativeVector
from ecoopt.core.errors import InputError
from ecoopt.core.record import Record
from ecoopt.core.strict_json import parse_json


class ZoneFigures(Record):
    """Statistics of one zone's hourly life-cycle intensity over 2021-2024, UTC.

    Parameters
    ----------
    mean_g_per_kwh, sd_g_per_kwh : float
        Mean and standard deviation over all hours.
    daily_range_rel : float
        Mean over days of (highest - lowest hour) / mean of the day.
    daily_mean_ar1 : float
        Autocorrelation of daily means at one day.
    direct_mean_g_per_kwh : float
        Mean of the direct intensity.
    floor_g_per_kwh : float
        Lowest hour; generated values are not below it.
    year_factor : float array [4]
        Mean of 2021 to 2024 relative to the mean.
    month_factor : float array [12]
        Mean of each month relative to its year.
    weekday_weekend_factor : float array [2]
        Mean of Monday to Friday, and of the weekend, relative to the mean.
    hour_profile_by_month : float array [12, 24]
        Mean of each hour of the day relative to its month.
    day_phi, day_sd_g_per_kwh : float
        AR(1) residual of days: coefficient from day to day and standard deviation.
    hour_phi, hour_sd_g_per_kwh : float
        AR(1) residual of hours about the days.
    """

    mean_g_per_kwh: float
    sd_g_per_kwh: float
    daily_range_rel: float
    daily_mean_ar1: float
    direct_mean_g_per_kwh: float
    floor_g_per_kwh: float
    year_factor: NonNegativeVector
    month_factor: NonNegativeVector
    weekday_weekend_factor: NonNegativeVector
    hour_profile_by_month: NonNegativeMatrix
    day_phi: float = Field(ge=0, lt=1)
    day_sd_g_per_kwh: float = Field(ge=0)
    hour_phi: float = Field(ge=0, lt=1)
    hour_sd_g_per_kwh: float = Field(ge=0)


@cache
def _table() -> tuple[str, int, dict[str, ZoneFigures]]:
    """Return the source, the first year and the figures of every zone."""
    name = "zones.json"
    content = parse_json(files(__package__).joinpath(name).read_bytes(), name)
    zones = {zone: ZoneFigures.from_content(figures, f"{name}: {zone}") for zone, figures in content["zones"].items()}
    return content["source"], content["first_year"], zones


def zone_names() -> tuple[str, ...]:
    """Return the names of the zones with figures, in alphabetical order."""
    return tuple(sorted(_table()[2]))


def zone_figures(zone: str) -> ZoneFigures:
    """Return the figures of a zone.

    Raises
    ------
    InputError
        When there are none for it.
    """
    table = _table()[2]
    if zone not in table:
        raise InputError.one("", "zone", f"{str(zone)[:40]!r} has no figures",
                             f"choose one of {', '.join(sorted(table))}")
    return table[zone]


def figures_source() -> str:
    """Return where the figures come from and under which licence."""
    return _table()[0]


def first_year() -> int:
    """Return the year of the first entry of ``year_factor``."""
    return _table()[1]
