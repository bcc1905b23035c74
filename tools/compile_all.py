"""Compile the functions of every family once, so that the suite's workers, and the processes they start, find them.

    python tools/compile_all.py

Each family's small instance is solved by each of its methods for a few iterations, families side by side. What is
compiled is kept where ``NUMBA_CACHE_DIR`` says; without it, beside the sources.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import ecoopt
from ecoopt.core.errors import InputError
from tests.families.small_families import SMALL


def compiled(name: str) -> tuple[str, float]:
    """Return a family's name and the seconds that its methods took."""
    began = perf_counter()
    instance = ecoopt.generate(name, **SMALL[name])
    for method in ecoopt.families()[name].methods:
        try:
            ecoopt.solve(instance, method, iterations=3, time_limit=30)
        except InputError as error:  # of an extra that is not installed, or a variant that a method does not serve
            print(error)
    return name, perf_counter() - began


def main() -> None:
    """Compile all families, two at a time."""
    with ProcessPoolExecutor(2) as workers:
        for name, seconds in workers.map(compiled, sorted(SMALL)):
            print(f"{name}: {seconds:.0f} s")


if __name__ == "__main__":
    main()
