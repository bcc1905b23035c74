"""Generator: seeded jobs around a hidden schedule that keeps every rule, so that all instances are feasible."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import generate_carbon, zone_names
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.hardware import GPUS, Gpu, gpu
from ecoopt.instances.power_cap_jobs.classes import CAPS_W, capped_classes
from ecoopt.instances.power_cap_jobs.schema import JobClass, PowerCapJobsInstance

HOUR_S, DAY_S = 3600, 86400
MEAN_POWER_W = 200.0
_GPUS, _GPU_SHARES = (1, 2, 4, 8), (0.4, 0.3, 0.2, 0.1)
_MEDIAN_H, _LOG_SD, _LEAST_H, _MOST_H = 3.0, 0.8, 0.25, 16.0


def generate(*, jobs: int = 60, gpus: int = 32, hours: int = 36, slot_s: int = HOUR_S,
             caps_w: Sequence[float] = (250.0, 200.0, 150.0), power_share: float = 0.65, slack_h: float = 18.0,
             delay_g_per_gpu_h: float = 2.0, peak_g_per_kw: float = 0.0, pue: float = 1.2, idle_w: float | None = None,
             board: str = "V100-PCIe-32", zone: str = "US-CAL-CISO", start_utc: str = "2023-06-01T00:00:00Z",
             seed: int = 0, name: str | None = None) -> PowerCapJobsInstance:
    """Return a random instance; the same arguments give the same bytes.

    Jobs take 1, 2, 4 or 8 GPUs for lognormal runtimes (median 3 h). Each is put, under a random cap, into a hidden
    schedule; one that finds no place there is halved until it does. Its window is what it holds there and a slack, drawn
    from an exponential distribution, on either side.

    Parameters
    ----------
    jobs, gpus : int
        Number of jobs and of GPUs.
    hours : int
        Horizon.
    slot_s : int
        Length of a slot; the horizon is a whole number of them.
    caps_w : sequence of float
        Caps to choose from, among those of the measured classes.
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
    zone, start_utc : str
        Zone and beginning of the synthetic carbon trace.
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
    classes = capped_classes(caps_w)
    kind = job_rng.integers(0, len(classes), jobs)
    taken = np.minimum(job_rng.choice(_GPUS, jobs, p=_GPU_SHARES), gpus)
    base_h = np.clip(_MEDIAN_H * np.exp(_LOG_SD * job_rng.standard_normal(jobs)), _LEAST_H, _MOST_H)
    limit_w = power_share * MEAN_POWER_W * gpus
    hardware = gpu(board) if idle_w is None else gpu(board).replace(idle_w=float(idle_w))
    plan = _Plan(hardware, classes, gpus, np.full(slots, limit_w), slot_h)
    windows = [plan.put(plan_rng, j, kind, taken, base_h, slack_h) for j in range(jobs)]
    release, deadline = np.array(windows).T
    start_s = epoch_s(start_utc)
    first_s = start_s // DAY_S * DAY_S
    trace = generate_carbon(zone, days=-(-(start_s + hours * HOUR_S - first_s) // DAY_S), start=iso(first_s), seed=seed)
    content: dict[str, Any] = {
        "name": name or f"power-cap-jobs-j{jobs}-g{gpus}-h{hours}-s{seed}",
        "provenance": Provenance(
            source="ecoopt capped jobs generator; effects of caps: Zhao et al. (SoCC'23, arXiv:2402.18593) and McDonald "
                   "et al. (arXiv:2205.09646), points between measured ones assumed; carbon: synthetic",
            generator={field: plain(value) for field, value in arguments.items()}),
        "gpu": hardware, "gpus": gpus, "caps_w": np.array(caps_w, dtype=float), "classes": classes, "job_class": kind,
        "job_gpus": taken, "base_h": base_h, "release_slot": release, "deadline_slot": deadline, "slot_s": slot_s,
        "start_utc": iso(start_s), "carbon": trace, "pue": np.full(slots, float(pue)),
        "power_limit_w": np.full(slots, limit_w), "delay_g_per_gpu_h": delay_g_per_gpu_h,
        "peak_g_per_kw": peak_g_per_kw}
    instance: PowerCapJobsInstance = PowerCapJobsInstance.from_content(content, "generate power_cap_jobs")
    return instance


class _Plan:
    """The hidden schedule: what is left of GPUs and power in each slot."""

    def __init__(
        self, board: Gpu, classes: tuple[JobClass, ...], gpus: int, limit_w: FloatArray, slot_h: float,
    ) -> None:
        self.idle_w, self.classes, self.slot_h = board.idle_w or 0.0, classes, slot_h
        self.gpus = np.full(len(limit_w), gpus)
        self.power_w = limit_w - self.idle_w * gpus

    def put(
        self, rng: np.random.Generator, job: int, kind: IntArray, taken: IntArray, base_h: FloatArray, slack_h: float,
    ) -> tuple[int, int]:
        """Put a job in, changing its size where it must; return its window."""
        one = self.classes[kind[job]]
        cap = int(rng.integers(0, len(one.time_ratio)))
        before_h, after_h = rng.exponential(slack_h, 2) if slack_h else (0.0, 0.0)
        while True:
            held = max(int(np.ceil(base_h[job] * one.time_ratio[cap] / self.slot_h - 1e-9)), 1)
            added_w = taken[job] * (one.power_w[cap] - self.idle_w)
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
        check.add("jobs", f"there is no room for more than {job}", "give fewer jobs, or more gpus, hours or power_share")
        check.refuse()


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate power_cap_jobs")
    check.whole("jobs", given["jobs"], 1, 100_000)
    check.whole("gpus", given["gpus"], 1, 1_000_000)
    check.whole("hours", given["hours"], 1, 10_000)
    if check.whole("slot_s", given["slot_s"], 60, 86400) and given["hours"] * HOUR_S % given["slot_s"]:
        check.add("slot_s", f"{given['hours']} hours are no whole number of slots", "let it divide the horizon")
    caps = given["caps_w"]
    if not isinstance(caps, (list, tuple)) or not caps or len(set(caps)) < len(caps) or not set(caps) <= set(CAPS_W):
        check.add("caps_w", "is no list of distinct known caps",
                  f"choose among {', '.join(f'{cap:g}' for cap in CAPS_W)}")
    check.number("power_share", given["power_share"], 0, 100, above=True)
    check.number("slack_h", given["slack_h"], 0, 1e5)
    check.number("delay_g_per_gpu_h", given["delay_g_per_gpu_h"], 0, 1e6)
    check.number("peak_g_per_kw", given["peak_g_per_kw"], 0, 1e9)
    check.number("pue", given["pue"], 1, 10)
    if given["idle_w"] is not None:
        check.number("idle_w", given["idle_w"], 0, 60)
    if check.one_of("board", given["board"], [one.name for one in GPUS]) and isinstance(caps, (list, tuple)) and caps:
        limit_w = gpu(given["board"]).tdp_w
        if all(isinstance(cap, (int, float)) for cap in caps) and max(caps) > limit_w:
            check.add("board", f"takes at most {limit_w:g} W", "choose another, or lower caps_w")
    check.one_of("zone", given["zone"], zone_names())
    check.accepted("start_utc", lambda: epoch_s(given["start_utc"]))
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()
