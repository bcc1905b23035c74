"""Particle swarm on purchases: when, and how many, for each generation and site; missing work is bought for last."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.refresh.baselines import begun, ended, newest_first, pays_back
from ecoopt.heuristics.refresh.plan import Plan, completed, least_in_all, within_limits
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule
from ecoopt.instances.refresh.tables import Tables


def pso(
    instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None,
    swarm_size: Annotated[int, Field(ge=1, le=10_000)] = 20, patience: Annotated[int, Field(ge=1)] = 30,
) -> Outcome:
    """Search purchases with the extended swarm. One evaluation is a plan.

    A position is, for each generation and site, the period of a purchase, one beyond the last for none, and its size:
    the square of a share of what all work would take. Where limits cut it down, the rest is bought in the next
    periods. Work that is missing then is bought for. The first particle is near the plan of the break-even rule.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    tables = begun(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    _, _, periods = tables.gone.shape
    count = int(tables.first.size)
    space = SearchSpace(np.zeros(2 * count), np.concatenate([np.full(count, float(periods)), np.ones(count)]),
                        np.concatenate([np.ones(count, dtype=bool), np.zeros(count, dtype=bool)]))
    bought = newest_first(tables, Run(), pays_back).purchases
    size = np.sqrt(np.minimum(bought.sum(axis=2) / np.maximum(tables.useful, 1), 1.0))
    when = np.where(bought.any(axis=2), (bought > 0).argmax(axis=2), periods)
    begin = np.concatenate([when.ravel().astype(np.float64), size.ravel()])

    def values(positions: FloatArray) -> FloatArray:
        return np.array([_decoded(tables, row).value() for row in positions])

    minimise(values, space, rng=np.random.default_rng(seed), settings=PsoSettings.constricted(swarm_size=swarm_size),
             run=run, decode=lambda position: _decoded(tables, position).schedule(), start=begin[None],
             patience=patience)
    return ended(run)


def _decoded(tables: Tables, position: FloatArray) -> Plan:
    """Return the plan of a position."""
    generations, sites, periods = tables.gone.shape
    count = generations * sites
    when = position[:count].astype(np.int64).reshape(generations, sites)
    size = np.round(tables.useful * position[count:].reshape(generations, sites) ** 2).astype(np.int64)
    wanted = np.zeros(tables.gone.shape, dtype=np.int64)
    bought = np.argwhere((when < periods) & (size > 0))
    wanted[bought[:, 0], bought[:, 1], when[tuple(bought.T)]] = size[tuple(bought.T)]
    return completed(Plan.of(tables, within_limits(tables, wanted)), least_in_all(tables))
