"""Generator: seeded jobs with windows in regions of synthetic carbon, as loaded as one likes."""

from collections.abc import Sequence
from functools import partial
from inspect import signature
from typing import Any, Final

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonLike, CarbonTrace, carbon_zones, generate_carbon, site_carbon, zone_names
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.hardware import Amortisation, FleetLike, amortised_g_per_h, fleet_of
from ecoopt.instances.hardware.gpu_catalogue import gpu as board
from ecoopt.instances.shifting.from_fleet import fleet_regions
from ecoopt.instances.shifting.schema import MOST_JOBS, MOST_SLOTS, Region, ShiftingInstance

HOUR_S, DAY_H, YEAR_H = 3600, 24, 8760
_START_UTC: Final = "2023-03-01T00:00:00Z"
SIZES: Final = ((1, 0.4), (2, 0.22), (4, 0.16), (8, 0.22))
"""GPUs of a job and how often, as in the reference instances."""
_MEDIAN_H, _LOG_SD, _LONGEST_H = 3.0, 1.1, 16.0


def generate(
    *, jobs: int = 200, hours: int = 48, zones: Sequence[str] = ("JP-TK", "GB", "US-TEX-ERCO"), load: float = 0.6,
    slack_h: float = 24.0, interruptible: float = 0.0, resume_g_per_gpu: float = 5.0, migration_g_per_gpu: float = 5.0,
    gpus: Sequence[str] = ("A100-PCIe-40",), power_w_per_gpu: float = 350.0, pue: float = 1.0,
    lifetime_years: float = 5.0, utilisation: float = 0.4, slot_s: int = 3600,
    start_utc: str | None = None, fleet: FleetLike | None = None, carbon: CarbonLike | None = None, seed: int = 0,
    name: str | None = None,
) -> ShiftingInstance:
    """Return a random instance; the same arguments give the same bytes.

    Jobs are released uniformly so that they can end in time, last 3 h in the median and 16 h at most (lognormal), hold
    1, 2, 4 or 8 GPUs, and have a slack uniform up to `slack_h`, cut at the horizon. Regions are of one size, such that
    the jobs would fill the share `load` of their GPU-hours; each has room for the largest job. Carbon is synthetic
    (life-cycle). A high load may leave no schedule at all.

    Parameters
    ----------
    jobs, hours : int
        Number of jobs, and the horizon.
    zones : sequence of str
        Zones of the synthetic carbon traces, one for each region.
    load : float
        Share of the GPU-hours that jobs need, in (0, 1].
    slack_h : float
        Most hours that a job may wait.
    interruptible : float
        Share of the jobs that may be interrupted.
    resume_g_per_gpu, migration_g_per_gpu : float
        Carbon of a resumption and of a move, by GPU of the job.
    gpus : sequence of str
        Boards of the catalogue, one for all regions or one for each: their embodied carbon.
    power_w_per_gpu : float
        Power of a job by GPU, its share of the node included.
    pue : float
        Of every region.
    lifetime_years, utilisation : float
        Embodied carbon is written off over the used hours of this life; utilisation in (0, 1].
    slot_s : int
        Length of a slot; a whole number of them is an hour.
    start_utc : str, optional
        Beginning, on a whole hour; that of `carbon` by default, or 2023-03-01T00:00:00Z.
    fleet : Fleet or path, optional
        Its boards instead of `zones`, `gpus` and `load`: sites are regions of as many GPUs as they have, and no job is
        larger than the largest. Many jobs on few boards may leave no schedule.
    carbon : CarbonTrace, traces by zone, or path, optional
        Instead of synthetic traces. Regions are its zones where there are several and no `fleet`.
    seed : int
        Of jobs and carbon.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    check = Arguments("generate shifting")
    check.whole("jobs", jobs, 1, MOST_JOBS)
    check.number("interruptible", interruptible, 0, 1)
    check.number("slack_h", slack_h, 0, MOST_SLOTS)
    given = dict(arguments)
    stands = None if fleet is None else fleet_regions(fleet_of(fleet))
    found = {} if carbon is None else carbon_zones(carbon)
    if stands is not None:
        given |= {"zones": list(stands.names), "gpus": list(signature(generate).parameters["gpus"].default)}
    elif len(found) > 1:
        given["zones"] = list(found)
    given["start_utc"] = start_utc or (next(iter(found.values())).start_utc if found else _START_UTC)
    check_arguments(check, given)
    check.refuse()
    zones = given["zones"]
    given = {field: plain(value) for field, value in given.items()} | {"start_utc": iso(epoch_s(given["start_utc"]))}
    rng = np.random.default_rng(seed)
    per_h = HOUR_S // slot_s
    slots = hours * per_h
    drawn_h = np.exp(np.log(_MEDIAN_H) + _LOG_SD * rng.standard_normal(jobs))
    length = np.clip(np.round(drawn_h * per_h), 1, min(slots, _LONGEST_H * per_h)).astype(np.int64)
    size = rng.choice([count for count, _ in SIZES], jobs, p=[share for _, share in SIZES])
    slack = np.floor(rng.uniform(0, slack_h * per_h + 1, jobs)).astype(np.int64)
    release = rng.integers(0, slots - length + 1)
    home = rng.integers(0, len(zones), jobs)
    stopped = rng.random(jobs) < interruptible
    start = given["start_utc"]
    traces = (site_carbon(found, zones, start, hours * HOUR_S) if found
              else [generate_carbon(zone, days=-(-hours // DAY_H), start=start, seed=seed) for zone in zones])
    fixed: dict[str, Any] = {}
    if stands is not None:
        size = np.minimum(size, stands.gpus.max())
        fixed = {"capacity_gpus": np.repeat(stands.gpus[:, None], slots, axis=1), "regions": tuple(
            Region(name=zone, carbon=trace, pue=pue, embodied_g_per_gpu_h=_g_per_gpu_h(kg, given))
            for zone, trace, kg in zip(zones, traces, stands.embodied_kg.tolist(), strict=True))}
    return assembled(given, traces, {
        "release": release, "length": length, "slack": slack, "gpus": size, "home": home, "interruptible": stopped}, {
        "name": name or f"shifting-r{len(zones)}-j{jobs}-h{hours}-s{seed}",
        "provenance": Provenance(source=f"ecoopt shifting generator; carbon: {'given' if found else 'synthetic'}",
                                 generator=given)} | fixed)


def check_arguments(check: Arguments, given: dict[str, Any]) -> None:
    """Note every wrong argument of ``generate``, those apart that say what the jobs are."""
    hours_right = check.whole("hours", given["hours"], 1, MOST_SLOTS)
    zones, boards, known = given["zones"], given["gpus"], zone_names()
    if not isinstance(zones, (list, tuple)) or not zones or len(set(zones)) < len(zones):
        check.add("zones", "is no list of distinct zones", f"choose among {', '.join(known)}")
    elif given.get("carbon") is None:
        for zone in zones:
            check.one_of("zones", zone, known)
    if not isinstance(boards, (list, tuple)) or len(boards) not in (1, len(zones)):
        check.add("gpus", "is no list of one board, or of one for each zone", "correct it")
    else:
        for entry in map(str, boards):
            if check.accepted("gpus", partial(board, entry)) and board(entry).embodied_kg is None:
                check.add("gpus", f"{entry} has no embodied carbon in the catalogue", "choose another")
    check.number("load", given["load"], 0, 1, above=True)
    for field in ("resume_g_per_gpu", "migration_g_per_gpu", "power_w_per_gpu"):
        check.number(field, given[field], 0, 1e6)
    check.number("pue", given["pue"], 1, 10)
    check.number("lifetime_years", given["lifetime_years"], 0, 1000, above=True)
    check.number("utilisation", given["utilisation"], 0, 1, above=True)
    if check.whole("slot_s", given["slot_s"], 60, HOUR_S):
        if HOUR_S % given["slot_s"]:
            check.add("slot_s", f"{given['slot_s']} s do not divide an hour", "give 3600, 1800, 900, 600, 300, 60 ...")
        elif hours_right and given["hours"] * HOUR_S // given["slot_s"] > MOST_SLOTS:
            check.add("hours", f"make more than {MOST_SLOTS} slots", "give fewer, or a longer slot_s")
    check.accepted("start_utc", lambda: epoch_s(given["start_utc"]))
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")


def assembled(
    given: dict[str, Any], traces: Sequence[CarbonTrace], jobs: dict[str, Any], content: dict[str, Any],
) -> ShiftingInstance:
    """Return the instance of arguments of ``generate`` that are right, carbon, jobs and further fields.

    Parameters
    ----------
    given : dict
        The arguments by name.
    traces : sequence of CarbonTrace [Z]
        Cover the horizon.
    jobs : dict of arrays [J]
        ``release``, ``length`` and ``slack`` in slots, ``gpus``, ``home``, ``interruptible``. No job is longer than the
        horizon; one that would end after it is released earlier.
    content : dict
        Name and provenance.
    """
    regions, slots = len(given["zones"]), given["hours"] * HOUR_S // given["slot_s"]
    release = np.minimum(jobs["release"], slots - jobs["length"])
    load = float((jobs["gpus"] * jobs["length"]).sum())
    size = max(int(np.ceil(load / (given["load"] * regions * slots))), int(jobs["gpus"].max()))
    boards = [board(entry) for entry in given["gpus"]] * (1 if len(given["gpus"]) == regions else regions)
    instance: ShiftingInstance = ShiftingInstance.from_content({
        "regions": tuple(Region(name=zone, carbon=trace, pue=given["pue"],
                                embodied_g_per_gpu_h=_g_per_gpu_h(entry.embodied_kg or 0.0, given))
                         for zone, trace, entry in zip(given["zones"], traces, boards, strict=True)),
        "start_utc": given["start_utc"], "slot_s": given["slot_s"],
        "capacity_gpus": np.full((regions, slots), size, dtype=np.int64),
        "migration_g_per_gpu": given["migration_g_per_gpu"] * _away(regions),
        "release_slot": release, "deadline_slot": np.minimum(release + jobs["length"] + jobs["slack"], slots),
        "length_slots": jobs["length"], "gpus": jobs["gpus"],
        "power_kw": jobs["gpus"] * (given["power_w_per_gpu"] / 1000.0), "home": jobs["home"],
        "interruptible": jobs["interruptible"], "resume_g": jobs["gpus"] * given["resume_g_per_gpu"]} | content,
        "generate shifting")
    return instance


def _g_per_gpu_h(embodied_kg: float, given: dict[str, Any]) -> float:
    """Return what an hour of work on a board is charged."""
    return amortised_g_per_h(1000.0 * embodied_kg, Amortisation.UTILISED_HOURS,
                             lifetime_h=given["lifetime_years"] * YEAR_H, utilisation=given["utilisation"])


def _away(regions: int) -> FloatArray:
    """Return 1 away from home and 0 at home, float array [Z, Z]."""
    return np.asarray(1.0 - np.eye(regions), dtype=np.float64)
