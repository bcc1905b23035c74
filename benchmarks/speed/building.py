"""Time to build the keep-alive gap model in Pyomo and hand it over, next to filling scipy arrays, in the same run.

    python benchmarks/speed/building.py [--functions 1000] [--hours 12] [--repeats 3]

Both start from the same gap pools and end with the same arrays, which is checked. The arrays are the floor: nothing
that HiGHS takes can be had faster. Repeats alternate, the fastest of each counts. Exit code 1 when building and handing
over take more than ``--at-most`` times the arrays.
"""

import argparse
import sys
from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np
from scipy import sparse

import ecoopt
from ecoopt.formulations.highs import LinearModel, hand_over
from ecoopt.formulations.keepalive.gap_model import LONG_MIN, gap_model
from ecoopt.formulations.keepalive.occupancy import SparseRows, Waits, memory_rows
from ecoopt.instances.keepalive.gap_pools import GapPools, pool_gaps


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


def timed(task: Callable[[], Any]) -> tuple[float, Any]:
    began = process_time()
    done = task()
    return process_time() - began, done


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--functions", type=int, default=1000)
    parser.add_argument("--hours", type=float, default=12)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--at-most", type=float, default=40.0, help="largest ratio that passes")
    wish = parser.parse_args()
    pools = pool_gaps(ecoopt.generate("keepalive", functions=wish.functions, hours=wish.hours, seed=1, memory=0.4,
                                      own_profiles=True))
    times = []
    for _ in range(wish.repeats):
        arrays_s, arrays = timed(lambda: filled_arrays(pools))
        build_s, built = timed(lambda: gap_model(pools))
        hand_s, handed = timed(lambda model=built.model: hand_over(model).model)
        times.append((arrays_s, build_s, hand_s))
    for name in ("cost", "lower", "upper", "row_lower", "row_upper", "integer"):
        assert np.array_equal(getattr(arrays, name), getattr(handed, name)), name
    assert abs(arrays.matrix - handed.matrix).max() <= 1e-12
    arrays_s, build_s, hand_s = np.min(times, axis=0)
    print(f"{arrays.columns} columns, {arrays.rows} rows, {arrays.matrix.nnz} nonzeros")
    print(f"{'':<28}{'seconds':>9}{'ratio':>8}")
    for name, seconds in (("scipy arrays", arrays_s), ("Pyomo model built", build_s), ("handed over", hand_s),
                          ("built and handed over", build_s + hand_s)):
        print(f"{name:<28}{seconds:>9.3f}{seconds / arrays_s:>8.1f}")
    return 0 if (build_s + hand_s) / arrays_s <= wish.at_most else 1


if __name__ == "__main__":
    sys.exit(main())
