"""Baselines: one type alone, machines that do both alone, and the machines of the peak in every hour."""

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.phase_split.greedy import covered, ended
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule


def homogeneous(
    instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None, machine: str | None = None,
) -> Outcome:
    """Cover every period with machines of one type alone. Ignores `seed`.

    Parameters
    ----------
    machine : str, optional
        Name of the type; by default each is tried.
    """
    whole = Ground(instance)
    whole.offer_start(run, start)
    kinds = len(instance.types)
    names = [kind.name for kind in instance.types]
    tried = range(kinds) if machine is None else [names.index(machine)] if machine in names else []
    for kind in tried:
        if run.stop() is not None:
            return run.outcome()
        _cover_with(instance, run, whole.tables.group % kinds == kind)
    if not tried:
        return run.outcome(reason=f"there is no type {machine}; there are {', '.join(names)}")
    return ended(run)


def colocated(instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None) -> Outcome:
    """Cover every period with pools that do prompts and tokens on the same machine. Ignores `seed`."""
    ground = Ground(instance)
    ground.offer_start(run, start)
    pool = np.repeat(np.array(instance.pools), len(instance.regions) * len(instance.types))
    if "whole" not in instance.pools:
        return run.outcome(reason="the instance has no pools of machines that do both")
    _cover_with(instance, run, pool == "whole")
    return ended(run)


def peak(instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None) -> Outcome:
    """Keep the machines on, in every hour, that serve every class at its highest rate. Ignores `seed`."""
    highest = np.broadcast_to(instance.rate_per_s.max(axis=0), instance.rate_per_s.shape)
    ground, provision = Ground(instance), Ground(instance.replace(rate_per_s=highest))
    ground.offer_start(run, start)
    if run.stop() is None:
        cost = ground.cost.sum(axis=0)
        units = provision.cover(provision.needs[0], cost, run)
        run.tick(1, 1)
        if units is not None:
            ground.offer(run, np.tile(units, (ground.periods, 1)))
    return ended(run)


def _cover_with(instance: PhaseSplitInstance, run: Run, allowed: NDArray[np.bool_]) -> None:
    """Cover every period with some pools alone, and offer it."""
    ground = Ground(instance, allowed)
    units = covered(ground, ground.cost, run)
    if units is not None:
        ground.offer(run, units)
