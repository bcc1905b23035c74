"""Particle swarm on what each type seems to cost each model: prices choose the cover, paths mend it over time."""

from contextlib import suppress
from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.pool.greedy import construct
from ecoopt.heuristics.pool.ground import Ground, Spent
from ecoopt.instances.pool import PoolInstance, PoolSchedule

SPREAD = 1.0
"""Largest logarithm to base ten of a price relative to a type's own."""


def pso(
    instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None,
    swarm_size: Annotated[int, Field(ge=1, le=10_000)] = 12, patience: Annotated[int, Field(ge=1)] = 15,
) -> Outcome:
    """Search the prices at which machines are bought with the extended swarm.

    A position is the logarithm of a price for each model and type, relative to its own; `greedy` at these prices makes
    a schedule of it, which is judged at the true ones. The first particle is `greedy` itself. An iteration is a round
    of the swarm, an evaluation a composition measured for the first time.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    ground = Ground(instance, run)
    ground.offer_start(start)
    shape = ground.models, ground.kinds

    def values(positions: FloatArray) -> FloatArray:
        if run.stop() is not None:
            raise Spent
        found = np.array([-ground.offer(construct(ground, 10.0 ** row.reshape(shape))) for row in positions])
        run.tick(1)
        return found

    limit = np.full(shape[0] * shape[1], SPREAD)
    with suppress(Spent):
        minimise(values, SearchSpace(-limit, limit), rng=np.random.default_rng(seed), run=run.part(),
                 settings=PsoSettings.constricted(swarm_size=swarm_size), start=np.zeros((1, len(limit))),
                 patience=patience)
    idle = run.stop() is None
    return run.outcome(Termination.STALLED if idle else None, evaluations_to_best=ground.to_best)
