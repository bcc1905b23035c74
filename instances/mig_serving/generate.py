"""Generator: seeded MIG serving instances with Clover's services, daily waves of load and synthetic carbon."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonLike, CarbonTrace, generate_carbon, one_carbon, zone_names
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.hardware import Fleet, FleetLike, fleet_of
from ecoopt.instances.mig import GEOMETRIES, MigGeometry, board_geometry, geometry
from ecoopt.instances.mig_serving.catalogue import (
    BASE_GPUS,
    IDLE_POWER_W,
    LICENCE,
    ServiceFigures,
    clover_services,
    clover_variants,
    compute_shares,
)
from ecoopt.instances.mig_serving.schema import MOST_GPUS, MigServingInstance, Service
from ecoopt.instances.mig_serving.tail import LATE_SHARES, POOL_SIZES, base_ratio, utilisation_ceilings

_DAY_H, _HOUR_S = 24, 3600
_PEAK_H = (14.0, 17.0, 12.0)
_LOOSE_RATIO = 1.02
_START_UTC = "2023-03-01T08:00:00Z"


def generate(
    *, services: Sequence[str] = ("yolo", "efficientnet", "albert"), gpus: int = 6, hours: int = 49,
    load: float = 1.0, diurnal: float = 0.6, noise: float = 0.05, carbon_weight: float = 0.3, power_off: bool = True,
    repartition_j: float = 3000.0, power_on_j: float = 5000.0, gpu: str = "A100-40", double_memory: bool = False,
    memory_rule: bool = False, late_share: float = 0.05, zone: str = "US-CAL-CISO", start_utc: str | None = None,
    fleet: FleetLike | None = None, carbon: CarbonLike | None = None, site: str | None = None, seed: int = 0,
    name: str | None = None,
) -> MigServingInstance:
    """Return a random instance; the same arguments give the same bytes.

    Services, accuracies and rates are Clover's; times and energies follow the synthetic law of
    `ecoopt.instances.mig_serving.catalogue`, and so does each tail limit: the 95th percentile of the best variant on
    two whole GPUs at the baseline's rate, which is Clover's rule. Utilisation ceilings are those of M/D/c queues with
    the longest service times.

    Parameters
    ----------
    services : sequence of str
        Among yolo, efficientnet and albert.
    gpus : int
        Number of GPUs.
    hours : int
        Periods of one hour.
    load : float
        Mean load: 1 is that of Clover's consolidated runs (five times its baseline's per GPU), shared evenly among
        the services.
    diurnal : float
        Amplitude in 0..1 of the daily wave of load; 0 with `noise` 0 gives constant load.
    noise : float
        Standard deviation of the logarithm of each hour's load.
    carbon_weight, power_off, repartition_j, power_on_j
        As in ``MigServingInstance``. The default energies are assumptions: half a minute of a busy GPU for a slice,
        two minutes of an idle one for a GPU.
    gpu : str
        Geometry by name.
    double_memory : bool
        Whether the profile with one compute slice and double memory is offered.
    memory_rule : bool
        Whether each service's best variant needs more memory than the smallest slice of an A100-40 has.
    late_share : {0.05, 0.02}
        Share of late requests that waiting may cause; with 0.02 the other 3 % may be sent where they are late anyway.
    zone : str
        Of the synthetic carbon trace.
    start_utc : str, optional
        Beginning; that of `carbon` by default, or 2023-03-01T08:00:00Z.
    fleet : Fleet or path, optional
        Its boards with a MIG geometry instead of `gpus` and `gpu`; of one kind at the site.
    carbon : CarbonTrace, traces by zone, or path, optional
        Instead of a synthetic trace.
    site : str, optional
        Which site of the fleet, or zone of `carbon`, where there are several.
    seed : int
        Of load and carbon.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    check = Arguments("generate mig_serving")
    check_arguments(check, arguments)
    check.one_of("zone", zone, zone_names())
    check.whole("hours", hours, 1, 10_000)
    check.refuse()
    given = dict(arguments)
    if fleet is not None:
        given |= _boards(fleet_of(fleet), site, gpu)
    trace = (_synthetic(zone, start_utc or _START_UTC, hours, seed) if carbon is None
             else one_carbon(carbon, site, start_utc, hours * _HOUR_S, "generate mig_serving"))
    given["start_utc"] = start_utc or (_START_UTC if carbon is None else trace.start_utc)
    source = "synthetic" if carbon is None else trace.source or "given"
    return assembled(given, trace, hours, {
        "name": name or f"mig_serving-n{given['gpus']}-h{hours}-s{seed}",
        "provenance": Provenance(
            source="ecoopt MIG serving generator: Clover's services and accuracies, synthetic times and energies; "
                   f"carbon of {trace.zone}: {source}", licence=LICENCE,
            generator={field: plain(value) for field, value in arguments.items()}
            | {"start_utc": iso(epoch_s(given["start_utc"]))})})


def assembled(
    given: dict[str, Any], carbon: CarbonTrace, hours: int, content: dict[str, Any]
) -> MigServingInstance:
    """Return the instance of arguments of ``generate`` that are right, carbon, and further fields.

    Parameters
    ----------
    given : dict
        The arguments by name, those that say which carbon apart.
    carbon : CarbonTrace
        Covers the hours.
    hours : int
        Periods.
    content : dict
        Name and provenance.
    """
    services, gpus, start_s = given["services"], given["gpus"], epoch_s(given["start_utc"])
    figures = [clover_services()[service] for service in services]
    rate = np.array([entry.full_rps for entry in figures]) * given["load"] * gpus / (BASE_GPUS * len(figures))
    waves = _waves(np.random.default_rng(given["seed"]), len(figures), start_s, hours, given["diurnal"], given["noise"])
    direct = [field for field in ("gpus", "idle_power_w", "power_off", "carbon_weight", "repartition_j", "power_on_j")
              if field in given]
    return built(
        figures, plain_geometry(given["gpu"], given["double_memory"]),
        content | {field: given[field] for field in direct} | {
            "start_utc": iso(start_s), "load_rps": rate[:, None] * waves, "carbon": carbon},
        memory_rule=given["memory_rule"], late_share=given["late_share"])


def built(
    figures: Sequence[ServiceFigures], chosen: MigGeometry, content: dict[str, Any], *, memory_rule: bool = False,
    late_share: float = 0.05,
) -> MigServingInstance:
    """Return the instance of some of Clover's services: what is not in `content` follows from their figures."""
    variants = clover_variants([entry.name for entry in figures], chosen, memory_rule)
    tables = [_tail(entry, compute_shares(chosen), late_share) for entry in figures]
    records = tuple(
        Service(name=entry.name, reference_quality=float(entry.quality[-1]), reference_j=_reference_j(entry),
                tail_limit_s=limit_s, late_budget=round(max(LATE_SHARES) - late_share, 6))
        for entry, (limit_s, _, _) in zip(figures, tables, strict=True))
    instance: MigServingInstance = MigServingInstance.from_content({
        "geometry": chosen, "idle_power_w": IDLE_POWER_W, "services": records, "variants": variants,
        "pool_sizes": np.array(POOL_SIZES), "utilisation": np.concatenate([table for _, table, _ in tables]),
        "late_share": np.concatenate([late for _, _, late in tables])} | content, "generate mig_serving")
    return instance


def plain_geometry(gpu: str, double_memory: bool = False) -> MigGeometry:
    """Return a GPU of the catalogue, by default without the profile of one compute slice and double memory."""
    found = geometry(gpu)
    names = [profile.name for profile in found.profiles
             if double_memory or profile.memory_slices == 1 or profile.compute_slices > 1]
    return found.restricted_to(names)


def _tail(figures: ServiceFigures, share: FloatArray, late_share: float) -> tuple[float, FloatArray, FloatArray]:
    """Return the tail limit of a service, its utilisation ceilings [V, P, B] and its late shares [V, P]."""
    longest_s = figures.service_time_s(share) * (1 + figures.jitter)
    base_s = float(figures.service_time_s(np.ones(1))[-1, 0])
    utilisation = figures.base_rps * base_s / BASE_GPUS
    # Rounded up, so that the baseline keeps the limit that it sets.
    limit_s = float(np.ceil(1e6 * base_ratio(BASE_GPUS, utilisation, late_share) * base_s * (1 + figures.jitter)) / 1e6)
    ratio = limit_s / longest_s
    ceilings = utilisation_ceilings(ratio, late_share)
    late = np.zeros(ratio.shape)
    if late_share < max(LATE_SHARES):
        mean_s = figures.service_time_s(share)
        in_time_s = limit_s / _LOOSE_RATIO
        some = (ratio < 1) & (mean_s * (1 - figures.jitter) < in_time_s)
        late = np.where(some, (longest_s - in_time_s) / (2 * figures.jitter * mean_s), 0.0)
        ceilings = np.where(some[..., None], utilisation_ceilings(np.array(_LOOSE_RATIO), late_share), ceilings)
    return limit_s, ceilings, late


def _reference_j(figures: ServiceFigures) -> float:
    """Return joules per request of the baseline: its share of two idle GPUs, and its own."""
    own_j = float(figures.energy_j(np.ones(1))[-1, 0])
    return round(BASE_GPUS * IDLE_POWER_W / figures.base_rps + own_j, 6)


def _waves(
    rng: np.random.Generator, services: int, start_s: int, hours: int, diurnal: float, noise: float
) -> FloatArray:
    """Return load relative to its mean by service and hour, float array [K, T]."""
    clock_h = (start_s / _HOUR_S + 0.5 + np.arange(hours)) % _DAY_H
    peak_h = np.array([_PEAK_H[service % len(_PEAK_H)] for service in range(services)])
    wave = 1 + diurnal * np.cos(2 * np.pi * (clock_h - peak_h[:, None]) / _DAY_H)
    drawn: FloatArray = wave * np.exp(noise * rng.standard_normal((services, hours)) - noise**2 / 2)
    return np.maximum(drawn, 1e-3)


def _synthetic(zone: str, start_utc: str, hours: int, seed: int) -> CarbonTrace:
    """Return a synthetic trace that covers the hours."""
    start_s = epoch_s(start_utc)
    whole_s = start_s // _HOUR_S * _HOUR_S
    days = -(-(start_s - whole_s + _HOUR_S * hours) // (_DAY_H * _HOUR_S))
    return generate_carbon(zone, days=days, start=iso(whole_s), seed=seed)


def _boards(fleet: Fleet, site: str | None, gpu: str) -> dict[str, Any]:
    """Return number, geometry and idle power of a fleet's boards that can be cut, at one site."""
    there = [(group, shape) for group in fleet.groups if group.gpu is not None and group.count > 0
             and site in (None, group.site) and (shape := board_geometry(group.gpu)) is not None]
    sites = list(dict.fromkeys(group.site for group, _ in there))
    if len(sites) > 1:
        raise InputError.one("generate mig_serving", "site", "boards that can be cut stand at several sites",
                             f"choose one of {', '.join(sites)}")
    kinds = list(dict.fromkeys(shape.name for _, shape in there))
    chosen = kinds[0] if len(kinds) == 1 else gpu
    if chosen not in kinds:
        where = "" if site is None else f" at {site}"
        known = f"choose gpu among {', '.join(kinds)}" if kinds else "list A30, A100, H100, H200 or B200 boards"
        raise InputError.one("generate mig_serving", "fleet", f"{fleet.name} has no {chosen} boards{where}", known)
    found = [group for group, shape in there if shape.name == chosen]
    idle_w = found[0].gpu.idle_w if found[0].gpu is not None else None
    return {"gpus": sum(group.count for group in found), "gpu": chosen} | (
        {} if idle_w is None else {"idle_power_w": idle_w})


def check_arguments(check: Arguments, given: dict[str, Any]) -> None:
    """Note every wrong argument of ``generate``, those that say which carbon and how long apart."""
    known = tuple(clover_services())
    services = given["services"]
    if not isinstance(services, (list, tuple)) or not services or len(set(services)) < len(services):
        check.add("services", "is no list of distinct services", f"choose among {', '.join(known)}")
    else:
        for service in services:
            check.one_of("services", service, known)
    check.whole("gpus", given["gpus"], 1, MOST_GPUS)
    check.number("load", given["load"], 0, 1e6, above=True)
    check.number("diurnal", given["diurnal"], 0, 1)
    check.number("noise", given["noise"], 0, 3)
    check.number("carbon_weight", given["carbon_weight"], 0, 1)
    for field in ("power_off", "double_memory", "memory_rule"):
        check.flag(field, given[field])
    for field in ("repartition_j", "power_on_j"):
        check.number(field, given[field], 0, 1e12)
    check.one_of("gpu", given["gpu"], [entry.name for entry in GEOMETRIES])
    if given["late_share"] not in LATE_SHARES:
        check.add("late_share", f"{given['late_share']} has no table", f"give one of {LATE_SHARES}")
    if given["start_utc"] is not None:
        check.accepted("start_utc", lambda: epoch_s(given["start_utc"]))
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
