"""Reading: any known carbon-intensity file, told by its header, refused when that is ambiguous."""

import os
from collections.abc import Callable
from typing import Any

from ecoopt.core.compression import decompress, too_large
from ecoopt.core.errors import InputError
from ecoopt.core.files import read_bytes
from ecoopt.core.strict_json import parse_json
from ecoopt.instances.carbon.gaps import GapPolicy
from ecoopt.instances.carbon.readers import (
    carbon_aware_sdk,
    electricity_maps_api,
    electricity_maps_csv,
    neso,
    own,
    plain,
    watttime,
)
from ecoopt.instances.carbon.readers.csv_table import CsvTable
from ecoopt.instances.carbon.readers.readings import Readings
from ecoopt.instances.carbon.side_car import SideCar, SideCarLike, load_side_car, side_car_path
from ecoopt.instances.carbon.trace import CarbonTrace

DEFAULT_LIMIT_BYTES = 256 * 2**20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

CSV_LAYOUTS: dict[str, Callable[[list[str]], bool]] = {
    "Electricity Maps research dump": electricity_maps_csv.is_dump,
    "Electricity Maps portal CSV": electricity_maps_csv.is_portal,
    "NESO site CSV": neso.is_site,
    "NESO historic generation mix": neso.is_mix,
    "plain CSV": plain.is_plain,
    "plain CSV with zone columns": plain.is_wide,
}
JSON_LAYOUTS: dict[str, Callable[[Any], bool]] = {
    "ecoopt carbon trace": own.is_own,
    "Electricity Maps API": electricity_maps_api.is_api,
    "WattTime v3": watttime.is_watttime,
    "NESO API": neso.is_api,
    "Carbon Aware SDK": carbon_aware_sdk.is_sdk,
}


def read_carbon(path_or_bytes: str | os.PathLike[str] | bytes, *, zone: str | None = None, signal: str | None = None,
                gap_policy: GapPolicy = "raise", header: SideCarLike | None = None,
                limit_bytes: int = DEFAULT_LIMIT_BYTES) -> CarbonTrace:
    """Read the trace of one zone from a file in any of the known formats.

    Parameters
    ----------
    path_or_bytes : path or bytes
        The file or its content, plain or compressed with gzip, xz or zstd.
    zone : str, optional
        Zone to read; needed when the file has several.
    signal : str, optional
        Series to read; needed when the file has several: ``lifecycle``, ``direct``, ``production``, ``actual``,
        ``forecast``, ``value``.
    gap_policy : str
        What to do with missing steps: ``raise``, ``hold``, ``linear``, ``same-hour-last-week``.
    header : path, bytes, dict or SideCar, optional
        The side-car of a plain or Carbon Aware SDK file; a plain file's is looked for beside it.
    limit_bytes : int
        Size beyond which the (decompressed) content is refused.

    Raises
    ------
    GapError
        When steps are missing and `gap_policy` leaves them.
    InputError
        With every problem found, 20 of them written out.
    """
    traces = _readings(path_or_bytes, zone, header, limit_bytes)
    zones = sorted(traces.zones)
    if zone is None and len(zones) > 1:
        shown = ", ".join(zones[:20]) + (f" and {len(zones) - 20} more" if len(zones) > 20 else "")
        raise InputError.one(traces.source_name, "zone", f"has {len(zones)} zones",
                             f"choose one of {shown}, or use read_carbon_zones")
    only = zone if zone is not None else zones[0]
    return traces.traces(zone=only, signal=signal, gap_policy=gap_policy)[only]


def read_carbon_zones(path_or_bytes: str | os.PathLike[str] | bytes, *, signal: str | None = None,
                      gap_policy: GapPolicy = "raise", header: SideCarLike | None = None,
                      limit_bytes: int = DEFAULT_LIMIT_BYTES) -> dict[str, CarbonTrace]:
    """Read the traces of all zones of a file, by zone in alphabetical order; arguments as `read_carbon`."""
    readings = _readings(path_or_bytes, None, header, limit_bytes)
    return readings.traces(zone=None, signal=signal, gap_policy=gap_policy)


def _readings(path_or_bytes: str | os.PathLike[str] | bytes, zone: str | None, header: SideCarLike | None,
              limit_bytes: int) -> Readings | own.OwnTrace:
    """Return the rows of a file, whatever its format."""
    source = "<bytes>" if isinstance(path_or_bytes, bytes) else str(path_or_bytes)
    raw = _content(path_or_bytes, source, limit_bytes)
    side_car = None if header is None else load_side_car(header)
    if raw.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] in (b"{", b"["):
        return _from_json(parse_json(raw, source), source, side_car)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError.one(source, f"byte {error.start}", "is not UTF-8 text", "save the file as UTF-8") from None
    table = CsvTable(text, source)
    layout = _one([name for name, fits in CSV_LAYOUTS.items() if fits(table.header)], source, list(CSV_LAYOUTS),
                  f"header {','.join(table.names)[:200]!r}")
    if layout.startswith("plain") and side_car is None and not isinstance(path_or_bytes, bytes):
        beside = side_car_path(source)
        side_car = load_side_car(beside) if beside.is_file() else None
    readers: dict[str, Callable[[], Readings]] = {
        "Electricity Maps research dump": lambda: electricity_maps_csv.read_dump(table),
        "Electricity Maps portal CSV": lambda: electricity_maps_csv.read_portal(table),
        "NESO site CSV": lambda: neso.read_site(table),
        "NESO historic generation mix": lambda: neso.read_mix(table),
        "plain CSV": lambda: plain.read_plain(table, side_car),
        "plain CSV with zone columns": lambda: plain.read_wide(table, side_car, zone),
    }
    return readers[layout]()


def _content(path_or_bytes: str | os.PathLike[str] | bytes, source: str, limit_bytes: int) -> bytes:
    """Return the decompressed content."""
    if not isinstance(path_or_bytes, bytes):
        return read_bytes(path_or_bytes, limit_bytes=limit_bytes)
    if len(path_or_bytes) > limit_bytes:
        raise too_large(source, limit_bytes)
    return decompress(path_or_bytes, source, limit_bytes)


def _from_json(content: Any, source: str, side_car: SideCar | None) -> Readings | own.OwnTrace:
    """Return the rows of a JSON file."""
    keys = ", ".join(str(key)[:40] for key in list(content)[:10]) if isinstance(content, dict) else "no object"
    layout = _one([name for name, fits in JSON_LAYOUTS.items() if fits(content)], source, list(JSON_LAYOUTS),
                  f"JSON with {keys}")
    readers: dict[str, Callable[[], Readings | own.OwnTrace]] = {
        "ecoopt carbon trace": lambda: own.read_own(content, source),
        "Electricity Maps API": lambda: electricity_maps_api.read_api(content, source),
        "WattTime v3": lambda: watttime.read_watttime(content, source),
        "NESO API": lambda: neso.read_api(content, source),
        "Carbon Aware SDK": lambda: carbon_aware_sdk.read_sdk(content, source, side_car),
    }
    return readers[layout]()


def _one(fitting: list[str], source: str, known: list[str], seen: str) -> str:
    """Return the only fitting layout, or refuse."""
    if len(fitting) > 1:
        raise InputError.one(source, "header", f"{seen} fits {' and '.join(fitting)}",
                             "remove the columns or keys that do not belong")
    if not fitting:
        raise InputError.one(source, "header", f"{seen} is no known layout", f"known are {', '.join(known)}")
    return fitting[0]
