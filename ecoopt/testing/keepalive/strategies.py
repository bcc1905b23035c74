"""Hypothesis strategy for tiny keep-alive instances whose optimum can be enumerated in milliseconds."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import EmbodiedParts, HardwareGeneration
from ecoopt.instances.keepalive import FunctionProfiles, Invocations, KeepAliveInstance, Weights
from ecoopt.testing.keepalive.oracle import plan_count

MENUS = ((0, 1, 2, 3), (0, 3), (0, 1, 5), (0, 2, 4), (0, 2, 30), tuple(range(31)), (0, 1), (0,))
"""Menus of keep-alive times, some with holes."""

_ACCOUNTING: st.SearchStrategy[Literal["physical", "artifact"]] = st.sampled_from(("physical", "artifact"))
_CONTAINERS: st.SearchStrategy[Literal["release", "persist"]] = st.sampled_from(("release", "persist"))
_NORMALISATION: st.SearchStrategy[Literal["paper", "grams"]] = st.sampled_from(("paper", "grams"))
_NOON = datetime(2023, 2, 3, 12, tzinfo=UTC)


@st.composite
def keepalive_instances(
    draw: st.DrawFn, *, functions: int = 3, generations: int = 3, minutes: int = 8, calls: int = 3,
    schedules: int = 5_000, every_length: bool = False, accounting: Literal["physical", "artifact"] | None = None,
    containers: Literal["release", "persist"] | None = None, relocation: bool | None = None,
    normalisation: Literal["paper", "grams"] | None = None,
) -> KeepAliveInstance:
    """Draw a tiny instance: costs with zeros and ties, tight and loose memory, carbon off the hour, cut gaps, history.

    Parameters
    ----------
    functions, generations, minutes, calls : int
        Most functions, generations, minutes, and calls in a minute.
    schedules, every_length : int, bool
        Calls are left out until `enumerate_optimum`, with this `every_length`, has at most so many schedules to try.
    accounting, containers, relocation, normalisation
        As in the instance; drawn when None.
    """
    boxes = [_generation(draw, f"gen{s}") for s in range(draw(st.integers(1, generations)))]
    kinds = draw(st.integers(1, functions))
    profiles = _profiles(draw, kinds, len(boxes))
    owner = draw(st.lists(st.integers(0, kinds - 1), min_size=1, max_size=functions))
    menu = draw(st.sampled_from(MENUS))
    drawn = draw(_CONTAINERS)
    containers = containers or ("persist" if relocation is False else drawn)
    if relocation is None:
        relocation = containers == "release" or draw(st.booleans())
    horizon = draw(st.integers(min(3, minutes), minutes) | st.integers(1, minutes))
    table = [draw(_counts(calls, horizon)) for _ in owner]
    _thin_out(table, len(boxes), menu[-1], schedules, persist=containers == "persist", every_length=every_length)
    past = draw(st.none() | st.integers(1, 6))
    start, carbon = _carbon(draw, horizon)
    return KeepAliveInstance(
        name="tiny", generations=tuple(boxes), pool_memory_gb=np.array([_pool_gb(draw, profiles) for _ in boxes]),
        profiles=profiles, function_profile=np.array(owner),
        function_names=draw(st.none() | st.just(tuple(f"f{i}" for i in range(len(owner))))), start_utc=start,
        carbon=carbon, invocations=Invocations.from_dense(np.array(table)),
        history=None if past is None else Invocations.from_dense(np.array([draw(_counts(calls, past)) for _ in owner])),
        keep_alive_menu_min=np.array(menu), weights=_weights(draw, normalisation),
        accounting=draw(_ACCOUNTING) if accounting is None else accounting, containers=containers,
        relocation=relocation)


def _amounts(most: float, least: float = 0.0) -> st.SearchStrategy[float]:
    """Return a strategy for amounts in 64 steps, so that zeros and ties come up."""
    return st.integers(0, 64).map(lambda step: least + (most - least) * step / 64)


def _counts(calls: int, minutes: int) -> st.SearchStrategy[list[int]]:
    """Return a strategy for a function's calls in each minute, some of them none."""
    count = st.integers(-1, calls).map(lambda n: max(n, 0))
    return st.lists(count, min_size=minutes, max_size=minutes)


def _generation(draw: st.DrawFn, name: str) -> HardwareGeneration:
    """Draw a box."""
    return HardwareGeneration(
        name=name, cores=draw(st.integers(1, 64)), memory_gb=draw(_amounts(512, least=8)),
        idle_cpu_w=draw(_amounts(64)), idle_dram_w=draw(_amounts(8)),
        embodied=EmbodiedParts(cpu_kg=draw(_amounts(64)), dram_kg=draw(_amounts(1024)), storage_kg=draw(_amounts(10))),
        lifetime_s=draw(st.sampled_from((124_416_000.0, 3_600_000.0))))


def _profiles(draw: st.DrawFn, kinds: int, boxes: int) -> FunctionProfiles:
    """Draw the needs of several kinds of functions."""

    def table(most: float, least: float = 0.0) -> np.ndarray:
        return np.array(column(most, least, kinds * boxes)).reshape(kinds, boxes)

    def column(most: float, least: float, size: int) -> list[float]:
        return draw(st.lists(_amounts(most, least), min_size=size, max_size=size))

    return FunctionProfiles(
        names=tuple(f"kind{p}" for p in range(kinds)),
        memory_gb=np.array(column(1.0, 0.01, kinds)),
        warm_s=table(16, least=0.25), cold_start_s=table(12), warm_cpu_j=table(1200), warm_dram_j=table(400),
        cold_start_cpu_j=table(700), cold_start_dram_j=table(180))


def _pool_gb(draw: st.DrawFn, profiles: FunctionProfiles) -> float:
    """Draw a pool's memory: next to none, just enough for a few containers, just too little, or plenty."""
    sizes_gb: list[float] = profiles.memory_gb.tolist()
    one_gb = draw(st.sampled_from(sizes_gb))
    few_gb = draw(st.integers(1, 6)) * one_gb
    return draw(st.sampled_from((1e-6, few_gb, 0.999 * few_gb, few_gb + one_gb / 2, 1e3)))


def _weights(draw: st.DrawFn, normalisation: Literal["paper", "grams"] | None) -> Weights:
    """Draw an objective, pure time and pure carbon among them."""
    return Weights(
        normalisation=draw(_NORMALISATION) if normalisation is None else normalisation,
        time_weight=draw(st.sampled_from((0.0, 0.1, 0.5, 0.75, 1.0))),
        reference_intensity_g_per_kwh=draw(st.sampled_from((1.0, 200.0, 330.8))),
        reference_keep_min=draw(st.sampled_from((1.0, 7.0, 30.0))),
        grams_per_s=draw(st.sampled_from((0.0, 0.001, 0.01, 10.0))))


def _carbon(draw: st.DrawFn, horizon: int) -> tuple[str, CarbonTrace]:
    """Draw a beginning and a trace from then or before, its steps aligned with neither hours nor minutes."""
    step_s = draw(st.sampled_from((60, 90, 300, 900, 3600)))
    lead_s = draw(st.integers(0, 12)) * step_s // 8
    steps = -(-(lead_s + 60 * horizon) // step_s) + draw(st.integers(0, 1))
    values = np.array(draw(st.lists(_amounts(800), min_size=steps, max_size=steps)))
    begin = _NOON + timedelta(minutes=draw(st.integers(0, 11)) * 5)
    trace = CarbonTrace(zone="nowhere", start_utc=_iso(begin), step_s=step_s, intensity_g_per_kwh=values)
    return _iso(begin + timedelta(seconds=lead_s)), trace


def _iso(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _thin_out(
    table: list[list[int]], boxes: int, longest: int, schedules: int, *, persist: bool, every_length: bool
) -> None:
    """Take calls away, from the function with the most plans, until there are few enough schedules."""
    while True:
        sizes = []
        for row in table:
            minutes = [m for m, n in enumerate(row) if n]
            counts = [n for n in row if n]
            sizes.append(plan_count(minutes, counts, boxes, longest, persist=persist, every_length=every_length))
        if np.prod(sizes, dtype=float) <= schedules:
            return
        row = table[sizes.index(max(sizes))]
        row[row.index(max(row))] -= 1
