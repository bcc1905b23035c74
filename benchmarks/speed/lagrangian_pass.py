"""Speed of one pass of memory prices over all gap pools, next to copying the bytes it touches, in the same run.

    python benchmarks/speed/lagrangian_pass.py [--functions 2000] [--hours 24] [--repeats 20]

A pass compares each pool's options at the prices and adds up the memory used; smoothed, it takes soft minima instead
(G + 1 exponentials per pool). The copy goes over the same arrays once: it is what a pass would cost were it all memory
traffic. Repeats alternate, the fastest of each counts. Exit code 1 when the plain pass takes more than ``--at-most``
times the copy.
"""

import argparse
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

import ecoopt
from ecoopt.formulations.keepalive.priced_pools import PricedPools
from ecoopt.instances.keepalive.gap_pools import pool_gaps


def seconds_of(task: Callable[[], Any]) -> float:
    began = perf_counter()
    task()
    return perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--functions", type=int, default=2000)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--at-most", type=float, default=40.0, help="largest ratio that passes")
    wish = parser.parse_args()
    instance = ecoopt.generate("keepalive", functions=wish.functions, hours=wish.hours, seed=1, memory=0.4,
                               own_profiles=True, history_min=0)
    pools = pool_gaps(instance)
    priced, rng = PricedPools(pools), np.random.default_rng(0)
    saving = float((-pools.delta.min(axis=1) / (pools.memory_gb * (pools.end_min - pools.start_min))).mean())
    prices = saving * rng.random(pools.generations * pools.horizon_min)
    smoothness = priced.stages()[-1][0]

    used = np.zeros((pools.generations, pools.horizon_min + 1))
    touched = (pools.start_min, pools.end_min, pools.memory_gb, pools.containers, pools.delta, prices, used)
    copies = [np.empty_like(array) for array in touched]

    def copy() -> None:
        for target, source in zip(copies, touched, strict=True):
            np.copyto(target, source)

    tasks = {"copy of the same bytes": copy, "priced pass": lambda: priced.value(prices),
             "smoothed pass": lambda: priced.smoothed(prices, smoothness)}
    for task in tasks.values():
        task()
    best = np.min([[seconds_of(task) for task in tasks.values()] for _ in range(wish.repeats)], axis=0)
    size = sum(array.nbytes for array in touched)
    print(f"{instance.invocations.calls} calls, {instance.invocations.cells} cells, {pools.pools} gap pools, "
          f"{pools.generations} x {pools.horizon_min} prices, {size / 1e6:.1f} MB")
    print(f"{'':<24}{'ms':>8}{'ns/pool':>9}{'GB/s':>7}{'ratio':>7}")
    for name, seconds in zip(tasks, best.tolist(), strict=True):
        print(f"{name:<24}{1e3 * seconds:>8.2f}{1e9 * seconds / pools.pools:>9.1f}{size / seconds / 1e9:>7.2f}"
              f"{seconds / best[0]:>7.1f}")
    return 0 if best[1] / best[0] <= wish.at_most else 1


if __name__ == "__main__":
    sys.exit(main())
