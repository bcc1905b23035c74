"""NESO (National Grid ESO) carbon intensity of Great Britain: site CSV, API JSON and historic generation mix."""

from typing import Any

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon.readers.csv_table import CsvTable
from ecoopt.instances.carbon.readers.json_rows import JsonRows
from ecoopt.instances.carbon.readers.readings import Meaning, Readings
from ecoopt.instances.carbon.trace import Series

ZONE = "GB"
_ACTUAL_COLUMN = "actual carbon intensity (gco2/kwh)"
_FORECAST_COLUMN = "forecast carbon intensity (gco2/kwh)"
# The SC'23 HPC artifact renames the first value column of the site's file.
_RENAMED_COLUMNS = ("datetime", "carbon_intensity_production_avg")
_MIX_COLUMNS = {"datetime", "gas", "coal", "imports", "generation", "carbon_intensity"}


def _meaning(series: Series) -> Meaning:
    """Return what NESO's numbers are: direct CO2 of what is generated and imported."""
    return Meaning("average", "direct", "consumption", "CO2", series)


def is_site(header: list[str]) -> bool:
    """Tell the site's CSV, or its renamed copy, by the folded header."""
    names = set(header)
    plain = "datetime (utc)" in names and bool(names & {_ACTUAL_COLUMN, _FORECAST_COLUMN})
    return plain or (set(_RENAMED_COLUMNS) | {_FORECAST_COLUMN}) <= names


def is_mix(header: list[str]) -> bool:
    """Tell the data portal's generation mix by the folded header."""
    return set(header) >= _MIX_COLUMNS


def is_api(content: Any) -> bool:
    """Tell the API's JSON by its keys."""
    entries = content.get("data") if isinstance(content, dict) else None
    return isinstance(entries, list) and any(isinstance(entry, dict) and {"from", "to"} <= entry.keys()
                                             for entry in entries)


def read_site(table: CsvTable) -> Readings:
    """Read the site's CSV: actual and forecast are two signals; rows after the last actual are no gap."""
    renamed = "datetime (utc)" not in table.header
    when, actual = _RENAMED_COLUMNS if renamed else ("datetime (utc)", _ACTUAL_COLUMN)
    present = [name for name in (actual, _FORECAST_COLUMN) if name in table.header]
    cells = table.columns([when, *present])
    time_s = table.times(cells[when], when, naive_is_utc=True)
    columns = {name: table.numbers(cells[name], name) for name in present}
    table.complaints.refuse()
    return _readings(table, time_s, columns.get(actual), columns.get(_FORECAST_COLUMN), "NESO Carbon Intensity, CSV")


def read_mix(table: CsvTable) -> Readings:
    """Read ``CARBON_INTENSITY`` of the historic generation mix; stamps are UTC with or without offset."""
    cells = table.columns(["datetime", "carbon_intensity"])
    time_s = table.times(cells["datetime"], "DATETIME", naive_is_utc=True)
    values = table.numbers(cells["carbon_intensity"], "CARBON_INTENSITY")
    table.complaints.refuse()
    return Readings(table.source, [ZONE], time_s, table.row, {"actual": (_meaning("actual"), values)},
                    "NESO historic generation mix", "NESO Open Data Licence")


def read_api(content: dict[str, Any], source: str) -> Readings:
    """Read the API's list of half-hours: ``from``, ``to`` and ``intensity`` with ``forecast`` and ``actual``."""
    rows = JsonRows(content["data"], source, "data")
    nested = rows.cells("intensity")
    lacking = np.array([not isinstance(cell, dict) for cell in nested])
    rows.complaints.rows(lacking, rows.row, "intensity", lambda k: "is not an object", "give forecast and actual")
    begin, end = rows.times("from"), rows.times("to")
    actual, forecast = rows.numbers("actual", "intensity"), rows.numbers("forecast", "intensity")
    rows.complaints.refuse()
    lengths, counts = np.unique(end - begin, return_counts=True)
    step_s = int(lengths[np.argmax(counts)])
    rows.complaints.rows(end - begin != step_s, rows.row, "to", lambda k: f"is {end[k] - begin[k]} s after from",
                         f"most are {step_s} s")
    rows.complaints.refuse()
    if not 1 <= step_s <= 366 * 86400:
        raise InputError.one(source, "data[0].to", "is not after from", "correct it")
    return _readings(rows, begin, actual, forecast, "NESO Carbon Intensity API", source, step_s)


def _readings(rows: CsvTable | JsonRows, time_s: Any, actual: Any, forecast: Any, origin: str,
              source: str | None = None, step_s: int | None = None) -> Readings:
    """Return both series of one file."""
    signals = {}
    if actual is not None:
        signals["actual"] = (_meaning("actual"), actual)
    if forecast is not None:
        signals["forecast"] = (_meaning("forecast"), forecast)
    ahead = None if actual is None or forecast is None else np.isnan(actual) & ~np.isnan(forecast)
    return Readings(source or rows.complaints.source, [ZONE], time_s, rows.row, signals, origin,
                    "CC BY 4.0, National Energy System Operator", row_label=rows.complaints.row_label, step_s=step_s,
                    maybe_future=ahead)
