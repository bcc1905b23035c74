"""Carbon Aware SDK JSON: a list of Location, Time, Rating and Duration, in g/kWh, of unstated meaning."""

import json
import re
from typing import Any

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.instances.carbon.readers.json_rows import JsonRows
from ecoopt.instances.carbon.readers.readings import Readings, index_zones
from ecoopt.instances.carbon.side_car import SideCar
from ecoopt.instances.carbon.stamps import iso_column
from ecoopt.instances.carbon.trace import CarbonTrace
from ecoopt.instances.carbon.units import to_g_per_kwh

_DURATION = re.compile(r"(?:(\d{1,4})\.)?(\d{2}):(\d{2}):(\d{2})", re.ASCII)


def is_sdk(content: Any) -> bool:
    """Tell the format by its keys."""
    return isinstance(content, dict) and isinstance(content.get("Emissions"), list)


def read_sdk(content: dict[str, Any], source: str, side_car: SideCar | None) -> Readings:
    """Read the SDK's data file; the side-car says whether its ratings are average or marginal, direct or life-cycle.

    The SDK fills its own range filter right-closed; each entry still begins at its ``Time``.
    """
    if side_car is None:
        raise InputError.one(source, "header", "the file does not say what its ratings mean",
                             "pass header= with unit, kind, scope, basis, step_s, source and licence")
    rows = JsonRows(content["Emissions"], source, "Emissions")
    zones = [zone.strip() for zone in rows.texts("Location")]
    blank = np.array([not zone or len(zone) > 200 for zone in zones])
    rows.complaints.rows(blank, rows.row, "Location", lambda k: "is not the name of a zone", "name the zone")
    time_s = rows.times("Time")
    values = rows.numbers("Rating")
    durations = rows.texts("Duration")
    length_s = {text: _seconds(text) for text in set(durations)}
    wrong = np.array([length_s[text] != side_car.step_s for text in durations])
    rows.complaints.rows(wrong, rows.row, "Duration",
                         lambda k: f"{durations[k][:40]!r} is not the header's step of {side_car.step_s} s",
                         "write it as hh:mm:ss or correct step_s")
    rows.complaints.refuse()
    names, zone_of = index_zones(zones)
    return Readings(source, names, time_s, rows.row,
                    {"value": (side_car.meaning("actual"), to_g_per_kwh(values, side_car.unit))}, side_car.source,
                    side_car.licence, zone_of=zone_of, row_label="Emissions[{}]", step_s=side_car.step_s)


def write_sdk(trace: CarbonTrace) -> bytes:
    """Return a trace as the SDK's data file; its meaning, source and estimated steps are not part of the layout."""
    hours, rest = divmod(trace.step_s, 3600)
    days, hours = divmod(hours, 24)
    duration = f"{f'{days}.' if days else ''}{hours:02}:{rest // 60:02}:{rest % 60:02}"
    stamps = [stamp[:-1] + "+00:00" for stamp in iso_column(trace.times.astype(np.int64))]
    return json.dumps({"Emissions": [
        {"Location": trace.zone, "Time": stamp, "Rating": value, "Duration": duration}
        for stamp, value in zip(stamps, trace.intensity_g_per_kwh.tolist(), strict=True)
    ]}).encode()


def _seconds(text: str) -> int:
    """Return a .NET time span in seconds, 0 when it is none."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return 0
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
