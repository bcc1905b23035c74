"""Electricity Maps CSV exports: research dumps to 2022, portal files of 2023-24, portal files since 2025."""

import csv
from io import StringIO

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.instances.carbon.readers.csv_table import CsvTable, fold
from ecoopt.instances.carbon.readers.readings import Meaning, Readings, index_zones
from ecoopt.instances.carbon.stamps import iso_column
from ecoopt.instances.carbon.trace import CarbonTrace

LICENCE = "Electricity Maps, Open Database Licence (ODbL) 1.0, attribution required"
_ORIGIN = "Electricity Maps"

_LIFECYCLE = Meaning("average", "lifecycle", "consumption", "CO2e")
_DIRECT = Meaning("average", "direct", "consumption", "CO2e")
_PRODUCTION = Meaning("average", "lifecycle", "production", "CO2e")

_DUMP_SIGNALS = {
    "carbon_intensity_avg": ("lifecycle", _LIFECYCLE),
    "carbon_intensity_direct_avg": ("direct", _DIRECT),
    "carbon_intensity_production_avg": ("production", _PRODUCTION),
}
_DIRECT_COLUMN = fold("Carbon intensity gCO₂eq/kWh (direct)")
_LCA_COLUMN = fold("Carbon intensity gCO₂eq/kWh (LCA)")
_LIFE_CYCLE_COLUMN = fold("Carbon intensity gCO₂eq/kWh (Life cycle)")
_PORTAL_SIGNALS = {
    _DIRECT_COLUMN: ("direct", _DIRECT),
    _LCA_COLUMN: ("lifecycle", _LIFECYCLE),
    _LIFE_CYCLE_COLUMN: ("lifecycle", _LIFECYCLE),
}
_WRITTEN_HEADER = (
    "Datetime (UTC)", "Country", "Zone name", "Zone id", "Carbon intensity gCO₂eq/kWh (direct)",
    "Carbon intensity gCO₂eq/kWh (Life cycle)", "Carbon-free energy percentage (CFE%)",
    "Renewable energy percentage (RE%)", "Data source", "Data estimated", "Data estimation method",
)


def is_dump(header: list[str]) -> bool:
    """Tell generation 1 by its folded header."""
    return {"datetime", "zone_name"} <= set(header) and bool(set(header) & set(_DUMP_SIGNALS))


def is_portal(header: list[str]) -> bool:
    """Tell generation 2 or 3 by its folded header."""
    return {"datetime (utc)", "zone id"} <= set(header) and bool(set(header) & set(_PORTAL_SIGNALS))


def read_dump(table: CsvTable) -> Readings:
    """Read generation 1: stamps with offset in ``datetime``, checked against the Unix time where there is one.

    ``carbon_intensity_avg`` counts life-cycle emissions of consumption, ``_direct_avg`` direct ones,
    ``_production_avg`` those of generation within the zone.
    """
    signals = [name for name in _DUMP_SIGNALS if name in table.header]
    clock = ["timestamp"] if "timestamp" in table.header else []
    source_column = ["production_sources"] if "production_sources" in table.header else []
    cells = table.columns(["datetime", "zone_name", *signals, *clock, *source_column])
    time_s = table.times(cells["datetime"], "datetime", naive_is_utc=False)
    if clock:
        unix = table.numbers(cells["timestamp"], "timestamp")
        differs = ~np.isnan(unix) & np.isfinite(unix) & (unix != time_s) & (time_s != 0)
        table.complaints.rows(differs, table.row, "timestamp",
                              lambda k: f"{cells['timestamp'][k][:40]} is not the time in datetime", "correct either")
    values = {_DUMP_SIGNALS[name][0]: (_DUMP_SIGNALS[name][1], table.numbers(cells[name], name)) for name in signals}
    zones, zone_of = _zones(table, cells["zone_name"], "zone_name")
    table.complaints.refuse()
    return Readings(table.source, zones, time_s, table.row, values, _origin(cells.get("production_sources", [])),
                    LICENCE, zone_of=zone_of)


def read_portal(table: CsvTable) -> Readings:
    """Read generation 2 and 3: stamps without offset, in UTC by their header; direct and life-cycle columns."""
    if {_LCA_COLUMN, _LIFE_CYCLE_COLUMN} <= set(table.header):
        raise InputError.one(table.source, "header", "has both an LCA and a Life cycle column", "keep one")
    signals = [name for name in _PORTAL_SIGNALS if name in table.header]
    optional = [name for name in ("data source", "data estimated") if name in table.header]
    cells = table.columns(["datetime (utc)", "zone id", *signals, *optional])
    time_s = table.times(cells["datetime (utc)"], "Datetime (UTC)", naive_is_utc=True)
    values = {_PORTAL_SIGNALS[name][0]: (_PORTAL_SIGNALS[name][1], table.numbers(cells[name], name))
              for name in signals}
    estimated = table.flags(cells["data estimated"], "Data estimated") if "data estimated" in cells else None
    zones, zone_of = _zones(table, cells["zone id"], "Zone id")
    table.complaints.refuse()
    return Readings(table.source, zones, time_s, table.row, values, _origin(cells.get("data source", [])), LICENCE,
                    zone_of=zone_of, estimated=estimated)


def write_portal(trace: CarbonTrace) -> bytes:
    """Return a trace in the layout of generation 3; the other scope's column stays blank.

    Raises
    ------
    InputError
        When the layout cannot hold what the trace is.
    """
    fits = {"kind": "average", "basis": "consumption", "gases": "CO2e", "series": "actual"}
    problems = [Problem(name, f"{getattr(trace, name)} cannot be told in an Electricity Maps file", "write it as plain")
                for name, wanted in fits.items() if getattr(trace, name) != wanted]
    if problems:
        raise InputError(f"carbon trace {trace.zone}", problems)
    origin = trace.source.removeprefix(_ORIGIN).removeprefix(": ")
    numbers = [repr(float(value)) for value in trace.intensity_g_per_kwh]
    flags = [""] * trace.n if trace.estimated is None else ["true" if flag else "false" for flag in trace.estimated]
    stamps = [stamp[:-1].replace("T", " ") for stamp in iso_column(trace.times.astype(np.int64))]
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_WRITTEN_HEADER)
    direct = trace.scope == "direct"
    writer.writerows((stamp, "", trace.zone, trace.zone, number if direct else "", "" if direct else number, "", "",
                      origin, flag, "") for stamp, number, flag in zip(stamps, numbers, flags, strict=True))
    return text.getvalue().encode()


def _zones(table: CsvTable, cells: list[str], column: str) -> tuple[list[str], IntArray | None]:
    """Return the zones and each row's place among them, without surrounding spaces; blank ones are noted."""
    zones = [cell.strip() for cell in cells]
    blank = np.array([not zone or len(zone) > 200 for zone in zones])
    table.complaints.rows(blank, table.row, column, lambda k: "is blank or longer than 200 characters", "name the zone")
    return index_zones(zones)


def _origin(cells: list[str]) -> str:
    """Return the data sources that the rows name, each once, in alphabetical order."""
    named = sorted({part.strip() for cell in set(cells) for part in cell.split(";")} - {""})
    return f"{_ORIGIN}: {'; '.join(named)}" if named else _ORIGIN
