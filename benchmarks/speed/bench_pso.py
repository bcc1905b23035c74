"""Time of an evaluation by the particle swarm, next to pyswarms' GlobalBestPSO.

Both minimise the same vectorised objective in 200 dimensions with the same swarm size, coefficients and number of
iterations. pyswarms is timed with both its default handling of bounds (periodic) and the one our swarm has (nearest).
"""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ecoopt.core.budget import Budget
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise

DIMENSIONS, ITERATIONS, ROUNDS = 200, 400, 5
INERTIA, PULL = 0.7298, 1.49618

Batch = Callable[[np.ndarray], np.ndarray]


def sphere(x: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", x, x)


def distance_to_seven(x: np.ndarray) -> np.ndarray:
    return np.abs(np.rint(x) - 7.0).sum(axis=1)


CASES = {
    "continuous sphere": (sphere, SearchSpace([-5.0] * DIMENSIONS, [5.0] * DIMENSIONS)),
    "integer distance": (distance_to_seven, SearchSpace.integers([0] * DIMENSIONS, [30] * DIMENSIONS)),
}


def ours(objective: Batch, space: SearchSpace, particles: int, iterations: int = ITERATIONS) -> float:
    settings = PsoSettings.constricted(swarm_size=particles)
    result = minimise(objective, space, rng=np.random.default_rng(0), settings=settings,
                      run=Run(Budget(iterations=iterations)), restart_after=None)
    assert result.evaluations == particles * iterations
    return result.value


def pyswarms(objective: Batch, space: SearchSpace, particles: int, bounds: str) -> float:
    from pyswarms.single import GlobalBestPSO

    np.random.seed(0)  # noqa: NPY002  the peer has no other way to be seeded
    optimiser = GlobalBestPSO(particles, DIMENSIONS, {"w": INERTIA, "c1": PULL, "c2": PULL},
                              bounds=(space.lower, space.upper), bh_strategy=bounds)
    value, _ = optimiser.optimize(objective, ITERATIONS, verbose=False)
    return float(value)


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep pyswarms' log to itself: it opens a file in the working directory, at import and at every construction."""
    monkeypatch.chdir(tmp_path)
    pytest.importorskip("pyswarms", reason="pyswarms is not installed; pip install pyswarms")
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("peer")
@pytest.mark.ratio(at_least=5.0)
@pytest.mark.parametrize("particles", [20, 50, 100])
@pytest.mark.parametrize("case", CASES)
def bench_swarm(race: Callable[..., list[float]], case: str, particles: int) -> None:
    objective, space = CASES[case]
    ours(objective, space, particles, iterations=3)
    values = race(lambda: ours(objective, space, particles),
                  {f"pyswarms, {bounds}": lambda bounds=bounds: pyswarms(objective, space, particles, bounds)
                   for bounds in ("nearest", "periodic")},
                  rounds=ROUNDS, units=particles * ITERATIONS, unit="evaluation")
    assert np.isfinite(values).all()
