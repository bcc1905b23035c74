"""Residents drawn at random: GPUs cut into random layouts, on which jobs of the instance run already."""

from collections.abc import Sequence

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.mig import maximal_layouts
from ecoopt.instances.mig_partition.schema import GpuBlock, Pin, Running

FILLED = 0.85
"""Chance that an instance of a GPU with residents has one."""


def draw_residents(
    rng: np.random.Generator, blocks: Sequence[GpuBlock], job_type: IntArray, share: float,
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return job, GPU, profile and start of each resident.

    A share of the GPUs, chosen at random, is cut into a layout drawn from the maximal ones; an instance is given,
    with probability `FILLED`, the first job not yet placed that runs on it.
    """
    blocks_of = np.repeat(np.arange(len(blocks)), [block.gpus for block in blocks])
    chosen = np.sort(rng.permutation(len(blocks_of))[:round(share * len(blocks_of))])
    waiting = {kind: np.flatnonzero(job_type == kind).tolist()[::-1] for kind in np.unique(job_type).tolist()}
    found: list[tuple[int, int, int, int]] = []
    for gpu in chosen.tolist():
        block = blocks[blocks_of[gpu]]
        layouts = maximal_layouts(block.geometry)
        for profile, start in layouts[int(rng.integers(len(layouts)))]:
            if rng.random() >= FILLED:
                continue
            fits = [jobs for kind, jobs in waiting.items() if jobs and block.speed[kind, profile] > 0]
            if fits:
                found.append((min(fits, key=lambda jobs: jobs[-1]).pop(), gpu, profile, start))
    job, gpu_of, profile_of, start_of = np.array(found, dtype=np.int64).reshape(-1, 4).T
    return job, gpu_of, profile_of, start_of


def residents(
    rng: np.random.Generator, places: tuple[IntArray, IntArray, IntArray, IntArray], worth: FloatArray, pinned: float,
    migration_cost: float, reset_cost: float,
) -> Running:
    """Return the residents with their pins and costs.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws pins and costs.
    places : tuple of int arrays [R]
        Job, GPU, profile and start.
    worth : float array [J]
        What each job is worth at best, in units of the objective.
    pinned : float
        Share of residents pinned to their GPU.
    migration_cost, reset_cost : float
        Costs as shares of `worth`, each times a number drawn from 0.5 to 1.5.
    """
    job, gpu, profile, start = places
    spread = rng.uniform(0.5, 1.5, len(job)) * np.abs(worth[job])
    pin: tuple[Pin, ...] = tuple("gpu" if draw < pinned else "free" for draw in rng.random(len(job)).tolist())
    return Running(job=job, gpu=gpu, profile=profile, start=start, pin=pin, migration_cost=migration_cost * spread,
                   reset_cost=reset_cost * spread)
