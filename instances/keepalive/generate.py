"""Generator: seeded keep-alive instances whose calls, functions and carbon behave like the published traces."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import generate_carbon, zone_names
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.hardware import generation
from ecoopt.instances.keepalive import calibration as law
from ecoopt.instances.keepalive.catalogue import APPS, PROFILE_LICENCE, TRACE_ROWS, check_generations, profiles_for
from ecoopt.instances.keepalive.pools import shared_pools_gb
from ecoopt.instances.keepalive.processes import draw_processes
from ecoopt.instances.keepalive.schema import FunctionProfiles, KeepAliveInstance, Weights
from ecoopt.instances.keepalive.simulate import simulate

MAX_FUNCTION_MINUTES = 400_000_000
"""Largest functions x minutes: bounds a generated instance to about 13 GB while it is built."""

_DAY_S = 86400


def generate(*, functions: int = 50, hours: float = 6.0, seed: int = 0, generations: Sequence[str] = ("i3", "m5zn"),
             zone: str = "US-CAL-CISO", start_utc: str = "2023-02-03T08:20:00Z", history_min: int = 20,
             memory: float = 0.5, max_keep_min: int = 30, heavy_share: float = 0.05, timer_share: float = 0.45,
             aligned_share: float = law.TIMER_ALIGNED, diurnal: float = law.DIURNAL_AMPLITUDE,
             own_profiles: bool = False, normalisation: str = "paper", time_weight: float = 0.5,
             reference_intensity_g_per_kwh: float | None = None, reference_keep_min: float = 7.0,
             grams_per_s: float = 0.01, accounting: str = "physical", containers: str = "release",
             relocation: bool = True, name: str | None = None) -> KeepAliveInstance:
    """Return a random instance; the same arguments give the same bytes.

    Calls follow the Azure Functions 2019 trace as EcoLife sampled it (`calibration`): timers with the published
    periods; renewal processes with the published rates and gap variability; and a heavy tail, which that sample cuts
    off, from the paper on the full trace. Functions are drawn from EcoLife's ten measured apps in its trace's
    proportions. Carbon is a synthetic trace of the zone.

    Parameters
    ----------
    functions : int
        Number of functions F; over a few hours some have no call, as in the trace.
    hours : float
        Horizon; rounded to whole minutes.
    seed : int
        Seed of calls, profiles and carbon.
    generations : sequence of str
        Boxes out of i3, c5n, c5 and m5zn.
    zone : str
        Grid zone, one of ``carbon.zone_names()``.
    start_utc : str
        Beginning of minute 0; timers follow its clock.
    history_min : int
        Minutes of calls before minute 0 that online methods may look at; 20 in EcoLife, 0 for none.
    memory : float
        All pools together hold this share of the peak memory of keeping, through each gap of at most `max_keep_min`
        minutes, the smaller of the two counts of containers (``pools.shared_pools_gb``); split evenly.
    max_keep_min : int
        The keep-alive menu is 0, 1, .. this.
    heavy_share, timer_share : float
        Shares of heavy functions (median 20,000 calls a day) and of timers; the rest are renewal processes.
    aligned_share : float
        Share of timers in phase with the clock's hours; the other phases are uniform.
    diurnal : float
        Amplitude in 0..0.9 of the daily wave of all functions but timers.
    own_profiles : bool
        Whether each function has its own memory (Burr XII law of the full trace) and its own times and energies
        (its app's, scaled by lognormal factors) instead of its app's. Then no two functions are interchangeable.
    normalisation, time_weight, reference_keep_min, grams_per_s
        As in ``Weights``.
    reference_intensity_g_per_kwh : float, optional
        As in ``Weights``; by default the mean intensity over the horizon.
    accounting, containers, relocation
        As in ``KeepAliveInstance``.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.

    Notes
    -----
    Time and memory are linear in the cells: 10,000 functions over 12 days take under a minute and 8 GB.
    """
    arguments = dict(locals())
    _check(arguments)
    minutes, start_s = round(hours * 60), epoch_s(start_utc)
    arguments = {field: plain(value) for field, value in arguments.items()} | {"start_utc": iso(start_s)}
    # Independent streams: a longer horizon or other laws of calls leave the functions' profiles as they are.
    app_rng, process_rng, call_rng = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3))

    profiles, function_profile = _functions(app_rng, functions, generations, own_profiles)
    processes = draw_processes(process_rng, functions, timer_share=timer_share, heavy_share=heavy_share,
                               aligned_share=aligned_share)
    clock_min = (start_s // 60 - history_min) % 1440
    calls = simulate(processes, call_rng, history_min + minutes, clock_min, diurnal)
    history = None
    if history_min:
        history, calls = calls.window(0, history_min), calls.window(history_min, history_min + minutes)

    whole_hour_s = start_s // 3600 * 3600
    days = -(-(start_s - whole_hour_s + 60 * minutes) // _DAY_S)
    carbon = generate_carbon(zone, days=days, start=iso(whole_hour_s), seed=seed)
    reference = reference_intensity_g_per_kwh
    if reference is None:
        reference = max(float(carbon.per_minute(start_utc, minutes).mean()), 1e-3)
    pools = shared_pools_gb(calls, profiles.memory_gb[function_profile], max_keep_min, memory, len(generations))
    content: dict[str, Any] = {
        "name": name or f"keepalive-f{functions}-h{hours:g}-s{seed}",
        "provenance": Provenance(
            source=f"ecoopt keep-alive generator, calibrated on EcoLife's sample of the Azure Functions 2019 trace; "
                   f"carbon of {zone}: synthetic", licence=PROFILE_LICENCE, generator=arguments),
        "generations": tuple(generation(box) for box in generations), "pool_memory_gb": pools, "profiles": profiles,
        "function_profile": function_profile, "start_utc": iso(start_s), "carbon": carbon, "invocations": calls,
        "history": history, "keep_alive_menu_min": np.arange(max_keep_min + 1),
        "weights": Weights.from_content(
            {"normalisation": normalisation, "time_weight": time_weight, "reference_intensity_g_per_kwh": reference,
             "reference_keep_min": reference_keep_min, "grams_per_s": grams_per_s}, "weights"),
        "accounting": accounting, "containers": containers, "relocation": relocation}
    instance: KeepAliveInstance = KeepAliveInstance.from_content(content, "generate keepalive")
    return instance


def _functions(rng: np.random.Generator, functions: int, generations: Sequence[str],
               own_profiles: bool) -> tuple[FunctionProfiles, IntArray]:
    """Return profiles and each function's profile; apps in the trace's proportions, kept up to rounding."""
    rows = np.repeat(np.arange(len(APPS)), list(TRACE_ROWS.values()))
    app = rng.permutation(rows[np.arange(functions) * len(rows) // functions])
    base = profiles_for(generations)
    if not own_profiles:
        return base, app
    c, k, scale_gb = law.MEMORY_BURR
    level = rng.random(functions) * law.MEMORY_QUANTILE_CAP
    memory_gb = scale_gb * ((1 - level) ** (-1 / k) - 1) ** (1 / c)
    warm = np.exp(rng.normal(0, law.DURATION_SPREAD_LN, functions))[:, None]
    cold = np.exp(rng.normal(0, law.COLD_START_SPREAD_LN, functions))[:, None]

    def scaled(table: FloatArray, factor: FloatArray) -> FloatArray:
        result: FloatArray = table[app] * factor
        return result

    return FunctionProfiles(
        names=tuple(f"{APPS[a]}-{f}" for f, a in enumerate(app)), memory_gb=np.maximum(memory_gb, 1e-3),
        warm_s=scaled(base.warm_s, warm), cold_start_s=scaled(base.cold_start_s, cold),
        warm_cpu_j=scaled(base.warm_cpu_j, warm), warm_dram_j=scaled(base.warm_dram_j, warm),
        cold_start_cpu_j=scaled(base.cold_start_cpu_j, cold), cold_start_dram_j=scaled(base.cold_start_dram_j, cold),
    ), np.arange(functions)


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate keepalive")
    sized = [check.whole("functions", given["functions"], 1, 1_000_000),
             check.number("hours", given["hours"], 1 / 60, 24 * 366),
             check.whole("history_min", given["history_min"], 0, 14 * 1440)]
    if all(sized):
        size = given["functions"] * (round(given["hours"] * 60) + given["history_min"])
        if size > MAX_FUNCTION_MINUTES:
            check.add("functions", f"{size:,} pairs of function and minute are over {MAX_FUNCTION_MINUTES:,}",
                      "give fewer functions or hours")
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    check.problems += check_generations(given["generations"])
    check.one_of("zone", given["zone"], zone_names())
    check.accepted("start_utc", lambda: epoch_s(given["start_utc"]))
    check.number("memory", given["memory"], 0, 1e6, above=True)
    check.whole("max_keep_min", given["max_keep_min"], 0, 1440)
    shares = [check.number(field, given[field], 0, 1) for field in ("heavy_share", "timer_share")]
    if all(shares) and given["heavy_share"] + given["timer_share"] > 1 + 1e-12:
        check.add("heavy_share", "heavy_share and timer_share exceed 1 together", "lower one of them")
    check.number("aligned_share", given["aligned_share"], 0, 1)
    check.number("diurnal", given["diurnal"], 0, 0.9)
    check.flag("own_profiles", given["own_profiles"])
    check.one_of("normalisation", given["normalisation"], ("paper", "grams"))
    check.number("time_weight", given["time_weight"], 0, 1)
    if given["reference_intensity_g_per_kwh"] is not None:
        check.number("reference_intensity_g_per_kwh", given["reference_intensity_g_per_kwh"], 0, 1e5, above=True)
    check.number("reference_keep_min", given["reference_keep_min"], 0, 1e4, above=True)
    check.number("grams_per_s", given["grams_per_s"], 0, 1e6)
    check.one_of("accounting", given["accounting"], ("physical", "artifact"))
    named = check.one_of("containers", given["containers"], ("release", "persist"))
    if check.flag("relocation", given["relocation"]) and named and (
            given["containers"] == "release" and not given["relocation"]):
        check.add("relocation", "containers 'release' implies relocation", "set it to true or containers to 'persist'")
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()
