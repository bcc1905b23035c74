"""Plain CSV: time and value, explained by a side-car header; also one column for each zone."""

import csv
from io import StringIO

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.instances.carbon.readers.csv_table import CsvTable, fold
from ecoopt.instances.carbon.readers.readings import Meaning, Readings
from ecoopt.instances.carbon.side_car import SideCar
from ecoopt.instances.carbon.stamps import iso_column
from ecoopt.instances.carbon.trace import CarbonTrace
from ecoopt.instances.carbon.units import to_g_per_kwh

_KNOWN = {"time", "value", "forecast", "estimated"}


def is_plain(header: list[str]) -> bool:
    """Tell ``time,value[,forecast][,estimated]`` by the folded header."""
    return header[:1] == ["time"] and bool({"value", "forecast"} & set(header)) and set(header) <= _KNOWN


def is_wide(header: list[str]) -> bool:
    """Tell a time column and a column for each zone by the folded header; the zones are in the side-car."""
    other = set(header) & {"value", "forecast", "estimated"}
    return header[:1] in (["time"], ["datetime_utc"]) and len(header) > 1 and not other


def read_plain(table: CsvTable, side_car: SideCar | None) -> Readings:
    """Read one zone: ``value`` and ``forecast`` are two signals, blank where there is no value."""
    header = _require(table, side_car)
    if header.zone is None:
        raise InputError.one(table.source, "header", "names no zone for the column value", "add zone to the side-car")
    present = [name for name in ("value", "forecast") if name in table.header]
    flagged = ["estimated"] if "estimated" in table.header else []
    cells = table.columns(["time", *present, *flagged])
    time_s = table.times(cells["time"], "time", naive_is_utc=False)
    columns = {name: to_g_per_kwh(table.numbers(cells[name], name), header.unit) for name in present}
    estimated = table.flags(cells["estimated"], "estimated") if flagged else None
    table.complaints.refuse()
    signals: dict[str, tuple[Meaning, FloatArray]] = {
        name: (header.meaning("forecast" if name == "forecast" else "actual"), values)
        for name, values in columns.items()}
    return Readings(table.source, [header.zone], time_s, table.row, signals, header.source,
                    header.licence, estimated=estimated, step_s=header.step_s, issued_at=header.issued_at)


def read_wide(table: CsvTable, side_car: SideCar | None, zone: str | None) -> Readings:
    """Read a column for each zone of the side-car, or for `zone` alone."""
    header = _require(table, side_car)
    folded = {fold(name): name for name in header.zones or []}
    if set(table.header[1:]) != set(folded):
        odd = sorted(set(table.header[1:]) ^ set(folded))
        raise InputError.one(table.source, "header",
                             f"columns and the side-car's zones differ in {', '.join(odd)[:200]}",
                             "list every zone column under zones")
    if zone is not None and zone in folded.values():
        folded = {fold(zone): zone}
    when = table.header[0]
    cells = table.columns([when, *folded])
    time_s = table.times(cells[when], when, naive_is_utc=False)
    values: list[FloatArray] = [to_g_per_kwh(table.numbers(cells[name], name), header.unit) for name in folded]
    table.complaints.refuse()
    return Readings(table.source, list(folded.values()), np.tile(time_s, len(values)), np.tile(table.row, len(values)),
                    {"value": (header.meaning("actual"), np.concatenate(values))}, header.source, header.licence,
                    zone_of=np.repeat(np.arange(len(values)), len(time_s)), step_s=header.step_s)


def write_plain(trace: CarbonTrace) -> tuple[bytes, bytes]:
    """Return a trace as plain CSV and as the JSON of its side-car."""
    name = "forecast" if trace.series == "forecast" else "value"
    columns = [iso_column(trace.times.astype(np.int64)), [repr(float(value)) for value in trace.intensity_g_per_kwh]]
    header = ["time", name]
    if trace.estimated is not None:
        header.append("estimated")
        columns.append(["true" if flag else "false" for flag in trace.estimated])
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(zip(*columns, strict=True))
    side_car = SideCar(zone=trace.zone, unit="g/kWh", kind=trace.kind, scope=trace.scope, basis=trace.basis,
                       gases=trace.gases, step_s=trace.step_s, source=trace.source, licence=trace.licence,
                       issued_at=trace.issued_at)
    return text.getvalue().encode(), side_car.model_dump_json(indent=1, exclude_none=True).encode()


def _require(table: CsvTable, side_car: SideCar | None) -> SideCar:
    """Return the side-car, or refuse a file without one."""
    if side_car is None:
        raise InputError.one(table.source, "header", "a plain file does not say what its values mean",
                             "put its JSON side-car beside it or pass header=")
    return side_car
