"""Small keep-alive instances, random or by hand, for the tests of policies and baselines."""

import csv
import lzma
from pathlib import Path

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.hardware import generation
from ecoopt.instances.keepalive import FunctionProfiles, Invocations, KeepAliveInstance, Weights
from ecoopt.instances.keepalive.catalogue import profiles_for
from ecoopt.instances.keepalive.costs import cost_table

BOXES = ("i3", "c5n", "m5zn")


def carbon(intensity: object, step_s: int = 60) -> CarbonTrace:
    return CarbonTrace(zone="Z", start_utc="2024-01-01T00:00:00Z", step_s=step_s, intensity_g_per_kwh=intensity)


def instance_of(counts: object, *, seed: int = 0, boxes: tuple[str, ...] = ("i3", "m5zn"), pool_gb: object = 512.0,
                intensity: object = None, history: object = None, menu: object = None, profiles: int = 2,
                **fields: object) -> KeepAliveInstance:
    """Return an instance with the calls of a table [functions, minutes] and random profiles."""
    rng = np.random.default_rng(seed)
    table = np.asarray(counts)
    functions, minutes = table.shape
    shape = (profiles, len(boxes))
    if intensity is None:
        intensity = rng.uniform(50, 400, minutes)
    return KeepAliveInstance(
        name="case", generations=tuple(generation(name) for name in boxes),
        pool_memory_gb=np.broadcast_to(np.asarray(pool_gb, float), len(boxes)).copy(),
        profiles=FunctionProfiles(
            names=tuple(f"p{k}" for k in range(profiles)), memory_gb=rng.uniform(0.1, 0.6, profiles),
            warm_s=rng.uniform(1, 9, shape), cold_start_s=rng.uniform(1, 6, shape),
            warm_cpu_j=rng.uniform(100, 900, shape), warm_dram_j=rng.uniform(10, 200, shape),
            cold_start_cpu_j=rng.uniform(50, 600, shape), cold_start_dram_j=rng.uniform(10, 100, shape)),
        function_profile=rng.integers(0, profiles, functions), start_utc="2024-01-01T00:00:00Z",
        carbon=carbon(intensity),
        invocations=Invocations.from_dense(table),
        history=None if history is None else Invocations.from_dense(np.asarray(history)),
        keep_alive_menu_min=np.arange(31) if menu is None else np.asarray(menu), **fields)


def random_instance(seed: int) -> KeepAliveInstance:
    """Return an instance in which everything that may vary does."""
    rng = np.random.default_rng(seed)
    functions, minutes = int(rng.integers(1, 9)), int(rng.integers(1, 60))
    boxes = BOXES[: int(rng.integers(1, 4))]
    counts = rng.poisson(rng.uniform(0.1, 2, (functions, 1)), (functions, minutes))
    containers, relocation = [("release", True), ("persist", True), ("persist", False)][int(rng.integers(3))]
    menu = [np.arange(31), np.array([0, 1, 5, 12]), np.array([0]), np.arange(0, 80, 2)][int(rng.integers(4))]
    weights = [Weights(), Weights(time_weight=0.1, reference_intensity_g_per_kwh=200.0), Weights(time_weight=1.0),
               Weights(normalisation="grams")][int(rng.integers(4))]
    return instance_of(
        counts, seed=seed, boxes=boxes, pool_gb=rng.choice([0.05, 0.7, 2.0, 512.0], len(boxes)),
        intensity=rng.choice([80.0, 250.0, 251.0], minutes), menu=menu, weights=weights,
        history=rng.poisson(0.5, (functions, int(rng.integers(1, 30)))) if rng.random() < 0.5 else None,
        accounting=str(rng.choice(["physical", "artifact"])), containers=containers, relocation=relocation)


def costs_at(instance: KeepAliveInstance, intensity: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return warm, cold and keep costs [P, G] at an intensity."""
    c = cost_table(instance)
    return (c.warm_fixed + c.warm_slope * intensity, c.cold_fixed + c.cold_slope * intensity,
            c.keep_fixed + c.keep_slope * intensity)


def occupancy(instance: KeepAliveInstance, schedule: object, until: int) -> IntArray:
    """Return the containers waiting [F, G, until] at the end of each of the first minutes."""
    calls = instance.invocations
    table = np.zeros((calls.functions, len(instance.generations), until), np.int64)
    for cell, s, number, keep in zip(schedule.keep_cell, schedule.keep_generation, schedule.keep_containers,
                                     schedule.keep_min, strict=True):
        f = calls.cell_function[cell]
        end = calls.minutes[cell] + keep
        if cell + 1 < calls.offsets[f + 1]:
            end = min(end, calls.minutes[cell + 1])
        table[f, s, calls.minutes[cell]:end] += number
    return table


def published_trace(folder: Path, begin: int, end: int) -> KeepAliveInstance:
    """Return minutes of EcoLife's trace: i3 and m5zn, California from hour 800 of 2023, the artifact's rules."""
    trace = np.load(folder / "serverless" / "ecolife_azure_1000fn_12d_per_minute.npz")
    with lzma.open(folder / "carbon" / "ecolife_US-CAL-CISO_2023_hourly.csv.xz", "rt", encoding="utf-8") as lines:
        rows = csv.reader(lines)
        direct = next(k for k, name in enumerate(next(rows)) if "(direct)" in name)
        hourly = [float(row[direct]) for row in rows]
    profiles = profiles_for(("i3", "m5zn"))
    apps = [str(name).split("*")[0] for name in trace["functions"]]
    start = np.datetime64("2023-01-01T00:00:00") + np.timedelta64(800 * 60 + begin, "m")
    return KeepAliveInstance(
        name="published", generations=(generation("i3"), generation("m5zn")), pool_memory_gb=[512.0, 512.0],
        profiles=profiles, function_profile=[profiles.names.index(app) for app in apps], start_utc=f"{start}Z",
        carbon=CarbonTrace(
            zone="US-CAL-CISO", start_utc="2023-01-01T00:00:00Z", step_s=3600, intensity_g_per_kwh=hourly),
        invocations=Invocations.from_dense(trace["counts"][:, begin:end]),
        history=Invocations.from_dense(trace["counts"][:, :begin]), accounting="artifact",
        weights=Weights(reference_intensity_g_per_kwh=330.82))
