"""Particle swarm on prices: of quality by origin and day, and of GPUs by region."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.directives.pricing import Prices, Pricing
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.instances.directives import DirectivesInstance, DirectivesSchedule

MOST_QUALITY = 2.0
SURCHARGE = (-1.0, 4.0)
MOST_CALM_H = 24


def pso(
    instance: DirectivesInstance, run: Run, *, seed: int, start: DirectivesSchedule | None,
    swarm_size: Annotated[int, Field(ge=1, le=10_000)] = 10, patience: Annotated[int, Field(ge=1)] = 15,
) -> Outcome:
    """Search prices with the extended swarm; the first particle is ``greedy``. One evaluation is a decision.

    A position is the price of quality of each origin and day, and with a fleet the surcharge on each region's GPUs and
    the hours over which GPUs wanted are averaged.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    pricing = Pricing(instance)
    if start is not None:
        run.offer(pricing.costs.value(start), start)
    usual = pricing.usual
    count = usual.quality.size
    lower, upper, whole = [np.zeros(count)], [np.full(count, MOST_QUALITY)], [np.zeros(count, dtype=bool)]
    first = [usual.quality.ravel()]
    if instance.fleet is not None:
        regions = len(instance.regions)
        lower += [np.full(regions, SURCHARGE[0]), np.zeros(1)]
        upper += [np.full(regions, SURCHARGE[1]), np.full(1, min(MOST_CALM_H, instance.hours))]
        whole += [np.zeros(regions, dtype=bool), np.ones(1, dtype=bool)]
        first += [usual.surcharge, np.zeros(1)]

    def prices(position: FloatArray) -> Prices:
        quality = position[:count].reshape(usual.quality.shape)
        if instance.fleet is None:
            return Prices(quality, usual.surcharge, usual.calm_h)
        return Prices(quality, position[count:-1], int(position[-1]))

    def values(positions: FloatArray) -> FloatArray:
        found = [pricing.decide(prices(row)) for row in positions]
        return np.array([np.inf if one is None else one.objective for one in found])

    def schedule(position: FloatArray) -> DirectivesSchedule:
        found = pricing.decide(prices(position))
        assert found is not None
        return found.schedule()

    minimise(values, SearchSpace(np.concatenate(lower), np.concatenate(upper), np.concatenate(whole)),
             rng=np.random.default_rng(seed), settings=PsoSettings.constricted(swarm_size=swarm_size), run=run,
             decode=schedule, start=np.concatenate(first)[None], patience=patience)
    return run.outcome()
