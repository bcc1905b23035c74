"""Extended particle swarm on three prices per class: what a watt, a slowdown and an hour's wait seem to cost."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.power_cap.plans import Plan, Planner, offer_start
from ecoopt.instances.power_cap import PowerCapInstance, PowerCapSchedule
from ecoopt.instances.power_cap.tables import cap_tables

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]

_SPREAD = 3.0


def pso(
    instance: PowerCapInstance, run: Run, *, seed: int, start: PowerCapSchedule | None, swarm_size: Count = 20,
    patience: Count = 60,
) -> Outcome:
    """Search prices that caps and holds follow from; each position is one replay.

    A class takes the cap with the least ``e^a price_t watts + e^b rebound_t``, where the rebound is the grams of the
    work submitted more in the next hour, and holds its work back where the next hour's price is lower by more than
    ``e^d`` times what waiting counts. The logarithms a, b, d of every class are the dimensions, in -3..3; the first
    particle begins at 0.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    planner = Planner(cap_tables(instance))
    offer_start(planner, run, start)
    limit = np.full(3 * planner.classes, _SPREAD)
    prices = _Prices(planner, run)
    minimise(prices.values, SearchSpace(-limit, limit), rng=np.random.default_rng(seed), run=run,
             settings=PsoSettings.constricted(swarm_size=swarm_size), start=np.zeros((1, len(limit))),
             patience=patience)
    return run.outcome()


class _Prices:
    """Replays of what prices lead to; feasible ones are offered."""

    def __init__(self, planner: Planner, run: Run) -> None:
        self.planner, self.run = planner, run

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
        watt, slow, wait = np.exp(position.reshape(3, -1))
        price = tables.price_g_per_wh
        later = np.append(price[1:], price[-1])
        after = np.concatenate([tables.submitted[:, 1:], np.zeros((len(watt), 1))], axis=1)
        work = np.maximum(tables.submitted, 1e-9)
        energy_g = watt[:, None, None] * (work * price)[:, :, None] * tables.extra_w[:, None, :]
        rebound_g = (slow[:, None, None] * (after * later)[:, :, None]
                     * ((tables.factor - 1.0) * tables.extra_w[:, -1:])[:, None, :])
        seen = np.where(tables.open[:, None, :], energy_g + rebound_g, np.inf)
        cap = seen.argmin(axis=2)
        rows = np.arange(len(watt))[:, None]
        gain_g = (price - later) * tables.extra_w[rows, cap]
        hold = gain_g > wait[:, None] * tables.instance.backlog_g_per_gpu_h
        hold[:, -1] = False
        return self.planner.plan(cap.T, hold.T.astype(np.float64))
