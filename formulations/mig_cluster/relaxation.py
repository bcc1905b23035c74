"""Bounds from relaxations: the jobs alone, the linear mean-busy-time model, and the integer one."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import HighsResult, solve_lp, solve_model
from ecoopt.formulations.mig_cluster.busy_time import busy_time_model
from ecoopt.formulations.mig_cluster.points import grid_of, merged_points, split_points
from ecoopt.instances.mig_cluster import MigClusterInstance, MigClusterSchedule

Count: TypeAlias = Annotated[int, Field(ge=2, le=100_000)]

_MOST_PAIRS, _FEWEST, _MOST = 60_000, 12, 200
_BAD = (Status.INFEASIBLE, Status.UNBOUNDED, Status.ERROR)


def bound(
    instance: MigClusterInstance, run: Run, *, seed: int, start: MigClusterSchedule | None, points: Count | None = None,
) -> Outcome:
    """Solve the linear mean-busy-time relaxation: a bound, and what it took.

    Parameters
    ----------
    points : int, optional
        Borders of the grid of time; by default 12 to 200, fewer the more jobs there are.
    """
    if start is not None:
        done_s = instance.arrival_s.copy()
        np.maximum.at(done_s, start.job, start.end_s)
        run.offer(float(np.mean(done_s - instance.arrival_s)), start)
    run.prove(lone_bound(instance))
    if run.stop() is not None:
        return run.outcome()
    found = prove_linear(instance, run, seed=seed, points=points)
    return run.outcome(found.termination, found.status if found.status in _BAD else None,
                       simplex_iterations=found.simplex_iterations)


def lone_bound(instance: MigClusterInstance) -> float:
    """Return the mean time the jobs take where each has the profile it is fastest on from its arrival."""
    return float(np.mean((instance.arrival_s + instance.work_s / instance.job_speed.max(axis=1)) - instance.arrival_s))


def prove_linear(
    instance: MigClusterInstance, run: Run, *, seed: int, points: int | None = None, horizon_s: float | None = None,
) -> HighsResult:
    """Solve the linear relaxation within a run, which is told the bound."""
    most = points or int(np.clip(_MOST_PAIRS // instance.jobs, _FEWEST, _MOST))
    grid_s = grid_of(instance, most, horizon_s)
    model = busy_time_model(instance, merged_points(instance, grid_s))
    # The simplex method needs many times as long here as an interior point and the way from there to a corner.
    return solve_lp(model.model, run, seed=seed, options={"solver": "ipm"})


def prove_integer(
    instance: MigClusterInstance, run: Run, *, seed: int, threads: int, borders: int, horizon_s: float | None = None,
) -> HighsResult:
    """Solve the integer relaxation within a run, which is told the bound."""
    grid_s = grid_of(instance, borders, horizon_s)
    model = busy_time_model(instance, split_points(instance, grid_s), completions=True)
    return solve_model(model.model, run, seed=seed, threads=threads)
