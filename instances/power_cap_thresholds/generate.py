"""Generator: seeded rows of inference servers, scenarios of their power by time of day with bursts, levels of speed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon.ar1 import stationary_ar1
from ecoopt.instances.hardware import effect_curve, effect_curves
from ecoopt.instances.power_cap_thresholds.schema import PowerCapThresholdsInstance

DAY_S = 86400
_IDLE, _BASE, _WAVE, _NOISE, _PHI, _BURST = 0.3, 0.62, 0.16, 0.05, 0.9, 0.12


def generate(
    *, servers: int = 40, least_added: int = 0, most_added: int = 24, value_h: float = 6.0, scenarios: int = 100,
    levels: int = 10, lowest: float = 0.6, thresholds: Sequence[float] = (0.8, 0.9), low_share: float = 0.3,
    high_weight: float = 4.0, server_w: float = 6500.0, curve: str = "llama-65b-a100", step_s: int = 300,
    trip_share: float = 0.02, seed: int = 0, name: str | None = None,
) -> PowerCapThresholdsInstance:
    """Return a random instance; the same arguments give the same bytes.

    The row was laid out for its servers at full power. What they draw has a daily wave, an autoregressive noise that
    all share, and bursts of a quarter of an hour to two hours. Levels are power caps, evenly spaced, and what they do
    to time is the measured curve of the board.

    Parameters
    ----------
    servers, least_added, most_added, value_h, thresholds, step_s, trip_share
        As in ``PowerCapThresholdsInstance``.
    scenarios : int
        Number of days.
    levels : int
        Number of levels, full speed among them.
    lowest : float
        Lowest cap, as a share of the default one.
    low_share : float
        Share of the servers of low priority, the rest is of high.
    high_weight : float
        What a lost hour of a server of high priority counts, against 1.
    server_w : float
        Full power of a server; the row's limit is that of all its servers.
    curve : str
        Effect curve of the catalogue.
    seed : int
        Of the scenarios.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    _check(arguments)
    effects = effect_curve(curve)
    cap_w = np.linspace(1.0, max(lowest, effects.cap_w[0] / effects.cap_w[-1]), levels) * effects.cap_w[-1]
    ratio = np.asarray(effects.power_at(cap_w), dtype=np.float64)
    kept = np.append(True, np.diff(ratio) < 0)
    ratio = ratio[kept] / ratio[0]
    lost = 1.0 - 1.0 / np.asarray(effects.time_at(cap_w[kept]), dtype=np.float64)
    rng = np.random.default_rng(seed)
    content: dict[str, Any] = {
        "name": name or f"power-cap-thresholds-m{servers}-w{scenarios}-l{levels}-s{seed}",
        "provenance": Provenance(
            source="ecoopt thresholds generator: the decision of POLCA (ASPLOS'24), effects of caps fitted to Samsi et "
                   "al. (HPEC'23) or Zeus (NSDI'23); scenarios, thresholds and weights assumed",
            generator={field: plain(value) for field, value in arguments.items()}),
        "limit_w": float(servers * server_w), "servers": servers, "least_added": least_added, "most_added": most_added,
        "value_h": value_h, "priorities": ("low", "high"), "share": np.array([low_share, 1.0 - low_share]),
        "weight": np.array([1.0, high_weight]), "power_ratio": ratio, "loss": np.maximum(np.array([lost, lost]), 0.0),
        "thresholds": np.array(thresholds, dtype=float), "step_s": step_s, "trip_share": trip_share,
        "server_w": np.round(server_w * np.array([_day(rng, step_s) for _ in range(scenarios)]), 1)}
    instance: PowerCapThresholdsInstance = PowerCapThresholdsInstance.from_content(
        content, "generate power_cap_thresholds")
    return instance


def _day(rng: np.random.Generator, step_s: int) -> FloatArray:
    """Return a day of power of both priorities as shares of full power, float array [T, 2]."""
    steps = DAY_S // step_s
    clock = np.arange(steps) / steps
    noise = _NOISE * np.array([stationary_ar1(steps, _PHI, rng) for _ in range(3)])
    level = _BASE + 0.04 * rng.standard_normal()
    wave = level + _WAVE * np.sin(2 * np.pi * (clock - 0.35))
    bursts = np.zeros((steps, 2))
    for _ in range(rng.poisson(3)):
        begin, lasts = rng.integers(0, steps), max(int(rng.uniform(900, 7200) / step_s), 1)
        bursts[begin:begin + lasts, rng.integers(0, 2)] += rng.exponential(_BURST)
    power: FloatArray = np.clip(wave[:, None] + noise[0][:, None] + 0.7 * noise[1:].T + bursts, _IDLE, 1.0)
    return power


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate power_cap_thresholds")
    check.whole("servers", given["servers"], 1, 10_000)
    check.whole("least_added", given["least_added"], 0, 10_000)
    check.whole("most_added", given["most_added"], 0, 10_000)
    check.number("value_h", given["value_h"], 0, 1e6)
    check.whole("scenarios", given["scenarios"], 1, 10_000)
    check.whole("levels", given["levels"], 1, 64)
    check.number("lowest", given["lowest"], 0, 1, above=True)
    entries = given["thresholds"]
    if not isinstance(entries, (list, tuple)) or not entries:
        check.add("thresholds", "is no list of shares of the limit", "give increasing numbers up to 1")
    else:
        for share in entries:
            check.number("thresholds", share, 0, 1, above=True)
    check.number("low_share", given["low_share"], 0.01, 0.99)
    check.number("high_weight", given["high_weight"], 0, 1e6)
    check.number("server_w", given["server_w"], 0, 1e6, above=True)
    check.one_of("curve", given["curve"], tuple(effect_curves()))
    if check.whole("step_s", given["step_s"], 60, 7200) and DAY_S % given["step_s"]:
        check.add("step_s", "does not divide the day", "take 300, or 900")
    check.number("trip_share", given["trip_share"], 0, 0.99)
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()
