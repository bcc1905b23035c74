"""Searches that begin at the greedy's machines: descent by changes of machines, and the swarm on tastes."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.heuristics.engines.neighbourhood import ListedNeighbourhood
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.phase_split.greedy import constructed, covered, ended
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.heuristics.phase_split.moves import Exchanges, Gathers, KeepOn, Merges, Move, Plan, Spans
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule
from ecoopt.instances.phase_split.routing import routed_schedule

_LARGEST = 1.5


def local_search(instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None) -> Outcome:
    """Descend from the greedy or the start: machines are taken off, exchanged one for one, and two for one.

    Where starts or machines bought join the hours, also over spans of hours, and machines are kept on between two
    hours. Ignores `seed`.
    """
    ground = Ground(instance)
    units = ground.offer_start(run, start)
    if units is None or not all(ground.can(need, row) for need, row in zip(ground.needs, units, strict=True)):
        units = constructed(ground, run)
    if units is None or run.stop() is not None:
        return ended(run)
    plan = Plan(ground, units.copy())
    joined: list[ListedNeighbourhood[Move]] = [Spans(plan), KeepOn(plan)] if plan.joined else []
    descend([Exchanges(plan), *joined, Gathers(plan), Merges(plan)], ground.tables.value(units),
            snapshot=lambda: plan.units.copy(), run=run, decode=lambda found: _schedule(instance, found),
            tolerance=1e-9 * max(plan.value, 1e-9))
    return run.outcome(run.stop() or Termination.STALLED)


def pso(
    instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None,
    swarm_size: Annotated[int, Field(ge=1, le=10_000)] = 10, patience: Annotated[int, Field(ge=1)] = 10,
) -> Outcome:
    """Search tastes: the greedy counts a unit of pool j ``e^a_j`` times its cost, with a_j in -1.5..1.5, in all hours.

    The first particle has no tastes, so that the result is no worse than the greedy's.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without gain that end the search.
    """
    ground = Ground(instance)
    ground.offer_start(run, start)
    open_pools = np.flatnonzero(ground.allowed)
    if not open_pools.size or run.stop() is not None:
        return ended(run)

    def units_of(position: FloatArray) -> IntArray | None:
        taste = np.ones(ground.pools)
        taste[open_pools] = np.exp(position)
        return covered(ground, ground.cost * taste)

    def values(positions: FloatArray) -> FloatArray:
        found = [None if run.stop() is not None else units_of(row) for row in positions]
        return np.array([np.inf if units is None else ground.tables.value(units) for units in found])

    def decoded(position: FloatArray) -> PhaseSplitSchedule:
        units = units_of(position)
        assert units is not None
        return _schedule(instance, units)

    limit = np.full(len(open_pools), _LARGEST)
    minimise(values, SearchSpace(-limit, limit), rng=np.random.default_rng(seed), run=run, decode=decoded,
             settings=PsoSettings.constricted(swarm_size=swarm_size), start=np.zeros((1, len(limit))),
             patience=patience)
    return ended(run)


def _schedule(instance: PhaseSplitInstance, units: IntArray) -> PhaseSplitSchedule:
    """Return the schedule of units that are known to do the work."""
    schedule = routed_schedule(instance, units)
    assert schedule is not None
    return schedule
