"""Kept weight and seconds of multilevel beside METIS, networkx's Kernighan-Lin and policies for streams, by size."""

import argparse
from time import process_time

import ecoopt

SIZES = ((200, 2), (500, 4), (1000, 4), (2000, 8), (5000, 8), (20_000, 8), (100_000, 8))
METHODS = ("multilevel", "metis", "kernighan-lin", "label-propagation", "fennel", "ldg", "random")
SLOW_BEYOND = {"kernighan-lin": 2000}


def main() -> None:
    """Print a table: share of weight kept and CPU seconds, means over seeds of the generator."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", help="numbers of entities, of those there are")
    parser.add_argument("--seeds", type=int, default=3, help="instances of each size")
    parser.add_argument("--seconds", type=float, default=20.0, help="limit of each run")
    options = parser.parse_args()
    ecoopt.solve(ecoopt.generate("graph_partition"), "multilevel", iterations=1)  # compilation
    print(f"{'entities':>8} {'K':>2}" + "".join(f"{name:>20}" for name in METHODS))
    for entities, devices in SIZES:
        if not options.sizes or entities in options.sizes:
            shown = [_shown(entities, devices, name, options.seeds, options.seconds) for name in METHODS]
            print(f"{entities:>8} {devices:>2}" + "".join(f"{text:>20}" for text in shown), flush=True)


def _shown(entities: int, devices: int, method: str, seeds: int, seconds: float) -> str:
    """Return the means of a method."""
    if entities > SLOW_BEYOND.get(method, entities):
        return "-"
    shares, spent_s = [], 0.0
    for seed in range(1, seeds + 1):
        instance = ecoopt.generate("graph_partition", entities=entities, devices=devices, degree=6.3, seed=seed)
        began_s = process_time()
        found = ecoopt.solve(instance, method, time_limit=seconds, seed=seed)
        spent_s += process_time() - began_s
        if found.score is None:
            return "none"
        shares.append(found.score.terms["kept_share"].value)
    return f"{sum(shares) / seeds:.4f} {spent_s / seeds:6.2f} s"


if __name__ == "__main__":
    main()
