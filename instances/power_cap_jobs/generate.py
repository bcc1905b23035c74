"""Generator: seeded jobs around a hidden schedule that keeps every rule, so that all instances are feasible."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import CarbonLike, CarbonTrace, carbon_zones, generate_carbon, site_carbon, zone_names
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.hardware import GPUS, ONE_SITE, EffectCurve, Gpu, gpu
from ecoopt.instances.power_cap.catalogue import LICENCE, curves_of
from ecoopt.instances.power_cap_jobs.schema import PowerCapJobsInstance

HOUR_S, DAY_S = 3600, 86400
MEAN_POWER_W = 200.0
_START_UTC = "2023-06-01T00:00:00Z"
_GPUS, _GPU_SHARES = (1, 2, 4, 8), (0.4, 0.3, 0.2, 0.1)
_MEDIAN_H, _LOG_SD, _LEAST_H, _MOST_H = 3.0, 0.8, 0.25, 16.0


def generate(
    *, jobs: int = 60, gpus: int = 32, hours: int = 36, slot_s: int = HOUR_S,
    caps_w: Sequence[float] = (250.0, 200.0, 150.0), classes: int = 4, power_share: float = 0.65, slack_h: float = 36.0,
    delay_g_per_gpu_h: float = 2.0, peak_g_per_kw: float = 0.0, pue: float = 1.2, idle_w: float | None = None,
    board: str = "V100-PCIe-32", zone: str = "US-CAL-CISO", start_utc: str | None = None,
    carbon: CarbonLike | None = None, site: str | None = None, seed: int = 0, name: str | None = None,
) -> PowerCapJobsInstance:
    """Return a random instance; the same arguments give the same bytes.

    Jobs take 1, 2, 4 or 8 GPUs for lognormal runtimes (median 3 h). Each is put, under a random cap, into a hidden
    schedule; one that finds no place there is halved until it does. Its window is what it holds there and an
    exponential slack on either side.

    Parameters
    ----------
    jobs, gpus : int
        Number of jobs and of GPUs.
    hours : int
        Horizon.
    slot_s : int
        Length of a slot; the horizon is a whole number of them.
    caps_w : sequence of float
        Caps to choose from; all of them on the curves.
    classes : int
        How many of the curves measured on the board are used; lots are drawn among them.
    power_share : float
        Power limit as a share of 200 W for each GPU.
    slack_h : float
        Mean slack on either side.
    delay_g_per_gpu_h, peak_g_per_kw
        As in ``PowerCapJobsInstance``.
    pue : float
        Power usage effectiveness of all slots.
    idle_w : float, optional
        Power of an idle GPU; what the catalogue knows by default, and nothing where it knows nothing.
    board : str
        The GPU, by its name in the catalogue.
    zone : str
        Of the synthetic carbon trace.
    start_utc : str, optional
        Beginning; that of `carbon` by default, or 2023-06-01T00:00:00Z.
    carbon : CarbonTrace, traces by zone, or path, optional
        Instead of a synthetic trace.
    site : str, optional
        Which zone of `carbon`, where there are several.
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
    _check(arguments)
    job_rng, plan_rng = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    slots, slot_h = hours * HOUR_S // slot_s, slot_s / HOUR_S
    curves = curves_of(board)[:classes]
    kind = job_rng.integers(0, len(curves), jobs)
    taken = np.minimum(job_rng.choice(_GPUS, jobs, p=_GPU_SHARES), gpus)
    base_h = np.clip(_MEDIAN_H * np.exp(_LOG_SD * job_rng.standard_normal(jobs)), _LEAST_H, _MOST_H)
    limit_w = power_share * MEAN_POWER_W * gpus
    hardware = gpu(board) if idle_w is None else gpu(board).replace(idle_w=float(idle_w))
    plan = _Plan(hardware, curves, np.array(caps_w, dtype=float), gpus, np.full(slots, limit_w), slot_h)
    windows = [plan.put(plan_rng, j, kind, taken, base_h, slack_h) for j in range(jobs)]
    release, deadline = np.array(windows).T
    trace = _trace(zone, start_utc, carbon, site, hours, seed)
    content: dict[str, Any] = {
        "name": name or f"power-cap-jobs-j{jobs}-g{gpus}-h{hours}-s{seed}",
        "provenance": Provenance(
            source="ecoopt capped jobs generator: effect curves fitted to McDonald et al. (NAACL-F'22) and Zeus "
                   f"(NSDI'23); jobs assumed; carbon of {trace.zone}: {trace.source or 'given'}",
            licence=LICENCE, generator={field: plain(value) for field, value in arguments.items()}),
        "gpu": hardware, "gpus": gpus, "caps_w": np.array(caps_w, dtype=float), "classes": curves, "job_class": kind,
        "job_gpus": taken, "base_h": base_h, "release_slot": release, "deadline_slot": deadline, "slot_s": slot_s,
        "start_utc": iso(epoch_s(start_utc or (_START_UTC if carbon is None else trace.start_utc))),
        "carbon": trace, "pue": np.full(slots, float(pue)),
        "power_limit_w": np.full(slots, limit_w), "delay_g_per_gpu_h": delay_g_per_gpu_h,
        "peak_g_per_kw": peak_g_per_kw}
    instance: PowerCapJobsInstance = PowerCapJobsInstance.from_content(content, "generate power_cap_jobs")
    return instance


class _Plan:
    """The hidden schedule: what is left of GPUs and power in each slot."""

    def __init__(
        self, board: Gpu, curves: Sequence[EffectCurve], caps_w: FloatArray, gpus: int, limit_w: FloatArray,
        slot_h: float,
    ) -> None:
        self.idle_w, self.slot_h = board.idle_w or 0.0, slot_h
        self.ratio = np.array([curve.time_at(caps_w) for curve in curves])
        self.busy_w = np.array([curve.power_at(caps_w) for curve in curves])
        self.gpus = np.full(len(limit_w), gpus)
        self.power_w = limit_w - self.idle_w * gpus

    def put(
        self, rng: np.random.Generator, job: int, kind: IntArray, taken: IntArray, base_h: FloatArray, slack_h: float,
    ) -> tuple[int, int]:
        """Put a job in, changing its size where it must; return its window."""
        cap = int(rng.integers(0, self.ratio.shape[1]))
        ratio, busy_w = self.ratio[kind[job], cap], self.busy_w[kind[job], cap]
        before_h, after_h = rng.exponential(slack_h, 2) if slack_h else (0.0, 0.0)
        while True:
            held = max(int(np.ceil(base_h[job] * ratio / self.slot_h - 1e-9)), 1)
            added_w = taken[job] * (busy_w - self.idle_w)
            fits = (self.gpus >= taken[job]) & (self.power_w >= added_w * (1 + 1e-9))
            room = np.append(0, np.cumsum(fits))
            starts = np.flatnonzero(room[held:] - room[:-held] == held) if held <= len(fits) else np.zeros(0, int)
            if starts.size:
                break
            if taken[job] > 1:
                taken[job] //= 2
            else:
                base_h[job] /= 2
                if base_h[job] < self.slot_h / 1000:
                    self._full(job)
        start = int(rng.choice(starts))
        self.gpus[start:start + held] -= taken[job]
        self.power_w[start:start + held] -= added_w
        release = max(start - round(float(before_h) / self.slot_h), 0)
        return release, min(start + held + round(float(after_h) / self.slot_h), len(fits))

    @staticmethod
    def _full(job: int) -> None:
        check = Arguments("generate power_cap_jobs")
        check.add("jobs", f"there is room for {job} only", "give fewer jobs, or more gpus, hours or power_share")
        check.refuse()


def _trace(
    zone: str, start_utc: str | None, carbon: CarbonLike | None, site: str | None, hours: int, seed: int,
) -> CarbonTrace:
    """Return the carbon of the horizon, given, or synthetic with the day before."""
    if carbon is None:
        start_s = epoch_s(start_utc or _START_UTC)
        whole_s = start_s // HOUR_S * HOUR_S
        length_s = DAY_S + (hours + (start_s > whole_s)) * HOUR_S
        trace = generate_carbon(zone, days=-(-length_s // DAY_S), start=iso(whole_s - DAY_S), seed=seed)
        return trace.window(iso(whole_s - DAY_S), length_s)
    zones = carbon_zones(carbon)
    if site is None and len(zones) > 1:
        raise InputError.one("generate power_cap_jobs", "site", f"carbon has {len(zones)} zones",
                             f"choose one of {', '.join(list(zones)[:20])}")
    return site_carbon(zones, [site or ONE_SITE], start_utc, hours * HOUR_S)[0]


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate power_cap_jobs")
    check.whole("jobs", given["jobs"], 1, 100_000)
    check.whole("gpus", given["gpus"], 1, 1_000_000)
    check.whole("hours", given["hours"], 1, 10_000)
    if check.whole("slot_s", given["slot_s"], 60, 86400) and given["hours"] * HOUR_S % given["slot_s"]:
        check.add("slot_s", f"{given['hours']} hours are no whole number of slots", "let it divide the horizon")
    check.whole("classes", given["classes"], 1, 100)
    _check_caps(check, given["board"], given["caps_w"], given["classes"])
    check.number("power_share", given["power_share"], 0, 100, above=True)
    check.number("slack_h", given["slack_h"], 0, 1e5)
    check.number("delay_g_per_gpu_h", given["delay_g_per_gpu_h"], 0, 1e6)
    check.number("peak_g_per_kw", given["peak_g_per_kw"], 0, 1e9)
    check.number("pue", given["pue"], 1, 10)
    if given["idle_w"] is not None:
        check.number("idle_w", given["idle_w"], 0, 60)
    check.one_of("zone", given["zone"], zone_names())
    if given["start_utc"] is not None:
        check.accepted("start_utc", lambda: epoch_s(given["start_utc"]))
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()


def _check_caps(check: Arguments, board: Any, caps_w: Any, classes: Any) -> None:
    """Check for a board with curves, and for caps on all of them."""
    known = [one.name for one in GPUS if curves_of(one.name)]
    if not check.one_of("board", board, known):
        return
    if not isinstance(caps_w, (list, tuple)) or not caps_w or len(set(caps_w)) < len(caps_w):
        check.add("caps_w", "is no list of distinct caps", "give some in watts")
        return
    curves = curves_of(board)[:classes if isinstance(classes, int) and classes > 0 else None]
    least_w = max(curve.cap_w[0] for curve in curves)
    for cap_w in caps_w:
        check.number("caps_w", cap_w, float(least_w), gpu(board).tdp_w)
