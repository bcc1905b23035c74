"""Particle swarm on random keys: the order in which jobs are placed, and charges for GPUs by region and time."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.shifting.arena import offer, offer_start, paid_g
from ecoopt.heuristics.shifting.greedy import by_size
from ecoopt.instances.shifting import Placement, ShiftingCosts, ShiftingInstance, ShiftingSchedule

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]

BLOCK_H = 6
_MOST_CHARGE = 0.5


def pso(
    instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None, swarm_size: Count = 30,
    patience: Count = 100,
) -> Outcome:
    """Search with the extended swarm; a position is decoded by placing jobs one by one where they are cheapest.

    A dimension per job is its rank, one per region and 6 h the charge for a GPU then, up to half the mean carbon of a
    GPU. The first particle is the list greedy.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    offer_start(instance, run, start)
    decoder = _Decoder(instance, run)
    space = SearchSpace(np.zeros(decoder.dimensions), np.ones(decoder.dimensions))
    first = np.zeros((1, decoder.dimensions))
    first[0, by_size(instance)] = np.arange(instance.jobs) / instance.jobs
    minimise(decoder.values, space, rng=np.random.default_rng(seed), run=run, start=first, patience=patience,
             settings=PsoSettings.constricted(swarm_size=swarm_size))
    return run.outcome()


class _Decoder:
    """Positions to placements; those in which every job has a place are offered to the run."""

    def __init__(self, instance: ShiftingInstance, run: Run) -> None:
        self.run, self.costs, self.jobs = run, ShiftingCosts(instance), instance.jobs
        self.block = np.arange(instance.slots) * instance.slot_s // (BLOCK_H * 3600)
        self.blocks, self.regions = int(self.block[-1]) + 1, len(instance.regions)
        self.dimensions = self.jobs + self.regions * self.blocks
        self.nowhere_g = self.costs.dearest_g
        mean_g = (instance.power_kw / instance.gpus).mean() * self.costs.slot_g_per_kw.mean()
        self.charge_g = _MOST_CHARGE * float(mean_g)

    def values(self, positions: FloatArray) -> FloatArray:
        """Return the carbon of each row of positions, and much more for every job that has no place."""
        return np.array([self._value(row) for row in positions])

    def _value(self, position: FloatArray) -> float:
        placement = Placement.empty(self.costs)
        charge = self.charge_g * position[self.jobs:].reshape(self.regions, self.blocks)[:, self.block]
        placement.place(np.argsort(position[:self.jobs], kind="stable"), charge)
        offer(self.run, placement)
        return float(paid_g(placement, self.nowhere_g).sum())
