"""Generator: seeded directives instances with Sprout's levels, drifting classes, daily waves and synthetic carbon."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonTrace, generate_carbon, zone_names
from ecoopt.instances.carbon.ar1 import stationary_ar1
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.directives.catalogue import (
    DRIFT_EVERY_H,
    DRIFT_LOG_SD,
    DRIFT_PHI,
    LICENCE,
    OPTIONS,
    SOURCE,
    sprout_levels,
)
from ecoopt.instances.directives.distances import round_trips_ms
from ecoopt.instances.directives.rules import MOST_HOURS, Evaluator, Fleet, Region, Window
from ecoopt.instances.directives.schema import HOUR_S, DirectivesInstance

DAY_H: Final = 24
_YEAR_DAYS = 366
_PEAK_H = 15.0
_NETWORK_KWH = 6e-7


def generate(
    *, zones: Sequence[str] = ("US-CAL-CISO",), hours: int = 168, requests_per_hour: float = 10_000.0,
    diurnal: float = 0.5, noise: float = 0.1, drift: float = DRIFT_LOG_SD, options: str = "directives",
    class_aware: bool = False, integer: bool = False, tolerance: float | None = None, hourly_floor: float = 0.0,
    loss: float | None = 0.1, daily_loss: float | None = None, evaluator: bool = False, prompts: int = 1000,
    judge_kwh: float = 0.0, fleet: bool = False, spare: float = 0.5, idle_power_w: float = 60.0,
    utilisation: float = 0.8, ramp: float | None = 0.2, rtt_limit_ms: float = 150.0, pue: float = 1.0,
    start_utc: str = "2023-02-03T08:00:00Z", seed: int = 0, name: str | None = None,
) -> DirectivesInstance:
    """Return a random instance; the same arguments give the same bytes.

    Energies, times and preferences are Sprout's. Classes drift as in its runs: logarithms of their weights are
    autoregressive, and take a step every 24 hours or so. Carbon is synthetic (life-cycle).

    Parameters
    ----------
    zones : sequence of str
        Zones of the synthetic carbon traces; several with a fleet only.
    hours : int
        Horizon.
    requests_per_hour : float
        Mean of each origin.
    diurnal, noise : float
        Amplitude in 0..1 of the daily wave of requests, and standard deviation of the logarithm of each hour's.
    drift : float
        Standard deviation of the logarithm of the weights of classes.
    options : {"directives", "models"}
        Levels to choose from: none, brief and very brief answers; or models of 13B and 7B parameters.
    class_aware, integer, tolerance, hourly_floor, pue
        As in ``DirectivesInstance``.
    loss, daily_loss : float, optional
        Loss of quality allowed over the horizon, and over each day of 24 hours from the start; no such window if None.
    evaluator : bool
        Whether preferences must be evaluated.
    prompts, judge_kwh
        As in ``Evaluator``.
    fleet : bool
        Whether GPUs are counted.
    spare : float
        GPUs there are beyond those that a region's busiest hour needs at level 0, as a share of them.
    idle_power_w, utilisation, rtt_limit_ms
        As in ``Fleet``.
    ramp : float, optional
        Share of a region's GPUs that may be switched from one hour to the next, rounded up.
    start_utc : str
        Beginning.
    seed : int
        Of requests, classes and carbon.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    check = Arguments("generate directives")
    check_arguments(check, arguments)
    known = zone_names()
    if not isinstance(zones, (list, tuple)) or not zones or len(set(zones)) < len(zones):
        check.add("zones", "is no list of distinct zones", f"choose among {', '.join(known)}")
    else:
        for zone in zones:
            check.one_of("zones", zone, known)
        if len(zones) > 1 and fleet is False:
            check.add("zones", "are several, and there is no fleet", "give one zone, or fleet")
    check.whole("hours", hours, 1, MOST_HOURS)
    check.number("drift", drift, 0, 3)
    check.number("spare", spare, 0, 1e3)
    check.number("rtt_limit_ms", rtt_limit_ms, 0, 1e9)
    check.accepted("start_utc", lambda: epoch_s(start_utc))
    check.refuse()
    given = {field: plain(value) for field, value in arguments.items()} | {"start_utc": iso(epoch_s(start_utc))}
    rng = np.random.default_rng(seed)
    mix = np.array([drifting_mix(rng, hours, len(sprout_levels(options).classes), drift) for _ in zones])
    return assembled(given, tuple(generated_region(zone, start_utc, hours, seed) for zone in zones), mix, {
        "requests": waves(rng, len(zones), hours, given),
        "name": name or f"directives-r{len(zones)}-h{hours}-s{seed}",
        "provenance": Provenance(source=f"ecoopt directives generator: {SOURCE}; carbon: synthetic", licence=LICENCE,
                                 generator=given)})


def assembled(
    given: dict[str, Any], regions: tuple[Region, ...], mix: FloatArray, content: dict[str, Any]
) -> DirectivesInstance:
    """Return the instance of arguments of ``generate`` that are right, regions, classes and further fields.

    Parameters
    ----------
    given : dict
        The arguments by name.
    regions : tuple of Region [R]
        Cover the horizon.
    mix : float array [R, T, D]
        Shares of classes.
    content : dict
        Requests [R, T], name and provenance.
    """
    hours, levels = mix.shape[1], sprout_levels(given["options"])
    windows = [] if given["loss"] is None else [Window(start_h=0, end_h=hours, loss=given["loss"])]
    if given["daily_loss"] is not None:
        windows += [Window(start_h=first, end_h=min(first + DAY_H, hours), loss=given["daily_loss"])
                    for first in range(0, hours, DAY_H)]
    requests = content["requests"]
    fleet = None
    if given["fleet"]:
        busy_s = requests * (mix @ levels.time_s[:, 0])
        needed = np.ceil(busy_s.max(axis=1) / (HOUR_S * given["utilisation"]))
        gpus = np.ceil(needed * (1 + given["spare"])).astype(np.int64)
        ramp = None if given["ramp"] is None else int(np.ceil(given["ramp"] * gpus.max()))
        away = 1.0 - np.eye(len(regions))
        fleet = Fleet(gpus=gpus, idle_power_w=given["idle_power_w"], utilisation=given["utilisation"], ramp_gpus=ramp,
                      rtt_ms=round_trips_ms([region.name for region in regions]) * away,
                      rtt_limit_ms=given["rtt_limit_ms"], network_kwh=_NETWORK_KWH * away)
    judge = Evaluator(prompts=given["prompts"], judge_kwh=given["judge_kwh"]) if given["evaluator"] else None
    direct = ("class_aware", "integer", "tolerance", "hourly_floor", "pue", "start_utc")
    instance: DirectivesInstance = DirectivesInstance.from_content(
        levels.fields() | {field: given[field] for field in direct} | {
            "regions": regions, "mix": mix, "windows": tuple(windows), "evaluator": judge, "fleet": fleet} | content,
        "generate directives")
    return instance


def check_arguments(check: Arguments, given: dict[str, Any]) -> None:
    """Note every wrong argument of ``generate``, those apart that say which carbon and classes and how long."""
    check.number("requests_per_hour", given["requests_per_hour"], 0, 1e9, above=True)
    check.number("diurnal", given["diurnal"], 0, 1)
    check.number("noise", given["noise"], 0, 3)
    check.one_of("options", given["options"], tuple(OPTIONS))
    for field in ("class_aware", "integer", "evaluator", "fleet"):
        check.flag(field, given[field])
    for field in ("tolerance", "loss", "daily_loss"):
        if given[field] is not None:
            check.number(field, given[field], 0, 1)
    check.number("hourly_floor", given["hourly_floor"], 0, 1)
    check.whole("prompts", given["prompts"], 0, 10**9)
    check.number("judge_kwh", given["judge_kwh"], 0, 1e9)
    check.number("idle_power_w", given["idle_power_w"], 0, 1e6)
    check.number("utilisation", given["utilisation"], 0, 1, above=True)
    if given["ramp"] is not None:
        check.number("ramp", given["ramp"], 0, 1)
    check.number("pue", given["pue"], 1, 10)
    if given["evaluator"] is True and (given["fleet"] is True or given["class_aware"] is True):
        check.add("evaluator", "cannot be combined with class_aware or fleet", "leave out evaluator, or the other")
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")


def waves(rng: np.random.Generator, origins: int, hours: int, given: dict[str, Any]) -> FloatArray:
    """Return requests by origin and hour with a daily wave and noise, float array [R, T]."""
    clock_h = (epoch_s(given["start_utc"]) / HOUR_S + 0.5 + np.arange(hours)) % DAY_H
    wave = 1 + given["diurnal"] * np.cos(2 * np.pi * (clock_h - _PEAK_H) / DAY_H)
    noise = given["noise"]
    drawn = wave * np.exp(noise * rng.standard_normal((origins, hours)) - noise**2 / 2)
    return np.asarray(np.maximum(np.round(given["requests_per_hour"] * drawn), 1.0), dtype=np.float64)


def drifting_mix(rng: np.random.Generator, hours: int, classes: int, log_sd: float) -> FloatArray:
    """Return drifting shares of classes, float array [T, D]."""
    row = np.zeros(hours, dtype=np.int64)
    mean_h, sd_h = DRIFT_EVERY_H
    step = 0
    while step < hours:
        row[step:] += step > 0
        step += max(1, round(float(rng.normal(mean_h, sd_h))))
    logarithm = np.array([stationary_ar1(int(row[-1]) + 1, DRIFT_PHI, rng) for _ in range(classes)])
    weight = np.exp(log_sd * logarithm)
    return np.asarray((weight / weight.sum(axis=0)).T[row], dtype=np.float64)


def generated_region(zone: str, start_utc: str, hours: int, seed: int) -> Region:
    """Return a zone with its synthetic carbon; the year is that of the start."""
    start_s = epoch_s(start_utc)
    first = np.datetime64(start_s, "s").astype("datetime64[Y]")
    first_s = int(first.astype("datetime64[s]").astype(np.int64))
    days = max(_YEAR_DAYS, -(-(start_s + HOUR_S * hours - first_s) // (DAY_H * HOUR_S)))
    trace = generate_carbon(zone, days=days, start=iso(first_s), seed=seed)
    whole_s = start_s // HOUR_S * HOUR_S
    return region_of(zone, trace, iso(whole_s), hours + (start_s > whole_s))


def region_of(name: str, trace: CarbonTrace, start_utc: str, hours: int) -> Region:
    """Return a region whose year is a whole trace, of which it keeps some hours."""
    year = trace.intensity_g_per_kwh
    return Region(name=name, carbon=trace.window(start_utc, hours * HOUR_S), least_g_per_kwh=float(year.min()),
                  most_g_per_kwh=float(year.max()), mean_g_per_kwh=float(year.mean()))
