"""Online: every hour's machines are chosen before its requests are seen; what then is missing is added at once."""

from dataclasses import dataclass
from typing import Annotated, Protocol

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.phase_split.greedy import NO_UNITS, ended
from ecoopt.heuristics.phase_split.ground import Ground, Need
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule

_DAY_H = 24


@dataclass(frozen=True, eq=False)
class Past:
    """What a policy is given at the beginning of an hour: nothing that comes later is in it.

    Parameters
    ----------
    rates : float array [h, K]
        Requests per second of the hours of the scenario that are over.
    units : int array [h, J]
        Units that were on in them.
    cost : float array [J]
        What a unit counts in the hour that begins: its carbon intensity or price is known.
    """

    rates: FloatArray
    units: IntArray
    cost: FloatArray


class Policy(Protocol):
    """How an autoscaler foresees an hour."""

    def __call__(self, past: Past) -> FloatArray | None:
        """Return the rates to be ready for, float array [K], None to wait and see."""


def reactive(
    instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None,
    headroom: Annotated[float, Field(ge=0, le=10)] = 0.1,
) -> Outcome:
    """Be ready in every hour for the rates of the hour before, and a little more. Ignores `seed`.

    Parameters
    ----------
    headroom : float
        How much more, as a share.
    """
    return online(instance, run, start, lambda past: past.rates[-1] * (1 + headroom) if len(past.rates) else None)


def rolling(
    instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None,
    headroom: Annotated[float, Field(ge=0, le=10)] = 0.05,
) -> Outcome:
    """Be ready for a forecast: the day before scaled to the last hour, else the trend of the last two.

    Machines that are not needed stay on until they have cost as much as a start. Ignores `seed`.

    Parameters
    ----------
    headroom : float
        Added to the forecast, as a share.
    """
    def forecast(past: Past) -> FloatArray | None:
        hours = len(past.rates)
        if hours == 0:
            return None
        now = past.rates[-1]
        if hours >= _DAY_H + 1:
            before = max(float(past.rates[-_DAY_H - 1].sum()), 1e-300)
            return np.asarray(past.rates[-_DAY_H] * min(float(now.sum()) / before, 4.0) * (1 + headroom))
        grown = float(now.sum()) / max(float(past.rates[-2].sum()), 1e-300) if hours >= 2 else 1.0
        return np.asarray(now * min(max(grown, 0.5), 2.0) * (1 + headroom))

    return online(instance, run, start, forecast, keep=True)


def online(
    instance: PhaseSplitInstance, run: Run, start: PhaseSplitSchedule | None, policy: Policy, *, keep: bool = False,
) -> Outcome:
    """Run a policy through every scenario. An hour is an iteration.

    Machines are chosen for the rates foreseen; then the hour's requests come, and what is missing is added, at the same
    cost, for the whole hour.

    Parameters
    ----------
    policy : Policy
        What it foresees.
    keep : bool
        Whether machines that are no longer needed stay on until they have cost as much as a start.
    """
    ground = Ground(instance)
    ground.offer_start(run, start)
    units = np.zeros((ground.periods, ground.pools), dtype=np.int64)
    spent = np.zeros(ground.pools)
    for p in range(ground.periods):
        if run.stop() is not None:
            return run.outcome()
        first, cost = p - p % instance.hours, ground.cost[p]
        foreseen = policy(Past(instance.rate_per_s[first:p], units[first:p], cost))
        ready = None if foreseen is None else ground.cover(Need(foreseen, []), cost)
        found = ground.cover(ground.needs[p], cost, None, ready)
        if found is None and ready is not None:
            found = ground.cover(ground.needs[p], cost)
        if found is None:
            return run.outcome(reason=NO_UNITS)
        units[p] = found
        if keep and p > first:
            units[p] = _kept(ground, p, units[p - 1], found, spent)
        run.tick(1, 1)
    ground.offer(run, units)
    return ended(run)


def _kept(ground: Ground, p: int, before: IntArray, needed: IntArray, spent: FloatArray) -> IntArray:
    """Return the units needed, and those idle since the hour before that have not cost a start; adds to `spent`."""
    idle = np.maximum(before - needed, 0)
    start = ground.tables.start_cost[p][ground.tables.group] * ground.tables.machines
    stays = (idle > 0) & (spent + ground.cost[p] <= start)
    spent[:] = np.where(stays, spent + ground.cost[p], 0.0)
    kept = needed + np.where(stays, idle, 0)
    return kept if ground.within(kept) else needed
