"""Generator: seeded pools with KAIROS's models, types and mix of batch sizes, daily waves of demand, spot prices."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.carbon import generate_carbon, zone_names
from ecoopt.instances.carbon.stamps import epoch_s, iso
from ecoopt.instances.dispatch.profile import PROFILE_LICENCE, QOS_MS, profile
from ecoopt.instances.pool.catalogue import MODELS, SOURCE, batch_shares, instance_types, known_types, latency_ms
from ecoopt.instances.pool.queueing import load_table
from ecoopt.instances.pool.schema import MOST_INSTANCES, MOST_PERIODS, PoolInstance

MARGIN = 0.98
QUEUEING = ("fluid", "erlang")
OBJECTIVES = ("throughput", "cost", "carbon")
BUDGET_PER_H = 2.5
"""KAIROS's budget for one model."""

_DAY_H, _PEAK_H, _SPREAD_H = 24, 14.0, 3.0
_RETURN = 0.9


def generate(
    *, objective: str = "throughput", models: Sequence[str] = ("rm2",), kinds: int = 4, hours: int = 1,
    budget_per_h: float | None = None, demand: float | None = None, diurnal: float = 0.4, noise: float = 0.05,
    spot: float = 0.0, start_h: float = 0.0, max_count: int | None = None, queueing: str = "fluid",
    late_share: float = 0.0, margin: float = MARGIN, zone: str = "US-CAL-CISO",
    start_utc: str = "2023-03-01T08:00:00Z", seed: int = 0, name: str | None = None,
) -> PoolInstance:
    """Return a random instance; the same arguments give the same bytes.

    Latencies, prices, limits and the mix of batch sizes are KAIROS's, exactly, for up to four types; the others are
    scaled (see the catalogue). Without `noise`, `spot` and `diurnal` nothing is random.

    Parameters
    ----------
    objective : {"throughput", "cost", "carbon"}
        What is asked for.
    models : sequence of str
        Among rm2, wnd, mtwnd, dien and ncf.
    kinds : int
        Types of machines, at most 16: g4dn.xlarge, c5n.2xlarge, r5n.large, t3.xlarge, then the scaled ones.
    hours : int
        Periods of one hour.
    budget_per_h : float, optional
        Dollars per hour for all models; by default KAIROS's 2.5 for each for ``throughput``, none else.
    demand : float, optional
        Mean demand of a model, as a multiple of what one base machine serves of it. By default 4, and none for
        ``throughput``: all that can be served counts.
    diurnal, noise : float
        Amplitude in 0..1 of the daily wave of demand, standard deviation of the logarithm of each hour's.
    spot : float
        Standard deviation of the logarithm of each type's hourly price, which comes back to its mean within half a
        day; 0 for list prices.
    start_h : float
        Hours of rent that a start costs.
    max_count : int, optional
        Most machines of each type; by default the published ones for each model.
    queueing : {"fluid", "erlang"}
        Whether machines may work all the time, or as much as keeps 99 % of the queries in time.
    late_share, margin
        As in ``PoolInstance``.
    zone, start_utc : str
        Of the synthetic carbon trace (``carbon``).
    seed : int
        Of demand, prices and carbon.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong.
    """
    arguments = dict(locals())
    _check(arguments)
    given = {field: plain(value) for field, value in arguments.items()} | {"start_utc": iso(epoch_s(start_utc))}
    demand_rng, price_rng = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    if demand is None and objective != "throughput":
        demand = 4.0
    if budget_per_h is None and objective == "throughput":
        budget_per_h = BUDGET_PER_H * len(models)
    types = [kind.replace(max_count=kind.max_count * len(models)) if max_count is None else kind
             for kind in instance_types(kinds, max_count)]
    most = max(kind.max_count for kind in types)
    waves = _waves(demand_rng, len(models), epoch_s(start_utc), hours, diurnal, noise)
    content: dict[str, Any] = {
        "name": name or f"pool-{objective}-m{len(models)}-k{kinds}-h{hours}-s{seed}", "objective": objective,
        "provenance": Provenance(source=f"ecoopt pool generator: {SOURCE}", licence=PROFILE_LICENCE, generator=given),
        "types": types, "periods": hours, "margin": margin, "late_share": late_share, "start_h": start_h,
        "start_utc": start_utc,
        "models": [_model(model, kinds, wave, demand, most, margin, queueing)
                   for model, wave in zip(models, waves, strict=True)]}
    if budget_per_h is not None:
        content["budget_per_h"] = np.full(hours, float(budget_per_h))
    if spot:
        content["price_factor"] = _spot(price_rng, hours, kinds, spot)
    if objective == "carbon":
        content["carbon"] = generate_carbon(zone, days=-(-hours // _DAY_H) + 1, start=start_utc, seed=seed)
    instance: PoolInstance = PoolInstance.from_content(content, "generate pool")
    return instance


def _model(
    model: str, kinds: int, wave: FloatArray, demand: float | None, most: int, margin: float, queueing: str
) -> dict[str, Any]:
    """Return the content of one model."""
    measured, worked_ms = profile(model), latency_ms(model, kinds)
    share = batch_shares(measured)
    content: dict[str, Any] = {"name": model, "qos_ms": QOS_MS[model], "batch": measured.batch, "share": share,
                               "latency_ms": worked_ms, "weight": 1.0}
    if demand is not None:
        content["demand_per_s"] = demand * wave * 1000.0 / float(share @ worked_ms[0])
    if queueing == "erlang":
        content["load"] = load_table(worked_ms, share, margin * QOS_MS[model], most)
    return content


def _waves(
    rng: np.random.Generator, models: int, start_s: int, hours: int, diurnal: float, noise: float
) -> FloatArray:
    """Return demand relative to its mean, float array [M, T]: a wave of a day, peaks some hours apart, and noise."""
    clock_h = (start_s / 3600 + np.arange(hours)) % _DAY_H
    peak_h = _PEAK_H + rng.uniform(-_SPREAD_H, _SPREAD_H, models)
    wave = 1 + diurnal * np.cos(2 * np.pi * (clock_h - peak_h[:, None]) / _DAY_H)
    waves: FloatArray = wave * np.exp(rng.normal(0, noise, (models, hours)))
    return waves


def _spot(rng: np.random.Generator, hours: int, kinds: int, spread: float) -> FloatArray:
    """Return prices relative to list prices, float array [T, K]: logarithms that return to their mean."""
    steps = rng.normal(0, spread, (hours, kinds))
    for t in range(1, hours):
        steps[t] = _RETURN * steps[t - 1] + np.sqrt(1 - _RETURN**2) * steps[t]
    factors: FloatArray = np.exp(steps)
    return factors


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate pool")
    check.one_of("objective", given["objective"], OBJECTIVES)
    models = given["models"]
    if isinstance(models, str) or not isinstance(models, Sequence) or not models:
        check.add("models", "is no list of models", f"give some of {', '.join(MODELS)}")
    else:
        for model in models:
            check.one_of("models", model, MODELS)
        if len(set(map(str, models))) < len(models):
            check.add("models", "names a model twice", "name each once")
    check.whole("kinds", given["kinds"], 1, known_types())
    check.whole("hours", given["hours"], 1, MOST_PERIODS)
    if given["budget_per_h"] is not None:
        check.number("budget_per_h", given["budget_per_h"], 0, 1e9)
    if given["demand"] is not None:
        check.number("demand", given["demand"], 0, 1e4)
    check.number("diurnal", given["diurnal"], 0, 1)
    check.number("noise", given["noise"], 0, 2)
    check.number("spot", given["spot"], 0, 2)
    check.number("start_h", given["start_h"], 0, 10_000)
    if given["max_count"] is not None:
        check.whole("max_count", given["max_count"], 0, MOST_INSTANCES)
    check.one_of("queueing", given["queueing"], QUEUEING)
    check.number("late_share", given["late_share"], 0, 0.5)
    check.number("margin", given["margin"], 0, 1, above=True)
    check.one_of("zone", given["zone"], zone_names())
    check.accepted("start_utc", lambda: epoch_s(given["start_utc"]))
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()
