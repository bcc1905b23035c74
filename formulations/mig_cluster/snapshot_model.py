"""The snapshot as an integer program: all jobs present on all GPUs at once, with what each move costs.

GPUs are told apart only by the instances that stay on them. A job that stays is a column of its own; moved and new jobs
share instances counted per GPU, and the rows of counts say what a GPU holds.
"""

from dataclasses import dataclass

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.budget import Budget
from ecoopt.core.errors import InputError
from ecoopt.core.run import Run
from ecoopt.core.status import Sense
from ecoopt.formulations.highs import ModelBuilder, solve_model
from ecoopt.instances.mig import MigGeometry, count_rows


@dataclass(frozen=True)
class Present:
    """The jobs present. A jobs, P profiles.

    Parameters
    ----------
    gpu, profile : int array [A]
        Where each runs, -1 where it waits.
    stay : float array [A]
        What it is worth where it is.
    move : float array [A, P]
        What it is worth elsewhere, or again, on each profile; 0 where it cannot run.
    """

    gpu: IntArray
    profile: IntArray
    stay: FloatArray
    move: FloatArray


@dataclass(frozen=True)
class Choice:
    """Where each job goes, GPU and profile, int arrays [A]; -1 where it waits."""

    gpu: IntArray
    profile: IntArray


def best_snapshot(geometry: MigGeometry, gpus: int, present: Present, *, nodes: int, seed: int) -> Choice:
    """Return the placement of greatest worth.

    Parameters
    ----------
    geometry : MigGeometry
        Of every GPU.
    gpus : int
        How many.
    present : Present
        The jobs.
    nodes : int
        Most nodes of the search; the best placement found is returned where they do not do.

    Raises
    ------
    InputError
        When the exact rows of the geometry are not known.
    """
    rows = count_rows(geometry)
    if rows is None:
        raise InputError.one("mig_cluster", "geometry", f"exact rows of {geometry.name} are not known",
                             "use an A30 or a GPU with seven compute slices, with the legal starts of its profiles")
    number, profiles = present.move.shape
    builder = ModelBuilder(sense=Sense.MAX)
    running = np.flatnonzero(present.gpu >= 0)
    mover, target = np.nonzero(present.move > 0)
    stay = builder.add_columns("stay", len(running), cost=present.stay[running], upper=1.0, integer=True)
    move = builder.add_columns("move", len(mover), cost=present.move[mover, target], upper=1.0)
    new = builder.add_columns("new", (gpus, profiles), upper=float(rows.per_gpu.max()), integer=True)
    once = builder.add_rows("once", number, upper=1.0)
    builder.add_terms(once[running], stay, 1.0)
    builder.add_terms(once[mover], move, 1.0)
    enough = builder.add_rows("enough", profiles, upper=0.0)
    builder.add_terms(enough[target], move, 1.0)
    builder.add_terms(np.broadcast_to(enough, new.shape), new, -1.0)
    holds = builder.add_rows("holds", (gpus, len(rows.per_gpu)), upper=rows.per_gpu.astype(float))
    builder.add_terms(holds[present.gpu[running]], stay[:, None],
                      rows.coefficients[:, present.profile[running]].T.astype(float))
    builder.add_terms(holds[:, :, None], new[:, None, :], rows.coefficients[None].astype(float))
    # The relaxation is all but integral; heuristics find what a few nodes find anyway.
    found = solve_model(builder.model(), Run(Budget(iterations=nodes), sense=Sense.MAX), gap=1e-6, seed=seed,
                        options={"mip_heuristic_effort": 0.0})
    gpu, profile = np.full(number, -1, dtype=np.int64), np.full(number, -1, dtype=np.int64)
    if found.x is None:
        kept = running
    else:
        kept = running[found.x[stay] > 0.5]
        free = np.rint(found.x[new]).astype(np.int64)
        for index in np.flatnonzero(found.x[move] > 0.5).tolist():
            job, p = int(mover[index]), int(target[index])
            homes = np.flatnonzero(free[:, p])
            if homes.size:
                gpu[job], profile[job] = homes[0], p
                free[homes[0], p] -= 1
    gpu[kept], profile[kept] = present.gpu[kept], present.profile[kept]
    return Choice(gpu, profile)
