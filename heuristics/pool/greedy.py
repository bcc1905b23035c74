"""Greedy: every period covered on its own, then the best sequence through what that gave, starts paid for."""

from contextlib import suppress

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.pool.cover import cover
from ecoopt.heuristics.pool.ground import Ground, Spent
from ecoopt.heuristics.pool.routes import Routes
from ecoopt.instances.pool import PoolInstance, PoolSchedule


def greedy(instance: PoolInstance, run: Run, *, seed: int, start: PoolSchedule | None) -> Outcome:
    """Buy machines where a dollar serves most, give back what is not missed, and keep machines where starts are dear.

    Every period is covered on its own, with starts charged for what the period before had not. Then each model takes
    the best sequence through the compositions of all periods. Nothing is drawn at random.
    """
    ground = Ground(instance, run)
    ground.offer_start(start)
    with suppress(Spent):
        construct(ground, np.ones((ground.models, ground.kinds)))
        run.tick(1)
    return run.outcome(evaluations_to_best=ground.to_best)


def construct(ground: Ground, taste: FloatArray) -> IntArray:
    """Return machines [T, M, K] by covering and following paths, offered to the run.

    Parameters
    ----------
    ground : Ground
        What is asked.
    taste : float array [M, K]
        Price of each type for each model relative to its own, for the covering alone.
    """
    counts = np.zeros((ground.periods, ground.models, ground.kinds), dtype=np.int64)
    before = ground.before
    for t in range(ground.periods):
        counts[t] = before = cover(ground, t, before, taste)
    ground.offer(counts)
    routes = Routes(ground)
    routes.learn_all(counts)
    for m in range(ground.models):
        routes.follow(m, counts)
    ground.offer(counts)
    return counts
