"""Hypothesis strategies for tiny fleets, and for schedules of them, right and wrong."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import Gpu
from ecoopt.instances.llm_config import Configuration, LlmConfigInstance, LlmConfigSchedule, RequestClass, Site
from ecoopt.instances.llm_config.models import MODELS

_START = "2023-03-01T08:00:00Z"


@st.composite
def llm_config_instances(
    draw: st.DrawFn, *, sites: int = 2, periods: int = 2, starts: bool | None = None, averaged: bool | None = None,
) -> LlmConfigInstance:
    """Draw a tiny instance: ties, tight pools and power, latencies, lengths, qualities, starts, free carbon.

    Parameters
    ----------
    sites, periods : int
        Most of each.
    starts : bool, optional
        Whether starts are charged; drawn when None.
    averaged : bool, optional
        Whether classes may ask for a mean quality; drawn when None.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, length, asked = draw(st.integers(1, sites)), draw(st.integers(1, periods)), draw(st.integers(1, 2))
    boards = tuple(Gpu(name=f"gpu{g}", memory_gb=80.0, tdp_w=400.0, embodied_kg=float(rng.choice([0.0, 20.0, 30.0])))
                   for g in range(draw(st.integers(1, 2))))
    kinds = [_configuration(rng, k, len(boards)) for k in range(draw(st.integers(1, 3)))]
    mean = averaged if averaged is not None else draw(st.booleans())
    content: dict[str, Any] = {
        "name": "tiny", "models": MODELS[:2], "gpus": boards, "configurations": kinds, "start_utc": _START,
        "period_s": int(rng.choice([1800, 3600])), "load": float(rng.choice([1.0, 0.85])),
        "classes": [_class(rng, q, length, mean=mean) for q in range(asked)],
        "sites": [_site(rng, z, length, len(boards)) for z in range(count)]}
    if starts if starts is not None else draw(st.booleans()):
        content["start_j_per_gpu"] = float(rng.choice([2e4, 4e5]))
        if draw(st.booleans()):
            content["running"] = rng.integers(0, 2, (len(kinds), count))
    if draw(st.booleans()):
        content["gpu_lifetime_h"] = 40_000.0
    instance: LlmConfigInstance = LlmConfigInstance.from_content(content, "drawn instance")
    return instance


@st.composite
def llm_config_schedules(draw: st.DrawFn, instance: LlmConfigInstance) -> LlmConfigSchedule:
    """Draw any schedule of an instance's shape; most break rules."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    periods, sites, kinds = instance.replica_shape
    made = rng.choice([0.0, 0.0, 10.0, 60.0], (periods, len(instance.classes), sites, kinds))
    return LlmConfigSchedule(replicas=rng.integers(0, 3, (periods, sites, kinds)), tokens_per_s=made)


def _configuration(rng: np.random.Generator, k: int, boards: int) -> Configuration:
    power_w = float(rng.choice([100.0, 200.0, 300.0]))
    return Configuration(
        name=f"kind{k}", model=MODELS[int(rng.integers(2))].name, gpu=f"gpu{rng.integers(boards)}",
        shards=int(rng.choice([1, 1, 2])), batch=8, length_tokens=int(rng.choice([256, 512])),
        cap_w=float(rng.choice([150.0, 250.0])), tokens_per_s=float(rng.choice([50.0, 80.0, 120.0])), power_w=power_w,
        idle_w=power_w * float(rng.choice([0.0, 0.3, 1.0])), latency_s=float(rng.choice([10.0, 20.0, 40.0])),
        measured=True)


def _class(rng: np.random.Generator, q: int, periods: int, *, mean: bool) -> RequestClass:
    return RequestClass(
        name=f"class{q}", demand_per_s=rng.choice([0.0, 20.0, 60.0, 110.0], periods),
        tokens_each=float(rng.choice([1.0, 0.5])), max_latency_s=float(rng.choice([15.0, 50.0, 50.0])),
        length_tokens=int(rng.choice([100, 256, 300])), model=MODELS[1].name if rng.random() < 0.25 else None,
        min_quality=float(rng.choice([0.0, 0.0, 0.4])), mean_quality=float(rng.choice([0.0, 0.4])) if mean else 0.0)


def _site(rng: np.random.Generator, z: int, periods: int, boards: int) -> Site:
    trace = CarbonTrace(zone="nowhere", start_utc=_START, step_s=3600,
                        intensity_g_per_kwh=rng.choice([0.0, 50.0, 400.0, 800.0], periods))
    limit = rng.choice([np.nan, np.nan, 250.0, 500.0])
    return Site(name=f"site{z}", carbon=trace, gpus=rng.integers(0, 5 - boards, boards),
                pue=float(rng.choice([1.0, 1.3])), power_limit_w=None if np.isnan(limit) else float(limit))
