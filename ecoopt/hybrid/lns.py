"""Large-neighbourhood search: free a part of a model around the incumbent, let HiGHS solve it, keep what is better."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ecoopt.core.arrays import FloatArray
from ecoopt.core.budget import Budget
from ecoopt.core.instance import Schedule
from ecoopt.core.run import Run
from ecoopt.formulations.highs import LinearModel, solve_model

Neighbourhood = Callable[[np.random.Generator, int], NDArray[np.bool_]]


@dataclass(frozen=True)
class LnsSettings:
    """How far a neighbourhood reaches and how long it is searched.

    Parameters
    ----------
    columns : int
        Columns that the first neighbourhood frees; grows by a third when HiGHS proves it searched, shrinks when not.
    fewest, most : int
        Limits of that number.
    nodes : int
        Branch-and-bound nodes per neighbourhood.
    patience : int
        Neighbourhoods in a row without gain that end the search.
    """

    columns: int = 250
    fewest: int = 40
    most: int = 4000
    nodes: int = 200
    patience: int = 60


def search_neighbourhoods(
    model: LinearModel, x: FloatArray, neighbourhood: Neighbourhood, schedule_of: Callable[[FloatArray], Schedule],
    run: Run, *, seed: int, settings: LnsSettings | None = None,
) -> FloatArray:
    """Improve a feasible solution until the budget or the patience ends; return the best one.

    One iteration is one neighbourhood. Neighbourhoods are limited by nodes, not seconds, so that a seed and an
    iteration budget give the same result; the run's seconds cut the last one short.

    Parameters
    ----------
    model : LinearModel
        Of the run's sense.
    x : float array [columns]
        A feasible solution.
    neighbourhood : callable
        Maps a generator and a number of columns to a mask of the columns to free.
    schedule_of : callable
        Turns a solution into a schedule.
    run : Run
        Told of every improvement.
    seed : int
        Of the neighbourhoods and of HiGHS.
    settings : LnsSettings, optional
        Sizes.
    """
    settings = settings or LnsSettings()
    rng = np.random.default_rng(seed)
    columns_of = model.matrix.tocsc()
    best, value, size, idle = x.copy(), model.objective(x), settings.columns, 0
    while model.columns and run.stop() is None and idle < settings.patience:
        free = np.flatnonzero(neighbourhood(rng, size))
        part = restricted_to(model, columns_of, free, best)
        seconds = None if run.budget.seconds is None else run.seconds_left
        ledger = Run(Budget(seconds=seconds, iterations=settings.nodes), sense=model.sense)
        found = solve_model(part, ledger, start=best[free], seed=seed, options={"mip_heuristic_effort": 0.2})
        proved = found.gap <= 1e-6
        size = int(np.clip(size * (4 / 3 if proved else 3 / 4), settings.fewest, settings.most))
        run.tick()
        idle += 1
        gained = found.objective is not None and abs(found.objective - value) > 1e-9 * abs(value)
        if found.x is not None and found.objective is not None and gained and run.better(found.objective, value):
            best, value, idle = best.copy(), found.objective, 0
            best[free] = found.x
            run.offer(value, partial(schedule_of, best))
    return best


def restricted_to(
    model: LinearModel, columns_of: sparse.csc_array, free: NDArray[np.int64], x: FloatArray
) -> LinearModel:
    """Return the model in the free columns alone, all others fixed at `x`; O(nonzeros of the free columns + rows).

    Parameters
    ----------
    model : LinearModel
        The whole model.
    columns_of : scipy csc array
        Its matrix by columns.
    free : int array
        Columns to keep.
    x : float array [columns]
        Values of the others.
    """
    part = columns_of[:, free]
    rows = np.unique(part.indices)
    activity = model.matrix[rows] @ x - part[rows] @ x[free]
    return LinearModel(
        cost=model.cost[free], lower=model.lower[free], upper=model.upper[free], matrix=part[rows],
        row_lower=model.row_lower[rows] - activity, row_upper=model.row_upper[rows] - activity,
        integer=model.integer[free], offset=model.offset + float(model.cost @ x - model.cost[free] @ x[free]),
        sense=model.sense)
