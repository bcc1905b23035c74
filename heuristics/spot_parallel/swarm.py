"""Particle swarm on what shapes, GPUs and changes count when a path is chosen node by node."""

from functools import partial
from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.spot_parallel.baselines import SHARES, forward, forward_at
from ecoopt.heuristics.spot_parallel.plans import Start, begun, ended, pressed, typical_prices
from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule
from ecoopt.instances.spot_parallel.tables import Tables

BLOCKS = 4
"""Parts of the horizon that GPUs have different biases in."""
_MOST_CELLS = 4_000_000
"""Entries of a table of costs that is worked on at once."""


def pso(
    instance: SpotParallelInstance, run: Run, *, seed: int, start: Start,
    swarm_size: Annotated[int, Field(ge=1, le=10_000)] = 20, patience: Annotated[int, Field(ge=1)] = 30,
) -> Outcome:
    """Search biases with the extended swarm; at each node, parents first, what is cheapest with them is taken.

    A position is how much a change counts, a bias for each shape, a price of a GPU for each quarter of the horizon, and
    a price of each budget. The first particles have no bias: they are what the greedy tries.

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
    shares = np.array(SHARES)
    decoder = _Decoder(tables, np.array([pressed(tables, run.part(), partial(forward_at, tables, share))
                                         for share in SHARES]))
    minimise(decoder.values, decoder.space, rng=np.random.default_rng(seed), run=run,
             settings=PsoSettings.constricted(swarm_size=swarm_size), decode=decoder.schedule,
             start=decoder.unbiased(shares), patience=patience)
    return ended(run)


class _Decoder:
    """From positions to configurations."""

    def __init__(self, tables: Tables, price: FloatArray) -> None:
        self.tables, self._price = tables, price
        instance = tables.instance
        self._free, budgets = int(tables.family.max()) + 1 + BLOCKS, len(tables.most)
        self._ends = np.cumsum([1, self._free - BLOCKS, BLOCKS])
        self._scale = np.maximum(tables.cost_usd.min(axis=1), 1e-12)[:, None]
        self._block = instance.depth * BLOCKS // instance.intervals
        self._gpus = instance.gpus / max(float(instance.gpus.max()), 1.0)
        self._prices = typical_prices(tables)
        self._rows = max(_MOST_CELLS // tables.cost_usd.size, 1)
        self.space = SearchSpace(
            np.concatenate([[0.0], np.full(self._free, -0.5), np.zeros(budgets)]),
            np.concatenate([[4.0], np.full(self._free, 0.5), np.full(budgets, max(2.0, 2 * float(price.max())))]))

    def unbiased(self, shares: FloatArray) -> FloatArray:
        """Return the positions of the greedy with shares of changes [K], float array [K, D]."""
        free = np.zeros((len(shares), self._free))
        return np.hstack([shares[:, None], free, np.repeat(self._price[:, None], len(self._prices), axis=1)])

    def values(self, positions: FloatArray) -> FloatArray:
        """Return the objectives of rows of positions, infinite where a budget is broken, float array [rows]."""
        parts = (self._decoded(positions[k:k + self._rows]) for k in range(0, len(positions), self._rows))
        return np.array([self.tables.value(config) if self.tables.within(config) else np.inf
                         for part in parts for config in part])

    def schedule(self, position: FloatArray) -> SpotParallelSchedule:
        """Return the schedule of a position."""
        return self.tables.schedule(self._decoded(position[None])[0])

    def _decoded(self, positions: FloatArray) -> IntArray:
        """Return the configurations of rows of positions, int array [rows, N]."""
        tables = self.tables
        change, shape, gpu, price = np.split(positions, self._ends, axis=1)
        bias = self._scale * (shape[:, None, tables.family] + gpu[:, self._block, None] * self._gpus)
        own = tables.cost_usd + bias + np.tensordot(price * self._prices, tables.uses, axes=1)
        return forward(tables, own, change[:, 0])
