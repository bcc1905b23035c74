"""Extended particle swarm on each class's prices of a watt, a slowdown, an hour's wait, and its range of caps."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.power_cap.baselines import static_caps
from ecoopt.heuristics.power_cap.plans import Plan, Planner, offer_start
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import cap_tables

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]

_SPREAD, _DIMENSIONS = 3.0, 5


def pso(
    instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None, swarm_size: Count = 20,
    patience: Count = 60,
) -> Outcome:
    """Search prices that caps and holds follow from; each position is one replay.

    A class takes the cap with the least ``e^a price_t watts + e^b rebound_t``, where the rebound is the grams of the
    work submitted more in the next hour, but no lower cap than l and no higher than h. It holds its work back where the
    next hour's price is lower by more than ``e^d`` times what waiting counts, never with ``d = 3``. The dimensions are
    a, b, d, l, h of every class, all in -3..3; l and h go evenly through the caps. The first particle begins at the
    prices 1 and all caps; the next ones at static caps, the best first, so that the result is no worse than `static`.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    planner = Planner(cap_tables(instance))
    offer_start(planner, run, start)
    limit = np.full(_DIMENSIONS * planner.classes, _SPREAD)
    prices = _Prices(planner, run)
    minimise(prices.values, SearchSpace(-limit, limit), rng=np.random.default_rng(seed), run=run,
             settings=PsoSettings.constricted(swarm_size=swarm_size), start=prices.first()[:swarm_size],
             patience=patience)
    return run.outcome()


class _Prices:
    """Replays of what prices lead to; feasible ones are offered."""

    def __init__(self, planner: Planner, run: Run) -> None:
        self.planner, self.run = planner, run

    def first(self) -> FloatArray:
        """Return the first positions: prices of 1 with all caps, then static caps, the best first; [rows, 5 K]."""
        tables = self.planner.tables
        zero = np.zeros(self.planner.classes)
        free = np.stack([zero, zero, zero, zero - _SPREAD, zero + _SPREAD])
        static = sorted(static_caps(tables.instance), key=lambda cap: self.planner.value(self.planner.plan(cap)))
        level = [2 * _SPREAD * (cap + 0.5) / tables.open.sum(axis=1) - _SPREAD for cap in static]
        return np.stack([free.ravel(), *(np.concatenate([zero, zero, zero + _SPREAD, at, at]) for at in level)])

    def values(self, positions: FloatArray) -> FloatArray:
        """Return the objective of rows of prices, float array [rows]."""
        return np.array([self._value(row) for row in positions])

    def _value(self, position: FloatArray) -> float:
        plan = self.plan(position)
        self.planner.offer(self.run, plan)
        return self.planner.value(plan)

    def plan(self, position: FloatArray) -> Plan:
        """Return the plan of prices."""
        tables = self.planner.tables
        logs = position.reshape(_DIMENSIONS, -1)
        watt, slow, wait = np.exp(logs[:3])
        share = (logs[3:] + _SPREAD) / (2 * _SPREAD)
        low, high = np.minimum((share * (tables.highest + 1)).astype(np.int64), tables.highest)
        price = tables.price_g_per_wh
        later = np.append(price[1:], price[-1])
        after = np.concatenate([tables.submitted[:, 1:], np.zeros((len(watt), 1))], axis=1)
        work = np.maximum(tables.submitted, 1e-9)
        energy_g = watt[:, None, None] * (work * price)[:, :, None] * tables.extra_w[:, None, :]
        rebound_g = (slow[:, None, None] * (after * later)[:, :, None]
                     * ((tables.factor - 1.0) * tables.extra_w[:, -1:])[:, None, :])
        seen = np.where(tables.open[:, None, :], energy_g + rebound_g, np.inf)
        cap = np.minimum(np.maximum(seen.argmin(axis=2), low[:, None]), high[:, None])
        rows = np.arange(len(watt))[:, None]
        gain_g = (price - later) * tables.extra_w[rows, cap]
        hold = (gain_g > wait[:, None] * tables.instance.backlog_g_per_gpu_h) & (logs[2] < _SPREAD)[:, None]
        hold[:, -1] = False
        return self.planner.plan(cap.T, hold.T.astype(np.float64))
