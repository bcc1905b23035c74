"""The gap model: how many containers of each gap pool wait on each generation, under the memory of every minute."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.formulations.expressions import linear, uncollected
from ecoopt.formulations.keepalive.occupancy import MemoryRows, Waits, memory_rows
from ecoopt.instances.keepalive.gap_pools import GapPools

LONG_MIN = 4


@dataclass(frozen=True)
class GapModel:
    """A Pyomo model and what its columns mean.

    Parameters
    ----------
    model : pyomo ConcreteModel
        Its variables are ``wait[v]`` and ``long_gb[s, m]``, in this order.
    pools : GapPools
        N pools.
    pool : int array [V]
        Pool of each ``wait[v]``.
    waits : Waits
        What each ``wait[v]`` occupies.
    memory : MemoryRows
        The memory rows in terms of ``wait``.
    """

    model: Any
    pools: GapPools
    pool: IntArray
    waits: Waits
    memory: MemoryRows

    def column_minutes(self) -> tuple[IntArray, IntArray]:
        """Return first minute and end minute of every column."""
        return self.memory.column_minutes(self.waits)

    def kept(self, x: FloatArray) -> IntArray:
        """Return the containers per pool and generation [N, G] of a solution of the model."""
        kept = np.zeros((self.pools.pools, self.pools.generations), dtype=np.int64)
        kept[self.pool, self.waits.generation] = np.rint(x[: len(self.pool)]).astype(np.int64)
        return kept

    def solution(self, kept: IntArray) -> FloatArray:
        """Return the solution of the model that keeps the containers [N, G] given."""
        wait = kept[self.pool, self.waits.generation].astype(float)
        return np.concatenate([wait, self.memory.long_levels(wait)])


@uncollected
def gap_model(pools: GapPools) -> GapModel:
    """Return the integer program on gap pools.

    Variables: ``wait[v]``, containers of a pool that wait on a generation, only where waiting pays; ``long_gb[s, m]``,
    memory of the waits longer than `LONG_MIN` minutes, as a running sum, so that a wait of any length has at most
    ``LONG_MIN + 1`` nonzeros. Rows: ``containers`` (2), one per pool with a choice of generations; ``memory`` (3), one
    per generation and minute that can bind; ``long`` (4), the running sum.
    """
    pool, generation = np.nonzero(pools.delta < 0)
    waits = Waits(pools.start_min[pool], pools.end_min[pool], generation, pools.profile[pool], pools.memory_gb[pool],
                  pools.containers[pool])
    memory = memory_rows(waits, pools.instance.pool_memory_gb, pools.horizon_min, LONG_MIN)
    model = pyo.ConcreteModel(name=pools.instance.name)
    most = waits.most.tolist()
    model.wait = pyo.Var(range(len(pool)), within=pyo.NonNegativeIntegers, bounds=lambda _, v: (0, most[v]))
    model.long_gb = pyo.Var(range(memory.levels), within=pyo.NonNegativeReals)
    wait, level = list(model.wait.values()), list(model.long_gb.values())

    cost = pools.delta[pool, generation].tolist()
    model.objective = pyo.Objective(expr=linear(cost, wait, pools.cold_cost))
    starts = np.flatnonzero(np.diff(pool, prepend=-1))
    several = np.flatnonzero(np.diff(starts, append=len(pool)) > 1)
    first, last = starts[several].tolist(), np.append(starts, len(pool))[several + 1].tolist()
    model.containers = pyo.Constraint(range(len(first)), rule=lambda _, k: linear(
        [1.0] * (last[k] - first[k]), wait[first[k]:last[k]]) <= most[first[k]])
    rows = memory.direct
    model.memory = pyo.Constraint(range(rows.rows), rule=lambda _, r: (
        linear(*rows.terms(r, wait, level)) <= rows.right[r]))
    sums = memory.running
    model.long = pyo.Constraint(range(sums.rows), rule=lambda _, r: (
        linear(*sums.terms(r, wait, level)) == 0.0))
    return GapModel(model, pools, pool, waits, memory)
