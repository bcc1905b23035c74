"""Generator: seeded fleets of classes with measured effect curves, daily waves of load and heat, synthetic carbon."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonLike, CarbonTrace, generate_carbon, one_carbon, zone_names
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.hardware import FleetLike, fleet_of, gpu
from ecoopt.instances.power_cap.catalogue import (
    BACKLOG_G,
    BOARD,
    CHANGE_G,
    FINAL_BACKLOG_G,
    IDLE_POWER_W,
    KEEP,
    LEAST_PUE,
    LICENCE,
    MOST_PUE,
    PUE_RISE_C,
    RISE_C_PER_W,
    SOURCE,
    curves_of,
)
from ecoopt.instances.power_cap.parts import MOST_GPUS, MOST_HOURS, GpuPool, Hall, WorkClass
from ecoopt.instances.power_cap.schema import HOUR_S, PowerCapInstance

_DAY_H, _PEAK_H, _WARMEST_H = 24, 15.0, 15.0
_START_UTC: Final = "2023-02-03T08:00:00Z"


def generate(
    *, classes: int = 4, caps: Sequence[float] = (0.4, 0.6, 0.7, 0.8, 1.0), hours: int = 48, gpus: int = 800,
    load: float = 0.7, diurnal: float = 0.2, noise: float = 0.2, rebound: float = 0.5, quota: float = 1.0,
    power: float | None = 1.0, ambient_c: float = 22.0, swing_c: float = 6.0, most_c: float | None = 62.0,
    pue: float | None = None, backlog_g: float = BACKLOG_G, final_backlog_g: float = FINAL_BACKLOG_G,
    change_g: float = CHANGE_G, mixed: bool = False, idle_power_w: float = IDLE_POWER_W, zone: str = "US-CAL-CISO",
    start_utc: str | None = None, fleet: FleetLike | None = None, carbon: CarbonLike | None = None,
    site: str | None = None, seed: int = 0, name: str | None = None,
) -> PowerCapInstance:
    """Return a random instance; the same arguments give the same bytes.

    Classes take the effect curves that were measured on their board, in turn; with more classes than curves a curve
    serves several. Load is a daily wave with noise, shared evenly.

    Parameters
    ----------
    classes : int
        Number of classes of work on each kind of board.
    caps : sequence of float
        Caps as shares of the default one, increasing, with 1 last; those below what was measured are left out.
    hours : int
        Horizon.
    gpus : int
        GPUs, all of them V100-PCIe-32.
    load : float
        Mean load, as a share of the GPUs when nothing is capped.
    diurnal, noise : float
        Amplitude in 0..1 of the daily wave of load, and standard deviation of the logarithm of each hour's.
    rebound, change_g, mixed, idle_power_w
        As in ``WorkClass``, ``PowerCapInstance`` and ``GpuPool``.
    quota : float
        Share of its pool that a class may use.
    power : float, optional
        Power limit, relative to what the mean load draws without caps; no limit if None.
    ambient_c, swing_c : float
        Mean temperature outside, and amplitude of its daily wave.
    most_c : float, optional
        Highest temperature of the hall; no hall if None.
    pue : float, optional
        The same in every hour; by default it rises with the temperature outside, from 1.05 at 5 C to 1.49 at 30 C.
    backlog_g, final_backlog_g : float
        What a GPU-hour of waiting work counts, and how much more in the end.
    zone : str
        Of the synthetic carbon trace.
    start_utc : str, optional
        Beginning; that of `carbon` by default, or 2023-02-03T08:00:00Z.
    fleet : Fleet or path, optional
        Its boards with measured curves (P100, V100, A100, A40) instead of `gpus`; idle power as far as it is known,
        else `idle_power_w`, but no more than work under the lowest cap draws.
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
    check_arguments(arguments)
    pools = ([GpuPool(gpu=gpu(BOARD), gpus=gpus, idle_power_w=idle_power_w)] if fleet is None
             else _boards(fleet, site, idle_power_w))
    trace = (_synthetic(zone, start_utc or _START_UTC, hours, seed) if carbon is None
             else one_carbon(carbon, site, start_utc, hours * HOUR_S, "generate power_cap"))
    start_utc = iso(epoch_s(start_utc or (_START_UTC if carbon is None else trace.start_utc)))
    clock_h: FloatArray = (epoch_s(start_utc) / HOUR_S + 0.5 + np.arange(hours, dtype=np.float64)) % _DAY_H
    outside_c = ambient_c + swing_c * np.cos(2 * np.pi * (clock_h - _WARMEST_H) / _DAY_H)
    rising = np.interp(outside_c, PUE_RISE_C, (LEAST_PUE, MOST_PUE))
    work = _classes(pools, clock_h, arguments, np.random.default_rng(seed))
    limit_w = None if power is None else np.full(hours, round(power * _mean_draw_w(pools, work), 3))
    hall = None if most_c is None else Hall(keep=KEEP, ambient_c=outside_c, rise_c_per_w=RISE_C_PER_W,
                                            start_c=float(outside_c[0]) + RISE_C_PER_W * 140.0, most_c=float(most_c))
    source = "synthetic" if carbon is None else trace.source or "given"
    instance: PowerCapInstance = PowerCapInstance.from_content({
        "name": name or f"power_cap-k{len(work)}-h{hours}-s{seed}", "pools": tuple(pools), "classes": tuple(work),
        "start_utc": start_utc, "carbon": trace, "pue": rising if pue is None else np.full(hours, float(pue)),
        "power_limit_w": limit_w, "hall": hall, "backlog_g_per_gpu_h": float(backlog_g),
        "final_backlog_g_per_gpu_h": float(final_backlog_g), "change_g": float(change_g), "mixed": mixed,
        "provenance": Provenance(
            source=f"ecoopt power-cap generator: {SOURCE}; carbon of {trace.zone}: {source}", licence=LICENCE,
            generator={field: plain(value) for field, value in arguments.items()} | {"start_utc": start_utc})},
        "generate power_cap")
    return instance


def check_arguments(given: dict[str, Any]) -> None:
    """Refuse wrong arguments of ``generate``, all at once."""
    check = Arguments("generate power_cap")
    check.whole("classes", given["classes"], 1, 1000)
    shares = given["caps"]
    if not isinstance(shares, (list, tuple)) or not shares:
        check.add("caps", "is no list of shares", "give increasing numbers that end with 1")
    elif not sum(not check.number("caps", share, 0, 1, above=True) for share in shares) and (
            shares[-1] != 1 or (np.diff(shares) <= 0).any()):
        check.add("caps", "do not increase to 1", "sort them and end with 1")
    check.whole("hours", given["hours"], 1, MOST_HOURS)
    check.whole("gpus", given["gpus"], 1, MOST_GPUS)
    for field, low, high, above in (
            ("load", 0, 100, True), ("diurnal", 0, 1, False), ("noise", 0, 3, False), ("rebound", 0, 1e3, False),
            ("quota", 0, 1, True), ("ambient_c", -60, 60, False), ("swing_c", 0, 40, False),
            ("backlog_g", 0, 1e9, False), ("final_backlog_g", 0, 1e9, False), ("change_g", 0, 1e9, False),
            ("idle_power_w", 0, 1e6, False)):
        check.number(field, given[field], low, high, above=above)
    for field, low, high in (("power", 0, 1e3), ("most_c", -100, 200), ("pue", 1, 100)):
        if given[field] is not None:
            check.number(field, given[field], low, high)
    check.flag("mixed", given["mixed"])
    check.one_of("zone", given["zone"], zone_names())
    if given["start_utc"] is not None:
        check.accepted("start_utc", lambda: epoch_s(given["start_utc"]))
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()


def _classes(
    pools: Sequence[GpuPool], clock_h: FloatArray, given: dict[str, Any], rng: np.random.Generator
) -> list[WorkClass]:
    """Return the classes of all pools, with their load."""
    wave = 1 + given["diurnal"] * np.cos(2 * np.pi * (clock_h - _PEAK_H) / _DAY_H)
    noise, found = given["noise"], []
    for place, pool in enumerate(pools):
        curves = curves_of(pool.gpu.name)
        for k in range(given["classes"]):
            curve = curves[k % len(curves)]
            drawn = wave * np.exp(noise * rng.standard_normal(len(wave)) - noise**2 / 2)
            cap_w = curve.cap_w[-1] * np.array(given["caps"], dtype=np.float64)
            turn = k // len(curves)
            label = curve.name if turn == 0 else f"{curve.name} {turn + 1}"
            found.append(WorkClass(
                name=label if len(pools) == 1 else f"{label} on {pool.gpu.name}", pool=place, curve=curve,
                quota_gpus=float(given["quota"] * pool.gpus), cap_w=cap_w[cap_w >= curve.cap_w[0]],
                rebound=float(given["rebound"]),
                submitted_gpu_h=np.round(given["load"] * pool.gpus / given["classes"] * drawn, 3)))
    return found


def _mean_draw_w(pools: Sequence[GpuPool], work: Sequence[WorkClass]) -> float:
    """Return the power that the mean load draws without caps, or all GPUs where it is more than they are."""
    total_w = 0.0
    for place, pool in enumerate(pools):
        mine = [(entry.curve, float(entry.submitted_gpu_h.mean())) for entry in work if entry.pool == place]
        busy = sum(gpus for _, gpus in mine)
        shrink = min(1.0, pool.gpus / max(busy, 1e-9))
        total_w += shrink * sum(gpus * curve.uncapped_power_w for curve, gpus in mine)
        total_w += pool.idle_power_w * (pool.gpus - shrink * busy)
    return total_w


def _synthetic(zone: str, start_utc: str, hours: int, seed: int) -> CarbonTrace:
    """Return a synthetic trace that covers the hours."""
    start_s = epoch_s(start_utc)
    whole_s = start_s // HOUR_S * HOUR_S
    days = -(-(start_s - whole_s + HOUR_S * hours) // (_DAY_H * HOUR_S))
    return generate_carbon(zone, days=days, start=iso(whole_s), seed=seed)


def _boards(given: FleetLike, site: str | None, idle_power_w: float) -> list[GpuPool]:
    """Return a pool for each kind of board at a site that curves were measured on."""
    fleet = fleet_of(given)
    there = [group for group in fleet.groups if group.gpu is not None and group.count > 0
             and site in (None, group.site) and curves_of(group.gpu.name)]
    sites = list(dict.fromkeys(group.site for group in there))
    if len(sites) > 1:
        raise InputError.one("generate power_cap", "site", "boards with effect curves stand at several sites",
                             f"choose one of {', '.join(sites)}")
    if not there:
        where = "" if site is None else f" at {site}"
        raise InputError.one("generate power_cap", "fleet", f"{fleet.name} has no boards with effect curves{where}",
                             "list P100, V100, A100 or A40 boards")
    boards = {group.gpu.name: group.gpu for group in there if group.gpu is not None}
    return [GpuPool(gpu=board, gpus=fleet.count(name, sites[0]),
                    idle_power_w=min(idle_power_w, _least_w(name)) if board.idle_w is None else board.idle_w)
            for name, board in boards.items()]


def _least_w(board: str) -> float:
    """Return the least power that work draws under a cap measured on a board."""
    return min(float(curve.power_at(curve.cap_w).min()) for curve in curves_of(board))
