"""From public files to an instance in one call: what ``ecoopt import`` offers for this family."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.files import read_bytes
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonTrace, zone_names
from ecoopt.instances.carbon.readers.csv_table import CsvTable
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.directives.catalogue import DRIFT_LOG_SD, LICENCE, SOURCE, sprout_levels
from ecoopt.instances.directives.generate import (
    assembled,
    check_arguments,
    drifting_mix,
    generated_region,
    region_of,
)
from ecoopt.instances.directives.rules import MOST_HOURS
from ecoopt.instances.directives.schema import HOUR_S, DirectivesInstance
from ecoopt.instances.llm import read_requests

_LARGEST_BYTES = 256 * 2**20
_NO_FLEET: Final = {"fleet": False, "pue": 1.0, "idle_power_w": 0.0, "utilisation": 1.0, "ramp": None}
_PLAIN: Final = {"diurnal": 0.0, "noise": 0.0}


def import_sprout(
    carbon: Path, mix: Path, *, region: str, start_hour: int = 800, options: str = "directives",
    requests_per_hour: float = 10_000.0, class_aware: bool = False, integer: bool = False,
    tolerance: float | None = 0.1, hourly_floor: float = 0.0, loss: float | None = None,
    daily_loss: float | None = None, evaluator: bool = True, prompts: int = 1000, judge_kwh: float = 0.0,
    name: str | None = None,
) -> DirectivesInstance:
    """Read the inputs of Sprout's experiments: hourly intensities of a year by region, and the mix of classes.

    The defaults give the published setting; its 10,000 requests of an hour are sampled there, and expected here.

    Parameters
    ----------
    carbon : Path
        CSV: a row an hour with a column ``utc`` and one for each region, in g/kWh.
    mix : Path
        CSV: a row for hours ``hour_from`` to ``hour_to`` of the experiment, with the share of each class.
    region : str
        Which column of the intensities.
    start_hour : int
        Hour of the year that is the experiment's first.
    requests_per_hour : float
        The same in all hours.
    options, class_aware, integer, tolerance, hourly_floor, loss, daily_loss, evaluator, prompts, judge_kwh, name
        As for the generator.
    """
    given = dict(locals()) | _NO_FLEET | _PLAIN | {"seed": 0}
    check = Arguments("import sprout")
    check_arguments(check, given)
    check.whole("start_hour", start_hour, 0, MOST_HOURS)
    check.refuse()
    shares = _mix_table(mix, sprout_levels(options).classes)
    year = _year(carbon, region)
    hours = len(shares)
    if start_hour + hours > year.n:
        raise InputError.one(str(carbon), region, f"has {year.n} hours, the experiment needs hours {start_hour} to "
                             f"{start_hour + hours - 1}", "lower start_hour")
    start = iso(year.start_s + start_hour * HOUR_S)
    arguments: dict[str, Any] = {field: plain(value) for field, value in given.items()
                                 if not isinstance(value, Path) and field not in _NO_FLEET}
    return assembled(given | {"start_utc": start}, (region_of(region, year, start, hours),), shares[None], {
        "requests": np.full((1, hours), requests_per_hour),
        "name": name or f"sprout-{region}-h{start_hour}",
        "provenance": Provenance(source=f"{SOURCE}; intensities of {region} and classes: its inputs", licence=LICENCE,
                                 note=", ".join(f"{field}={value}" for field, value in arguments.items()))})


def import_azure_llm(
    trace: Path, *, zone: str = "US-CAL-CISO", bin_s: int = 3600, requests_per_hour: float | None = None,
    drift: float = DRIFT_LOG_SD, options: str = "directives", class_aware: bool = False, integer: bool = False,
    tolerance: float | None = None, hourly_floor: float = 0.0, loss: float | None = 0.1,
    daily_loss: float | None = None, evaluator: bool = False, prompts: int = 1000, judge_kwh: float = 0.0,
    start_utc: str = "2023-11-16T18:00:00Z", seed: int = 0, name: str | None = None,
) -> DirectivesInstance:
    """Read a trace of LLM inference (Azure's CSV of 2023 and 2024, Mooncake's JSON lines) as requests.

    Classes and carbon are the generator's. The trace of 2023 is an hour long; a bin of a minute makes 57 hours of it.

    Parameters
    ----------
    trace : Path
        Plain or compressed.
    zone : str
        Of the synthetic carbon trace.
    bin_s : int
        Seconds of the trace that stand for an hour; a last part of a bin is left out unless it is the only one.
    requests_per_hour : float, optional
        Mean to which the counts are scaled; as they are by default.
    drift, options, class_aware, integer, tolerance, hourly_floor, loss, daily_loss, evaluator, prompts, judge_kwh
        As for the generator.
    start_utc : str
        Beginning of the first hour.
    seed : int
        Of classes and carbon.
    name : str, optional
        Name of the instance.
    """
    given = dict(locals()) | _NO_FLEET | _PLAIN | {"requests_per_hour": requests_per_hour or 1.0}
    check = Arguments("import azure-llm")
    check_arguments(check, given)
    check.one_of("zone", zone, zone_names())
    check.whole("bin_s", bin_s, 1, 10**7)
    check.number("drift", drift, 0, 3)
    check.accepted("start_utc", lambda: epoch_s(start_utc))
    check.refuse()
    counts = _counts(trace, bin_s)
    if len(counts) > MOST_HOURS:
        raise InputError.one(str(trace), "TIMESTAMP", f"makes {len(counts)} hours", "give a larger bin_s")
    if requests_per_hour is not None:
        counts *= requests_per_hour / counts.mean()
    hours, rng = len(counts), np.random.default_rng(seed)
    shares = drifting_mix(rng, hours, len(sprout_levels(options).classes), drift)
    arguments: dict[str, Any] = {field: plain(value) for field, value in given.items()
                                 if not isinstance(value, Path) and field not in _NO_FLEET}
    return assembled(
        given | {"start_utc": iso(epoch_s(start_utc))}, (generated_region(zone, start_utc, hours, seed),),
        shares[None], {
            "requests": counts[None], "name": name or f"azure-llm-h{hours}-s{seed}",
            "provenance": Provenance(
                source=f"requests: Azure LLM inference trace, {trace.name}; {SOURCE}; classes and carbon: synthetic",
                licence=f"CC-BY-4.0; {LICENCE}",
                note=", ".join(f"{field}={value}" for field, value in arguments.items()))})


def _table(path: Path, wanted: tuple[str, ...]) -> tuple[CsvTable, dict[str, list[str]]]:
    """Return a CSV file and the columns wanted, all that are missing told at once."""
    source = str(path)
    try:
        table = CsvTable(read_bytes(path, limit_bytes=_LARGEST_BYTES).decode("utf-8-sig"), source)
    except UnicodeDecodeError:
        raise InputError.one(source, "", "is not UTF-8 text", "give a CSV table") from None
    missing = [name for name in wanted if name.casefold() not in table.header]
    if missing:
        raise InputError(source, [Problem(f"column {name}", "missing", f"there are {', '.join(table.names)}")
                                  for name in missing])
    cells = table.columns([name.casefold() for name in wanted])
    return table, {name: cells[name.casefold()] for name in wanted}


def _year(path: Path, region: str) -> CarbonTrace:
    """Return the hourly intensities of a region."""
    table, cells = _table(path, ("utc", region))
    time_s = table.times(cells["utc"], "utc", naive_is_utc=True)
    intensity = table.numbers(cells[region], region)
    table.complaints.refuse()
    if np.isnan(intensity).any() or (np.diff(time_s) != HOUR_S).any():
        raise InputError.one(str(path), "utc", "does not go on hour by hour with a value in each", "fill the gaps")
    trace: CarbonTrace = CarbonTrace.from_content({
        "zone": region, "start_utc": iso(int(time_s[0])), "step_s": HOUR_S, "intensity_g_per_kwh": intensity,
        "scope": "direct", "source": "Sprout's artifact (Electricity Maps, 2023)"}, str(path))
    return trace


def _mix_table(path: Path, classes: tuple[str, ...]) -> FloatArray:
    """Return shares of classes by hour, float array [T, D], each row made to add up to 1."""
    table, cells = _table(path, ("hour_from", "hour_to", *classes))
    numbers = {name: table.numbers(cells[name], name) for name in cells}
    table.complaints.refuse()
    first, last = numbers["hour_from"], numbers["hour_to"]
    weight = np.array([numbers[name] for name in classes]).T
    if (not np.isfinite([first, last]).all() or first[0] != 0 or (first[1:] != last[:-1] + 1).any()
            or (first > last).any() or last[-1] >= MOST_HOURS):
        raise InputError.one(str(path), "hour_from", "does not begin at 0 and go on where the row before ends",
                             "give rows in order, without gaps")
    if not np.isfinite(weight).all() or (weight.sum(axis=1) <= 0).any():
        raise InputError.one(str(path), "", "has a row without shares", "give every class a number >= 0, some above 0")
    hours = (last - first + 1).astype(np.int64)
    return np.asarray(np.repeat(weight / weight.sum(axis=1, keepdims=True), hours, axis=0), dtype=np.float64)


def _counts(path: Path, bin_s: int) -> FloatArray:
    """Return requests by bin of a trace."""
    since_s = read_requests(path).arrival_s
    bins = max(int(since_s[-1] // bin_s), 1)
    return np.bincount((since_s // bin_s).astype(np.int64), minlength=bins)[:bins].astype(np.float64)


READERS = {"sprout": import_sprout, "azure-llm": import_azure_llm}
