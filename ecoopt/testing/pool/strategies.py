"""Hypothesis strategies for tiny pools, and for schedules of them, right and wrong."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.pool import PoolInstance, PoolSchedule

_START = "2023-03-01T08:00:00Z"


@st.composite
def pool_instances(
    draw: st.DrawFn, *, models: int = 2, periods: int = 2, trials: bool | None = None, objective: str | None = None,
) -> PoolInstance:
    """Draw a tiny instance of any objective: ties, types that serve nothing in time, loads, budgets, starts, trials.

    Parameters
    ----------
    models, periods : int
        Most of each; two models have at most two types.
    trials : bool, optional
        Whether there are measurements; drawn when None.
    objective : {"throughput", "cost", "carbon"}, optional
        Drawn when None.
    """
    measured = draw(st.integers(0, 5)) == 0 if trials is None else trials
    objective = objective or draw(st.sampled_from(("throughput", "cost") if measured else
                                                  ("throughput", "cost", "carbon")))
    number, length = (1, 1) if measured else (draw(st.integers(1, models)), draw(st.integers(1, periods)))
    kinds, rng = draw(st.integers(1, 4 - number)), np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    most = [draw(st.integers(0, 2)) if k else draw(st.integers(1, 3)) for k in range(kinds)]
    content: dict[str, Any] = {
        "name": "tiny", "objective": objective, "periods": length, "period_h": draw(st.sampled_from((1.0, 0.5))),
        "margin": draw(st.sampled_from((1.0, 0.98))), "late_share": draw(st.sampled_from((0.0, 0.0, 0.01, 0.3))),
        "types": [{"name": f"type{k}", "price_per_h": draw(st.sampled_from((0.0, 0.25, 0.5, 1.0))), "max_count": n,
                   "idle_w": 20.0, "busy_w": draw(st.sampled_from((20.0, 50.0, 200.0))),
                   "embodied_g_per_h": draw(st.sampled_from((0.0, 2.0)))} for k, n in enumerate(most)],
        "models": [_model(draw, rng, m, kinds, length, max(most), objective) for m in range(number)],
        "start_utc": _START, "pue": draw(st.sampled_from((1.0, 1.3)))}
    if draw(st.booleans()):
        content["price_factor"] = rng.choice((0.5, 1.0, 2.0), (length, kinds))
    if draw(st.booleans()):
        content["budget_per_h"] = rng.choice((0.5, 1.0, 2.0, 5.0), length)
    if not measured and draw(st.booleans()):
        content["start_h"] = draw(st.sampled_from((0.5, 2.0)))
        if draw(st.booleans()):
            content["running"] = rng.integers(0, 2, (number, kinds))
    if objective == "carbon":
        content["carbon"] = CarbonTrace(zone="nowhere", start_utc=_START, step_s=1800,
                                        intensity_g_per_kwh=rng.choice((0.0, 50.0, 400.0), 2 * length))
    if measured:
        content["trials"] = _trials(draw, rng, most)
    instance: PoolInstance = PoolInstance.from_content(content, "drawn instance")
    return instance


@st.composite
def pool_schedules(draw: st.DrawFn, instance: PoolInstance) -> PoolSchedule:
    """Draw any schedule of an instance: most break rules, some name what does not exist."""
    rng, beyond = np.random.default_rng(draw(st.integers(0, 2**32 - 1))), draw(st.integers(0, 1))
    shape = instance.periods + beyond, len(instance.models), len(instance.types)
    counts = rng.integers(0, 3, shape)
    routed = [[rng.choice((0.0, 0.5, 2.0), (shape[2], len(model.batch))) for model in instance.models]
              for _ in range(shape[0])]
    rates = rng.choice((0.0, 1.0, 3.0), (instance.periods, shape[1]))
    return PoolSchedule.of(counts, routed, rates)


def _model(
    draw: st.DrawFn, rng: np.random.Generator, m: int, kinds: int, periods: int, most: int, objective: str
) -> dict[str, Any]:
    """Draw a model: a query takes longer in later bins; the last bins are late on some types."""
    bins = draw(st.integers(1, 3))
    latency_ms = np.cumsum(rng.choice((100.0, 200.0, 400.0), (kinds, bins)), axis=1)
    share = rng.choice((0.0, 1.0, 2.0), bins)
    share[int(rng.integers(bins))] += 1.0
    model: dict[str, Any] = {
        "name": f"model{m}", "qos_ms": draw(st.sampled_from((350.0, 700.0, 2000.0))), "batch": np.arange(1, bins + 1),
        "share": share / share.sum(), "latency_ms": latency_ms, "weight": draw(st.sampled_from((1.0, 3.0)))}
    if objective != "throughput" or draw(st.booleans()):
        model["demand_per_s"] = rng.choice((0.0, 1.0, 3.0, 6.0), periods)
    if draw(st.booleans()):
        model["load"] = _loads(rng, kinds, most + 1)
    return model


def _loads(rng: np.random.Generator, kinds: int, columns: int) -> FloatArray:
    """Draw loads that machines may bear, which do not fall with their number."""
    table = np.arange(columns) * rng.choice((0.5, 0.8, 1.0), (kinds, columns))
    loads: FloatArray = np.maximum.accumulate(table, axis=1)
    return loads


def _trials(draw: st.DrawFn, rng: np.random.Generator, most: list[int]) -> dict[str, Any]:
    """Draw measurements of most compositions, which no number of machines makes worse."""
    grid = np.meshgrid(*(np.arange(n + 1) for n in most), indexing="ij")
    box: IntArray = np.stack(grid, axis=-1).reshape(-1, len(most))
    strength = box @ rng.choice((0.0, 10.0, 30.0, 50.0), len(most))
    kept = rng.random(len(box)) < draw(st.sampled_from((1.0, 0.7)))
    kept[int(rng.integers(len(box)))] = True
    return {"count": box[kept], "qos_percent": np.minimum(strength, 100.0)[kept], "rate_per_s": strength[kept],
            "least_qos_percent": draw(st.sampled_from((60.0, 99.0)))}
