"""The instances behind the keep-alive figures: a real trace when its files are given, else the calibrated generator."""

import argparse

import numpy as np

from ecoopt.instances.carbon import read_carbon
from ecoopt.instances.keepalive import (
    KeepAliveInstance,
    Weights,
    generate,
    instance_from_trace,
    read_counts_npz,
    read_ecolife,
)
from ecoopt.instances.keepalive.gap_pools import pool_gaps

HISTORY_MIN = 20


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that name the data."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--trace", help="EcoLife's count files: folder, zip or npz; without it, a generated trace")
    parser.add_argument("--carbon", help="carbon trace of US-CAL-CISO 2023 (direct intensity is used)")
    parser.add_argument("--seconds", type=float, default=60.0, help="time limit of each solver")
    return parser


def instance_of(
    options: argparse.Namespace, *, start_min: int, minutes: int, memory: float, functions: int | None = None,
    seed: int = 0, containers: str = "release",
) -> KeepAliveInstance:
    """Return `minutes` of the trace with memory at a share of its unconstrained peak, split evenly."""
    if options.trace:
        trace = (read_counts_npz if options.trace.endswith(".npz") else read_ecolife)(options.trace)
        chosen = None
        if functions is not None:
            rng = np.random.default_rng(seed)
            chosen = np.sort(rng.choice(trace.invocations.functions, functions, replace=False))
        carbon = read_carbon(options.carbon, signal="direct")
        weights = Weights(reference_intensity_g_per_kwh=float(carbon.intensity_g_per_kwh.mean()))
        free = instance_from_trace(
            trace, carbon=carbon, start_utc="2023-02-03T08:00:00Z", start_min=start_min, end_min=start_min + minutes,
            history_min=min(start_min, HISTORY_MIN), memory_gb=[1e6, 1e6], weights=weights, functions=chosen,
            containers=containers)
    else:
        free = generate(functions=functions or 1000, hours=minutes / 60, seed=seed, containers=containers)
        free = free.replace(pool_memory_gb=np.full(2, 1e6))
    pools = pool_gaps(free)
    peak_gb = float(pools.memory(pools.unconstrained()).sum(axis=0).max())
    return free.replace(pool_memory_gb=np.full(2, memory * peak_gb / 2))
