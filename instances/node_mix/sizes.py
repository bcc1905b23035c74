"""Sizes: workloads on nodes of several sizes and generations, by SC'23's measurements on V100 nodes."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ecoopt.core.arrays import FloatArray
from ecoopt.instances.hardware import NODES, upgrade

SIZES: Final = (1, 2, 4)
BENCHMARKS: Final = ("nlp", "cv", "candle")

TIME_BY_SIZE: Final = {
    "nlp": (1.0, 0.5720986444140996, 0.30679865503362824),
    "cv": (1.0, 0.6249778740789014, 0.49337328556823373),
    "candle": (1.0, 0.7383214917134532, 0.3694198958795891)}
"""Time of an iteration on V100 nodes of 1, 2 and 4 GPUs relative to one (SC'23 artifact); the speed-up is 1 / time."""

ENERGY_BY_SIZE: Final = {
    "nlp": (1.0, 0.9517331449699583, 0.9310592465743364),
    "cv": (1.0, 1.0011728343509083, 1.2082763037721267),
    "candle": (1.0, 1.069739203804804, 0.9787993028647314)}
"""Energy of the same work there, relative to one GPU (SC'23 artifact)."""

SOCKETS: Final = 2
_HOURS_PER_DAY_MEASURED = 9.6
_MOST = 10_000_000


def relative_time_and_energy(generation: str, benchmark: str) -> tuple[float, float]:
    """Return time and energy of the same work on one GPU of a generation, relative to a V100 (measured replacements).

    Parameters
    ----------
    generation : {"P100", "V100", "A100"}
        The generation.
    benchmark : {"nlp", "cv", "candle"}
        The group of benchmarks.
    """
    if generation == "V100":
        return 1.0, 1.0
    if generation == "A100":
        newer = upgrade("v100", "a100", benchmark)
        return 1.0 - newer.time_reduction, newer.new_kwh_per_day / newer.old_kwh_per_day
    older = upgrade("p100", "v100", benchmark)
    return 1.0 / (1.0 - older.time_reduction), older.old_kwh_per_day / older.new_kwh_per_day


def v100_kw(benchmark: str) -> float:
    """Return the mean power of a working V100 and its share of the CPUs, in kW (SC'23 artifact)."""
    return upgrade("v100", "a100", benchmark).old_kwh_per_day / _HOURS_PER_DAY_MEASURED


def sizes_content(
    rng: np.random.Generator, demand_h: FloatArray, node_h: float, benchmarks: Sequence[str],
    generations: Sequence[str], sizes: Sequence[int], noise: float,
) -> dict[str, Any]:
    """Return groups and options of workloads, without ceilings.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of the noise.
    demand_h : float array [W]
        Hours of one V100 that each workload takes.
    node_h : float
        Hours that a node works in the horizon.
    benchmarks : sequence of str
        Workloads take them in turn.
    generations, sizes : sequences
        Options of each workload: every generation in every size, with two CPUs, a memory module and a drive.
    noise : float
        Standard deviation of the logarithm of each time and each energy.
    """
    workloads = len(demand_h)
    drawn = np.exp(noise * rng.standard_normal((workloads, len(NODES), len(SIZES), 2)))
    kinds = [(generation, size) for generation in generations for size in sizes]
    place = [(list(NODES).index(generation), SIZES.index(size)) for generation, size in kinds]
    time, energy = np.empty((2, len(benchmarks), len(kinds)))
    for b, benchmark in enumerate(benchmarks):
        for k, ((generation, _), (_, s)) in enumerate(zip(kinds, place, strict=True)):
            slower, dearer = relative_time_and_energy(generation, benchmark)
            time[b, k] = slower * TIME_BY_SIZE[benchmark][s]
            energy[b, k] = dearer * ENERGY_BY_SIZE[benchmark][s] * v100_kw(benchmark)
    of = np.arange(workloads) % len(benchmarks)
    g, s = np.array(place).T
    nodes = [NODES[generation].replace(cpus=SOCKETS, gpus=size) for generation, size in kinds]
    return {
        "groups": tuple(f"{benchmarks[b]}-{w}" for w, b in enumerate(of.tolist())),
        "choice": np.ones(workloads, dtype=bool), "demand": demand_h,
        "options": tuple(f"{generation}x{size}" for generation, size in kinds) * workloads,
        "group": np.repeat(np.arange(workloads), len(kinds)),
        "delivers": (node_h / (time[of] * drawn[:, g, s, 0])).ravel(),
        "embodied_kg": np.tile([node.embodied_kg for node in nodes], workloads),
        "power_w": np.zeros(workloads * len(kinds)),
        "energy_kwh": (demand_h[:, None] * energy[of] * drawn[:, g, s, 1]).ravel(),
        "most": np.full(workloads * len(kinds), _MOST)}
