"""Greedy: period by period, units are added where the prices of what is missing make them worth most."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule

NO_UNITS = "no machines were found that do the work of each period within inventory and power"


def greedy(instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None) -> Outcome:
    """Cover every period at the costs of its units; those bought once count evenly. A period is an iteration.

    Ignores `seed`.
    """
    ground = Ground(instance)
    ground.offer_start(run, start)
    units = covered(ground, ground.cost, run)
    if units is not None:
        ground.offer(run, units)
    return ended(run)


def covered(ground: Ground, cost: FloatArray, run: Run, base: IntArray | None = None) -> IntArray | None:
    """Return units [P, J] that cover all periods at costs [P, J]; None where none were found or the run must stop."""
    units = np.zeros((ground.periods, ground.pools), dtype=np.int64)
    for p in range(ground.periods):
        if run.stop() is not None:
            return None
        found = ground.cover(ground.needs[p], cost[p], run, None if base is None else base[p])
        if found is None:
            return None
        units[p] = found
        run.tick(1, 1)
    return units


def ended(run: Run) -> Outcome:
    """Close a run, and say so where no schedule was found."""
    if run.objective is None and run.stop() is None:
        return run.outcome(reason=NO_UNITS)
    return run.outcome()
