"""From public traces of jobs to an instance in one call: what ``ecoopt import`` offers for this family."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.files import read_bytes
from ecoopt.core.instance import Provenance
from ecoopt.core.strict_json import parse_json
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonTrace, generate_carbon, read_carbon_zones, zone_names
from ecoopt.instances.carbon.readers.csv_table import CsvTable
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.shifting.generate import DAY_H, HOUR_S, SIZES, assembled, check_arguments
from ecoopt.instances.shifting.schema import MOST_SLOTS, Region, ShiftingInstance

_LARGEST_BYTES = 256 * 2**20
GAIA_SHORT_H, GAIA_SLACK_H = 2.0, (6.0, 24.0)
"""Jobs up to 2 h may wait for 6 h, longer ones for 24 h, as in GAIA's short and long queue."""


def import_gaia(
    jobs: Path, carbon: Path | None = None, header: Path | None = None, *,
    zones: Sequence[str] = tuple(zone_names()), hours: int = 720, time_unit: Literal["h", "s"] = "h", load: float = 0.6,
    short_h: float = GAIA_SHORT_H, short_slack_h: float = GAIA_SLACK_H[0], long_slack_h: float = GAIA_SLACK_H[1],
    interruptible: float = 0.0, resume_g_per_gpu: float = 0.0, migration_g_per_gpu: float = 5.0,
    gpus: Sequence[str] = ("A100-PCIe-40",), power_w_per_gpu: float = 350.0, pue: float = 1.0,
    lifetime_years: float = 5.0, utilisation: float = 0.4, slot_s: int = 3600,
    start_utc: str = "2023-03-01T00:00:00Z", seed: int = 0, name: str | None = None,
) -> ShiftingInstance:
    """Read a trace of jobs as GAIA (ASPLOS'24) keeps them: ``arrival_time,length,cpus``; its CPUs count as GPUs.

    The span of the arrivals is mapped onto the horizon; lengths stay, rounded up to slots. Jobs longer than the horizon
    are left out. Homes are drawn.

    Parameters
    ----------
    jobs : Path
        CSV, a row a job.
    carbon : Path, optional
        Any carbon file with the zones; synthetic carbon by default.
    header : Path, optional
        What the values of a plain carbon file mean: its side-car, if that is not beside it.
    zones : sequence of str
        One for each region.
    hours : int
        Horizon.
    time_unit : {"h", "s"}
        Of arrivals and lengths: hours in the traces of 100,000 jobs, seconds in that of 1,000.
    load, resume_g_per_gpu, migration_g_per_gpu, gpus, power_w_per_gpu, pue, lifetime_years, utilisation, slot_s
        As for the generator.
    short_h, short_slack_h, long_slack_h : float
        Jobs up to `short_h` may wait for `short_slack_h`, longer ones for `long_slack_h`.
    interruptible : float
        Share of the jobs that may be interrupted.
    start_utc : str
        Beginning, on a whole hour.
    seed : int
        Of homes, of who is interruptible, and of synthetic carbon.
    name : str, optional
        Name of the instance.
    """
    arguments = dict(locals())
    check = Arguments("import gaia")
    check.one_of("time_unit", time_unit, ("h", "s"))
    for field in ("short_h", "short_slack_h", "long_slack_h"):
        check.number(field, arguments[field], 0, MOST_SLOTS)
    check.number("interruptible", interruptible, 0, 1)
    check_arguments(check, arguments)
    check.refuse()
    columns = _columns(jobs, ("arrival_time", "length", "cpus"))
    arrival, length_h, cpus = columns.T
    length_h = length_h / (1.0 if time_unit == "h" else HOUR_S)
    if (arrival < 0).any() or (length_h <= 0).any() or (cpus < 1).any():
        raise InputError.one(str(jobs), "", "has a job with an arrival below 0, no length, or no CPU", "correct it")
    per_h, slots = HOUR_S // slot_s, hours * HOUR_S // slot_s
    length = np.ceil(length_h * per_h).astype(np.int64)
    kept = length <= slots
    if not kept.any():
        raise InputError.one(str(jobs), "length", "has no job that fits the horizon", "give more hours")
    release = np.floor(arrival * (slots / max(arrival.max() * (1 + 1e-12), 1e-9))).astype(np.int64)
    slack_h = np.where(length_h <= short_h, short_slack_h, long_slack_h)
    rng = np.random.default_rng(seed)
    home, stopped = rng.integers(0, len(zones), len(length)), rng.random(len(length)) < interruptible
    left_out = int((~kept).sum())
    given = _given(arguments)
    columns_kept = {name: column[kept] for name, column in {
        "release": release, "length": length, "slack": np.floor(slack_h * per_h).astype(np.int64),
        "gpus": cpus.astype(np.int64), "home": home, "interruptible": stopped}.items()}
    return assembled(given, _traces(carbon, header, given), columns_kept, {
        "name": name or f"gaia-{jobs.name.split('.')[0]}-r{len(zones)}-h{hours}",
        "provenance": Provenance(
            source=f"jobs: GAIA (ASPLOS'24), {jobs.name}; carbon: {'synthetic' if carbon is None else carbon.name}",
            note=f"{_words(given)}; {left_out} jobs left out")})


def import_philly(
    runtimes: Path, carbon: Path | None = None, header: Path | None = None, *, jobs: int = 1000,
    zones: Sequence[str] = ("JP-TK", "GB", "US-TEX-ERCO"), hours: int = 168, load: float = 0.6, slack_h: float = 24.0,
    interruptible: float = 0.0, resume_g_per_gpu: float = 5.0, migration_g_per_gpu: float = 5.0,
    gpus: Sequence[str] = ("A100-PCIe-40",), power_w_per_gpu: float = 350.0, pue: float = 1.0,
    lifetime_years: float = 5.0, utilisation: float = 0.4, slot_s: int = 3600,
    start_utc: str = "2023-03-01T00:00:00Z", seed: int = 0, name: str | None = None,
) -> ShiftingInstance:
    """Read runtimes of Microsoft's Philly cluster (one column ``runtime``, in seconds) and draw jobs from them.

    Runtimes from one slot up to the horizon are drawn evenly; the rest is as in the generator.

    Parameters
    ----------
    runtimes : Path
        CSV, a row a job.
    carbon : Path, optional
        Any carbon file with the zones; synthetic carbon by default.
    header : Path, optional
        What the values of a plain carbon file mean: its side-car, if that is not beside it.
    jobs : int
        How many are drawn.
    zones, hours, load, slack_h, interruptible, resume_g_per_gpu, migration_g_per_gpu, gpus, power_w_per_gpu, pue
        As for the generator.
    lifetime_years, utilisation, slot_s, start_utc, seed, name
        As for the generator.
    """
    arguments = dict(locals())
    check = Arguments("import philly")
    check.whole("jobs", jobs, 1, 1_000_000)
    check.number("slack_h", slack_h, 0, MOST_SLOTS)
    check.number("interruptible", interruptible, 0, 1)
    check_arguments(check, arguments)
    check.refuse()
    runtime_s = _columns(runtimes, ("runtime",))[:, 0]
    usable = runtime_s[(runtime_s >= slot_s) & (runtime_s <= hours * HOUR_S)]
    if not len(usable):
        raise InputError.one(str(runtimes), "runtime", "has none from one slot up to the horizon", "give more hours")
    rng = np.random.default_rng(seed)
    slots = hours * HOUR_S // slot_s
    length = np.ceil(rng.choice(usable, jobs) / slot_s).astype(np.int64)
    given = _given(arguments)
    return assembled(given, _traces(carbon, header, given), {
        "release": rng.integers(0, slots - length + 1), "length": length,
        "slack": np.floor(rng.uniform(0, slack_h * HOUR_S / slot_s + 1, jobs)).astype(np.int64),
        "gpus": rng.choice([count for count, _ in SIZES], jobs, p=[share for _, share in SIZES]),
        "home": rng.integers(0, len(zones), jobs), "interruptible": rng.random(jobs) < interruptible}, {
        "name": name or f"philly-r{len(zones)}-j{jobs}-h{hours}-s{seed}",
        "provenance": Provenance(
            source=f"runtimes: Philly (ATC'19), {runtimes.name}; "
                   f"carbon: {'synthetic' if carbon is None else carbon.name}", note=_words(given))})


def import_plain_jobs(instances: Path, *, instance: str) -> ShiftingInstance:
    """Read one of a list of instances in plain JSON: hourly intensities by zone, one capacity, jobs with a home.

    Parameters
    ----------
    instances : Path
        JSON: a list; each entry has ``name``, ``zones``, ``intensity_g_per_kwh`` (a row an hour),
        ``capacity_gpus_per_zone``, ``migration_cost_g_per_gpu`` and ``jobs`` with ``release_h``, ``deadline_h``,
        ``length_h``, ``gpus``, ``power_kw`` and ``home``. It gives no dates: hour 0 is that of 2021.
    instance : str
        Name of the one to read.
    """
    entries = parse_json(read_bytes(instances, limit_bytes=_LARGEST_BYTES), str(instances))
    names = [entry.get("name") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    if instance not in names:
        raise InputError.one(str(instances), "instance", f"{instance!r} is not there",
                             f"there are {', '.join(map(str, names)) or 'none'}")
    entry = next(one for one in entries if isinstance(one, dict) and one.get("name") == instance)
    try:
        return _plain_instance(entry, instances.name)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError.one(str(instances), instance, f"cannot be read: {type(error).__name__}: {error}",
                             "give the keys that the reader names") from None


_START: Final = "2021-01-01T00:00:00Z"


def _plain_instance(entry: dict[str, Any], source: str) -> ShiftingInstance:
    """Return the instance of one entry."""
    zones, jobs = entry["zones"], entry["jobs"]
    intensity = np.array(entry["intensity_g_per_kwh"], dtype=np.float64)
    column = {field: np.array([job[field] for job in jobs]) for field in (
        "release_h", "deadline_h", "length_h", "gpus", "power_kw")}
    regions = tuple(Region(name=zone, carbon=CarbonTrace(
        zone=zone, start_utc=_START, step_s=HOUR_S, intensity_g_per_kwh=intensity[:, z]))
        for z, zone in enumerate(zones))
    instance: ShiftingInstance = ShiftingInstance.from_content({
        "name": entry["name"], "provenance": Provenance(source=f"{source}: {entry['name']}"), "regions": regions,
        "start_utc": _START, "slot_s": HOUR_S,
        "capacity_gpus": np.full((len(zones), len(intensity)), entry["capacity_gpus_per_zone"]),
        "migration_g_per_gpu": entry["migration_cost_g_per_gpu"] * (1.0 - np.eye(len(zones))),
        "release_slot": column["release_h"], "deadline_slot": column["deadline_h"],
        "length_slots": column["length_h"], "gpus": column["gpus"], "power_kw": column["power_kw"],
        "home": np.array([zones.index(job["home"]) for job in jobs]),
        "interruptible": np.zeros(len(jobs), dtype=bool), "resume_g": np.zeros(len(jobs))}, source)
    return instance


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments as JSON holds them, paths left out."""
    return {field: plain(value) for field, value in arguments.items() if not isinstance(value, Path)} | {
        "start_utc": iso(epoch_s(arguments["start_utc"]))}


def _words(given: dict[str, Any]) -> str:
    return ", ".join(f"{field}={value}" for field, value in given.items() if value is not None)


def _traces(carbon: Path | None, header: Path | None, given: dict[str, Any]) -> list[CarbonTrace]:
    """Return the carbon of every zone over the horizon."""
    if carbon is None:
        return [generate_carbon(zone, days=-(-given["hours"] // DAY_H), start=given["start_utc"], seed=given["seed"])
                for zone in given["zones"]]
    found = read_carbon_zones(carbon, header=header)
    missing = [zone for zone in given["zones"] if zone not in found]
    if missing:
        raise InputError.one(str(carbon), "zones", f"{missing[0]} is not there", f"choose among {', '.join(found)}")
    return [found[zone].window(given["start_utc"], given["hours"] * HOUR_S) for zone in given["zones"]]


def _columns(path: Path, wanted: tuple[str, ...]) -> FloatArray:
    """Return columns of a CSV file, float array [rows, columns]."""
    try:
        table = CsvTable(read_bytes(path, limit_bytes=_LARGEST_BYTES).decode("utf-8-sig"), str(path))
    except UnicodeDecodeError:
        raise InputError.one(str(path), "", "is not UTF-8 text", "give a CSV table") from None
    missing = [name for name in wanted if name not in table.header]
    if missing:
        raise InputError.one(str(path), f"column {missing[0]}", "missing", f"there are {', '.join(table.names)}")
    cells = table.columns(list(wanted))
    numbers = [table.numbers(cells[name], name) for name in wanted]
    table.complaints.refuse()
    columns = np.array(numbers, dtype=np.float64).T
    if not len(columns) or not np.isfinite(columns).all():
        raise InputError.one(str(path), "", "has no row, or a row without a number", "give one number in each place")
    return np.asarray(columns, dtype=np.float64)


READERS = {"gaia": import_gaia, "philly": import_philly, "plain-jobs": import_plain_jobs}
