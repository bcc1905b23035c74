"""Particle swarm on what shapes, GPUs and changes count when a path is chosen node by node."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.spot_parallel.baselines import forward
from ecoopt.heuristics.spot_parallel.plans import Start, begun, ended, priced, typical_prices
from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule
from ecoopt.instances.spot_parallel.tables import Tables

BLOCKS = 4
"""Parts of the horizon that GPUs have different biases in."""


def pso(
    instance: SpotParallelInstance, run: Run, *, seed: int, start: Start,
    swarm_size: Annotated[int, Field(ge=1, le=10_000)] = 20, patience: Annotated[int, Field(ge=1)] = 30,
) -> Outcome:
    """Search biases with the extended swarm; at each node, parents first, what is cheapest with them is taken.

    A position is how much a change counts, a bias for each shape, a price of a GPU for each quarter of the horizon, and
    a price of each budget. The first particle has no bias: it is the greedy without budgets.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables
    decoder = _Decoder(tables)
    minimise(decoder.values, decoder.space, rng=np.random.default_rng(seed), run=run,
             settings=PsoSettings.constricted(swarm_size=swarm_size), decode=decoder.schedule,
             start=decoder.unbiased[None], patience=patience)
    return ended(run)


class _Decoder:
    """From positions to configurations."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        instance = tables.instance
        shapes, budgets = int(tables.family.max()) + 1, len(tables.most)
        self._ends = np.cumsum([1, shapes, BLOCKS])
        self._scale = np.maximum(tables.cost_usd.min(axis=1), 1e-12)[:, None]
        self._block = instance.depth * BLOCKS // instance.intervals
        self._prices = typical_prices(tables)
        self.space = SearchSpace(np.concatenate([[0.0], np.full(shapes + BLOCKS, -0.5), np.zeros(budgets)]),
                                 np.concatenate([[4.0], np.full(shapes + BLOCKS, 0.5), np.full(budgets, 2.0)]))
        self.unbiased = np.concatenate([[1.0], np.zeros(shapes + BLOCKS + budgets)])

    def values(self, positions: FloatArray) -> FloatArray:
        """Return the objectives of rows of positions, infinite where a budget is broken, float array [rows]."""
        found = [self._decoded(row) for row in positions]
        return np.array([self.tables.value(config) if self.tables.within(config) else np.inf for config in found])

    def schedule(self, position: FloatArray) -> SpotParallelSchedule:
        """Return the schedule of a position."""
        return self.tables.schedule(self._decoded(position))

    def _decoded(self, position: FloatArray) -> IntArray:
        tables = self.tables
        change, shape, gpu, price = np.split(position, self._ends)
        share = tables.instance.gpus / max(float(tables.instance.gpus.max()), 1.0)
        bias = self._scale * (shape[tables.family] + gpu[self._block][:, None] * share)
        return forward(tables, priced(tables, price * self._prices) + bias, float(change[0]))
