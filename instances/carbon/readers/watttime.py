"""WattTime version 3 JSON: marginal or average emission rates in pounds of CO2 per megawatt-hour."""

import json
from typing import Any

import numpy as np

from ecoopt.core.errors import InputError, Problem
from ecoopt.instances.carbon.readers.json_rows import JsonRows
from ecoopt.instances.carbon.readers.readings import Meaning, Readings
from ecoopt.instances.carbon.stamps import epoch_s, iso, iso_column
from ecoopt.instances.carbon.trace import CarbonTrace, Series
from ecoopt.instances.carbon.units import from_g_per_kwh, to_g_per_kwh

LICENCE = "WattTime terms of service"
_UNIT = "lbs_co2_per_mwh"
# WattTime counts the CO2 of the plants themselves: of the marginal ones, or of all in the region.
_SIGNALS = {
    "co2_moer": Meaning("marginal", "direct", "production", "CO2"),
    "co2_aoer": Meaning("average", "direct", "production", "CO2"),
}
_PERIOD_KEYS = ("data_point_period_seconds", "data_point_periods_second")


def is_watttime(content: Any) -> bool:
    """Tell the format by its keys."""
    return isinstance(content, dict) and isinstance(content.get("meta"), dict) and "signal_type" in content["meta"]


def read_watttime(content: dict[str, Any], source: str) -> Readings:
    """Read ``/v3/historical`` and ``/v3/forecast``; a ``generated_at`` in the meta makes it a forecast."""
    meta = content["meta"]
    signal, unit, region = meta.get("signal_type"), meta.get("units"), meta.get("region")
    problems = []
    if not isinstance(signal, str) or signal not in _SIGNALS:
        problems.append(Problem("meta.signal_type", f"{str(signal)[:40]} is no carbon intensity",
                                f"fetch {' or '.join(_SIGNALS)}"))
    if unit != _UNIT:
        problems.append(Problem("meta.units", f"{str(unit)[:40]} is not what this signal has", f"it should be {_UNIT}"))
    if not isinstance(region, str) or not region.strip():
        problems.append(Problem("meta.region", "is not a name", "name the region"))
    periods = [meta[key] for key in _PERIOD_KEYS if meta.get(key) is not None]
    if any(isinstance(period, bool) or not isinstance(period, int) or not 1 <= period <= 366 * 86400
           for period in periods) or len(set(map(str, periods))) > 1:
        problems.append(Problem(f"meta.{_PERIOD_KEYS[0]}", "is not a number of seconds", "give 300"))
    issued = meta.get("generated_at")
    if issued is not None:
        try:
            issued = iso(epoch_s(issued))
        except InputError as error:
            problems.append(Problem("meta.generated_at", error.problems[0].message, error.problems[0].mend))
    if problems:
        raise InputError(source, problems)
    rows = JsonRows(content.get("data"), source, "data")
    time_s = rows.times("point_time")
    values = rows.numbers("value")
    estimated = rows.flags("imputed_data_used")
    rows.complaints.refuse()
    series: Series = "forecast" if issued is not None else "actual"
    meaning = _SIGNALS[str(signal)]._replace(series=series)
    return Readings(source, [str(region).strip()], time_s, rows.row,
                    {str(signal): (meaning, to_g_per_kwh(values, _UNIT))}, "WattTime API v3", LICENCE,
                    row_label="data[{}]", estimated=estimated, step_s=periods[0] if periods else None,
                    issued_at=issued)


def write_watttime(trace: CarbonTrace) -> bytes:
    """Return a trace as version 3 JSON in lb/MWh, which holds each value to one part in 1e15.

    Raises
    ------
    InputError
        When the layout cannot hold what the trace is.
    """
    names = [name for name, meaning in _SIGNALS.items() if meaning._replace(series=trace.series)
             == Meaning(trace.kind, trace.scope, trace.basis, trace.gases, trace.series)]
    if not names or (trace.series == "forecast") != (trace.issued_at is not None):
        raise InputError.one(f"carbon trace {trace.zone}", "kind",
                             f"{trace.kind} {trace.scope} {trace.gases} of {trace.basis} is no WattTime signal",
                             "write it as plain")
    pounds = from_g_per_kwh(trace.intensity_g_per_kwh, _UNIT).tolist()
    stamps = [stamp[:-1] + "+00:00" for stamp in iso_column(trace.times.astype(np.int64))]
    entries: list[dict[str, Any]] = [{"point_time": stamp, "value": value}
                                     for stamp, value in zip(stamps, pounds, strict=True)]
    if trace.estimated is not None:
        for entry, flag in zip(entries, trace.estimated.tolist(), strict=True):
            entry["imputed_data_used"] = flag
    meta: dict[str, Any] = {"data_point_period_seconds": trace.step_s, "region": trace.zone, "signal_type": names[0],
                            "units": _UNIT}
    if trace.issued_at is not None:
        meta["generated_at"] = trace.issued_at
    return json.dumps({"data": entries, "meta": meta}).encode()
