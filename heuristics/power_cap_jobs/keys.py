"""The extended particle swarm on keys of order and cap, decoded by serial schedule generation."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.power_cap_jobs.places import Places, fill, no_places
from ecoopt.heuristics.power_cap_jobs.serial import offer_start
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance, PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.options import Options, options_of

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]


def pso(
    instance: PowerCapJobsInstance, run: Run, *, seed: int, start: PowerCapJobsSchedule | None,
    swarm_size: Count = 20, patience: Count = 100,
) -> Outcome:
    """Search two keys per job: its place in the order, in 0..1, and its cap or that it may have any.

    The first particle begins with jobs in order of deadline, under any cap.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    options = options_of(instance)
    if options.impossible:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    offer_start(options, run, start)
    jobs, caps = options.slots.shape
    decoder = _Decoder(options)
    rank = np.empty(jobs)
    rank[np.argsort(instance.deadline_slot, kind="stable")] = (np.arange(jobs) + 0.5) / jobs
    space = SearchSpace(np.zeros(2 * jobs), np.repeat([1.0, float(caps)], jobs), np.repeat([False, True], jobs))
    minimise(decoder.values, space, rng=np.random.default_rng(seed), run=run,
             settings=PsoSettings.constricted(swarm_size=swarm_size), decode=decoder.schedule,
             start=np.append(rank, np.full(jobs, float(caps)))[None], patience=patience)
    return run.outcome()


class _Decoder:
    """From keys to schedules."""

    def __init__(self, options: Options) -> None:
        self.options = options

    def values(self, positions: FloatArray) -> FloatArray:
        """Return the objectives of rows of keys, float array [rows], infinite where a job finds no place."""
        found = (self._places(row) for row in positions)
        return np.array([self.options.value(places.start, places.cap) if places.complete else np.inf
                         for places in found])

    def schedule(self, position: FloatArray) -> PowerCapJobsSchedule:
        """Return the schedule of a row of keys."""
        return self._places(position).schedule()

    def _places(self, keys: FloatArray) -> Places:
        rank, wanted = keys.reshape(2, -1)
        caps = self.options.slots.shape[1]
        places = no_places(self.options)
        fill(places, np.argsort(rank, kind="stable"), np.where(wanted < caps, wanted, -1).astype(np.int64),
             self.options.cost_g)
        return places
