"""Particle swarm on what each service pays for slices: prices choose its options, descents mend them by the hour."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.mig_serving.greedy import choose
from ecoopt.heuristics.mig_serving.plan import Plan
from ecoopt.instances.mig_serving import MigServingInstance, MigServingSchedule
from ecoopt.instances.mig_serving.options import options_of

LOWEST, HIGHEST = -1.0, 1.0
"""Bounds of the logarithm to base ten of a price, relative to the slice's share of a GPU."""

MOST_CAUTION = 2.0


def pso(
    instance: MigServingInstance, run: Run, *, seed: int, start: MigServingSchedule | None,
    swarm_size: Annotated[int, Field(ge=1, le=10_000)] = 8, patience: Annotated[int, Field(ge=1)] = 10,
) -> Outcome:
    """Search the prices of slices with the extended swarm.

    A position is the logarithm of a price for each service and profile, and the caution with which configurations are
    changed; `greedy` at these prices makes a schedule of it. The first particle is `greedy` itself. One evaluation is a
    schedule.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    if start is not None:
        run.offer(options_of(instance).value(start), start)
    decoder = _Decoder(instance)
    count = decoder.shape[0] * decoder.shape[1]
    space = SearchSpace(np.append(np.full(count, LOWEST), 0.0), np.append(np.full(count, HIGHEST), MOST_CAUTION))
    minimise(decoder.values, space, rng=np.random.default_rng(seed),
             settings=PsoSettings.constricted(swarm_size=swarm_size), run=run, decode=decoder.schedule,
             start=np.append(np.zeros(count), 1.0)[None], patience=patience)
    return run.outcome()


class _Decoder:
    """Positions to plans."""

    def __init__(self, instance: MigServingInstance) -> None:
        self.instance = instance
        self.shape = len(instance.services), len(instance.geometry.profiles)

    def values(self, positions: FloatArray) -> FloatArray:
        """Return the objective of each row of positions, infinite where hours are not served."""
        return np.array([self.plan(row).objective for row in positions])

    def schedule(self, position: FloatArray) -> MigServingSchedule:
        """Return the schedule of a position."""
        return self.plan(position).schedule()

    def plan(self, position: FloatArray) -> Plan:
        """Return the plan of a position."""
        plan = Plan.empty(self.instance, np.power(10.0, position[:-1]).reshape(self.shape))
        for t in range(len(plan.held)):
            choose(plan, t, caution=float(position[-1]))
        return plan
