"""What clairvoyance costs to know: 150 queries to the optimum, 20,000 to a bound and a schedule near it.

    python -m benchmarks.dispatch.clairvoyant [--seeds N] [--seconds S]

On rm2, two g4dn.xlarge and nine r5n.large, 140 queries per second. Compiled functions are loaded before the clock starts.
Says CPU seconds beside those of the wall: other work on the machine lengthens the second alone.
"""

import argparse
from typing import Any

import ecoopt


def main() -> None:
    """Solve and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    row("warm up", {"queries": 150, "tick_ms": 10.0, "seed": 1000}, arguments.seconds)
    for seed in range(arguments.seeds):
        row(f"150 queries, tick 10 ms, seed {seed}", {"queries": 150, "tick_ms": 10.0, "seed": seed}, arguments.seconds)
    for tick_ms in (10.0, 0.01):
        row(f"20,000 queries, tick {tick_ms:g} ms", {"queries": 20_000, "tick_ms": tick_ms}, arguments.seconds)


def row(title: str, options: dict[str, Any], seconds: float) -> None:
    """Solve one instance by `milp` and print what was found."""
    instance = ecoopt.generate("dispatch", rate_per_s=140.0, **options)
    found = ecoopt.solve(instance, "milp", time_limit=seconds)
    assert found.objective is not None
    assert found.bound is not None
    print(f"{title}: {found.objective:g} of at most {found.bound:g}, "
          f"gap {100 * (found.bound - found.objective) / found.objective:.2f} %, {found.status}, "
          f"{found.wall_s:.2f} s ({found.cpu_s:.2f} s of CPU)", flush=True)


if __name__ == "__main__":
    main()
