"""How many trials each search takes until it has measured the best composition, and until it ends; see ``--help``.

For Ribbon's tables of measured compositions, means over seeds. Each table is a file, with the model whose latencies it
has, its time limit and its mean time between arrivals:

    python -m benchmarks.pool.evaluations --latencies L.csv --prices P.csv lookup_candle.csv:candle:40:3 \
        lookup_mtwnd.csv:mtwnd:21:1.5
"""

import argparse
import time
from pathlib import Path

import numpy as np

import ecoopt
from ecoopt.core.instance import Instance
from ecoopt.instances.pool import PoolInstance
from ecoopt.instances.pool.importing import import_ribbon_trials

METHODS = ("forecast", "ribbon", "random", "hill-climb", "rsm", "kairos-plus", "greedy", "local-search", "pso")
UNSEEDED = ("kairos-plus", "greedy")


def main() -> None:
    """Print a row for each table and method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", metavar="FILE:MODEL:QOS_MS:GAP_MS")
    parser.add_argument("--latencies", type=Path, required=True, help="Ribbon's latencies by model and type")
    parser.add_argument("--prices", type=Path, required=True, help="prices by type")
    parser.add_argument("--seeds", type=int, default=50, help="how many seeds")
    parser.add_argument("--methods", default=",".join(METHODS), help="which methods, separated by commas")
    options = parser.parse_args()
    print(f"{'table':24} {'method':13} {'seeds':>5} {'found':>6} {'to best':>8} {'sd':>6} {'most':>5} {'to end':>7} "
          f"{'s':>7}")
    for table in options.tables:
        path, model, qos_ms, gap_ms = table.rsplit(":", 3)
        instance = import_ribbon_trials(Path(path), options.latencies, options.prices, model=model,
                                        qos_ms=float(qos_ms), gap_ms=float(gap_ms))
        best = _best(instance)
        for method in options.methods.split(","):
            _row(instance, method, best, 1 if method in UNSEEDED else options.seeds)


def _best(instance: PoolInstance) -> float:
    """Return the objective of the cheapest composition that answers enough queries in time."""
    trials = instance.trials
    assert trials is not None
    assert trials.qos_percent is not None
    enough = trials.qos_percent >= trials.least_qos_percent
    return -float((trials.count[enough] @ instance.price_per_h[0]).min())


def _row(instance: Instance, method: str, best: float, seeds: int) -> None:
    """Print how many trials a method takes: those after which it had the best, over the seeds that found it."""
    began, to_best, to_end = time.perf_counter(), [], []
    for seed in range(seeds):
        found = ecoopt.solve(instance, method, seed=seed)
        to_end.append(found.evaluations)
        if found.objective is not None and found.objective >= best - 1e-9:
            to_best.append(found.details["evaluations_to_best"])
    spent = (time.perf_counter() - began) / seeds
    figures = (np.mean(to_best), np.std(to_best), np.max(to_best)) if to_best else (np.nan, np.nan, np.nan)
    print(f"{instance.name:24} {method:13} {seeds:5} {len(to_best):6} {figures[0]:8.1f} {figures[1]:6.1f} "
          f"{figures[2]:5.0f} {np.mean(to_end):7.1f} {spent:7.2f}", flush=True)


if __name__ == "__main__":
    main()
