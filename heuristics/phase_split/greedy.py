"""Greedy: period by period, units are added where the prices of what is missing make them worth most."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule
from ecoopt.instances.phase_split.tables import DECODE

NO_UNITS = "no machines were found that do the work of each period within inventory and power"


def greedy(instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None) -> Outcome:
    """Cover every period at the costs of its units; those bought once count evenly.

    Where waiting counts, large pools are better than many small ones: then each region alone, and each pair of types in
    it, is tried as well, and every period takes the cheapest. A cover of all periods is an iteration; the first is
    finished whatever the time. Ignores `seed`.
    """
    ground = Ground(instance)
    ground.offer_start(run, start)
    if run.stop() is None:
        constructed(ground, run)
    return ended(run)


def constructed(ground: Ground, run: Run) -> IntArray | None:
    """Return the best units [P, J] of the covers that `greedy` tries, None where none was found; each is offered."""
    best = covered(ground, ground.cost)
    run.tick(1, 1)
    if best is not None:
        ground.offer(run, best)
    if ground.instance.wait is None:
        return best
    mixed = best
    for allowed in _narrow(ground):
        if run.stop() is not None:
            break
        units = covered(Ground(ground.instance, allowed), ground.cost)
        run.tick(1, 1)
        if units is None:
            continue
        if mixed is None or best is None:
            best = mixed = units
        cheaper = (ground.cost * units).sum(axis=1) < (ground.cost * mixed).sum(axis=1)
        mixed = np.where(cheaper[:, None], units, mixed)
        best = min((best, units, mixed), key=ground.tables.value)
        ground.offer(run, best)
    return best


def _narrow(ground: Ground) -> Iterator[NDArray[np.bool_]]:
    """Yield the pools of each region, and in each region those of each pair of types of prompts and tokens."""
    tables, kinds = ground.tables, len(ground.instance.types)
    kind = tables.group % kinds
    for r in range(len(ground.instance.regions)):
        here = tables.region == r
        yield here
        for first, second in product(range(kinds), repeat=2):
            yield here & np.where(tables.role == DECODE, kind == second, kind == first)


def covered(ground: Ground, cost: FloatArray) -> IntArray | None:
    """Return units [P, J] that cover all periods at costs [P, J]; None where none were found."""
    units = np.zeros((ground.periods, ground.pools), dtype=np.int64)
    for p in range(ground.periods):
        found = ground.cover(ground.needs[p], cost[p])
        if found is None:
            return None
        units[p] = found
    return units


def ended(run: Run) -> Outcome:
    """Close a run, and say so where no schedule was found."""
    if run.objective is None and run.stop() is None:
        return run.outcome(reason=NO_UNITS)
    return run.outcome()
