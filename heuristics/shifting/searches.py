"""Local search and annealing by ejection, from the list greedy or a start."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.shifting.arena import arena_of, offer, offer_start
from ecoopt.heuristics.shifting.ejection import eject
from ecoopt.heuristics.shifting.greedy import listed
from ecoopt.instances.shifting import Placement, ShiftingCosts, ShiftingInstance, ShiftingSchedule

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]
Cycles: TypeAlias = Annotated[int, Field(ge=1, le=30)]

TRIALS = 2000
"""Trials of an iteration."""

HOT, COLD = 0.4, 0.005
PASSES = 3
_FIRST_CYCLE = 50


def local_search(
    instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None, patience: Count = 25,
) -> Outcome:
    """Move, swap and eject from the list greedy or `start`, and keep what is no worse.

    An iteration is 2,000 trials, or a pass of the list greedy.

    Parameters
    ----------
    patience : int
        Iterations in a row without gain that end the search.
    """
    offer_start(instance, run, start)
    search = _Search(instance, run, seed, start)
    idle = 0
    while idle < patience and run.stop() is None:
        idle = 0 if search.gain(0.0) else idle + 1
    return run.outcome(run.stop() or Termination.STALLED)


def annealing(
    instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None, cycles: Cycles = 6,
) -> Outcome:
    """Anneal by the same moves in cycles, each twice as long as the one before and begun at the best schedule.

    A cycle cools geometrically, from forgiving a good part of what jobs save by moving to next to nothing, so that of a
    run of any length half is one cycle or less. The first has 50 iterations of 2,000 trials.

    Parameters
    ----------
    cycles : int
        How many, should the budget not end first.
    """
    offer_start(instance, run, start)
    search = _Search(instance, run, seed, start)
    for cycle in range(cycles):
        length = _FIRST_CYCLE * 2**cycle
        for step in range(length):
            if run.stop() is not None:
                return run.outcome()
            search.gain(search.scale_g * HOT * (COLD / HOT) ** (step / length))
        search.go_back()
    return run.outcome(run.stop() or Termination.STALLED)


class _Search:
    """The state of a search, and the best one it has seen."""

    def __init__(self, instance: ShiftingInstance, run: Run, seed: int, start: ShiftingSchedule | None) -> None:
        self.run, self.rng = run, np.random.default_rng(seed)
        costs = ShiftingCosts(instance)
        self.nowhere_g = costs.dearest_g
        energy_g = instance.power_kw * instance.length_slots * costs.slot_g_per_kw.std()
        self.scale_g = float((energy_g + costs.fixed.std(axis=1)).mean())
        self.placement = listed(costs, run, PASSES) if start is None else Placement.of(costs, start)
        self.arena = arena_of(self.placement, self.nowhere_g)
        self.best, self.best_g = self.placement.copy(), float(self.arena.paid.sum())
        offer(run, self.placement)

    def gain(self, heat: float) -> bool:
        """Make the trials of an iteration, and return whether the state is better than any before."""
        eject(self.arena, self.rng, TRIALS, heat, self.nowhere_g)
        self.run.tick(1, TRIALS)
        value = float(self.arena.paid.sum())
        better = value < self.best_g * (1.0 - 1e-12)
        if better:
            self.best, self.best_g = self.placement.copy(), value
            offer(self.run, self.best)
        return better

    def go_back(self) -> None:
        """Return to the best state."""
        self.placement = self.best.copy()
        self.arena = arena_of(self.placement, self.nowhere_g)
