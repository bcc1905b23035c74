"""Time to build the keep-alive gap model in Pyomo and to hand it over, next to filling the same arrays by NumPy.

Both start from the same gap pools and end with the same arrays, which is checked. The arrays are the floor: nothing
that HiGHS takes can be had faster.
"""

from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import ecoopt
from ecoopt.formulations.highs import LinearModel, hand_over
from ecoopt.formulations.keepalive.gap_model import LONG_MIN, GapModel, gap_model
from ecoopt.formulations.keepalive.occupancy import SparseRows, Waits, memory_rows
from ecoopt.instances.keepalive.gap_pools import GapPools, pool_gaps

FUNCTIONS, HOURS, ROUNDS = 1000, 12, 3

pytestmark = pytest.mark.benchmark(timer=process_time)


def filled_arrays(pools: GapPools) -> LinearModel:
    """Return the gap model's arrays without Pyomo: its rows, stacked in its order."""
    pool, generation = np.nonzero(pools.delta < 0)
    waits = Waits(pools.start_min[pool], pools.end_min[pool], generation, pools.profile[pool], pools.memory_gb[pool],
                  pools.containers[pool])
    memory = memory_rows(waits, pools.instance.pool_memory_gb, pools.horizon_min, LONG_MIN)
    columns = len(pool) + memory.levels
    several = np.bincount(pool, minlength=pools.pools) > 1
    entries = np.flatnonzero(several[pool])
    row = (np.cumsum(several) - 1)[pool[entries]]
    most = pools.containers[several].astype(float)
    containers = sparse.csr_array((np.ones(len(entries)), (row, entries)), shape=(len(most), columns))

    def rows(part: SparseRows) -> sparse.csr_array:
        return sparse.csr_array((part.coefficient, part.column, part.begin), shape=(part.rows, columns))

    direct, running = memory.direct, memory.running
    return LinearModel(
        cost=np.append(pools.delta[pool, generation], np.zeros(memory.levels)), lower=np.zeros(columns),
        upper=np.append(waits.most, np.full(memory.levels, np.inf)),
        matrix=sparse.vstack([containers, rows(direct), rows(running)]).tocsr(),
        row_lower=np.concatenate([np.full(len(most) + direct.rows, -np.inf), np.zeros(running.rows)]),
        row_upper=np.concatenate([most, direct.right, np.zeros(running.rows)]),
        integer=np.arange(columns) < len(pool), offset=pools.cold_cost)


@pytest.fixture(scope="module")
def pools() -> GapPools:
    return pool_gaps(ecoopt.generate(
        "keepalive", functions=FUNCTIONS, hours=HOURS, seed=1, memory=0.4, own_profiles=True))


@pytest.fixture(scope="module")
def built(pools: GapPools) -> GapModel:
    return gap_model(pools)


@pytest.mark.ratio(at_most=40.0)
def bench_built_and_handed_over(race: Callable[..., list[Any]], pools: GapPools) -> None:
    handed, arrays = race(lambda: hand_over(gap_model(pools).model).model, {"arrays": lambda: filled_arrays(pools)},
                          rounds=ROUNDS)
    for name in ("cost", "lower", "upper", "row_lower", "row_upper", "integer"):
        assert np.array_equal(getattr(arrays, name), getattr(handed, name)), name
    assert abs(arrays.matrix - handed.matrix).max() <= 1e-12


def bench_handed_over(race: Callable[..., list[Any]], pools: GapPools, built: GapModel) -> None:
    race(lambda: hand_over(built.model), {"arrays": lambda: filled_arrays(pools)}, rounds=ROUNDS)
