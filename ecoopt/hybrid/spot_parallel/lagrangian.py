"""Prices of the budgets: a bound by the bundle method, and paths at prices spliced into one within the budgets."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.dual import Priced, maximise_by_bundle
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.heuristics.spot_parallel.dynamic import ToCome
from ecoopt.heuristics.spot_parallel.exact import safe
from ecoopt.heuristics.spot_parallel.paths import Borders, Path, Stretches
from ecoopt.heuristics.spot_parallel.plans import Start, begun, ended, offer, offer_best, priced, typical_prices
from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule
from ecoopt.instances.spot_parallel.tables import Tables

Count: TypeAlias = Annotated[int, Field(ge=1, le=10**6)]

MOST_PRICE = 1e9
"""Where no schedule exists the best prices are infinite."""


def lagrangian(
    instance: SpotParallelInstance, run: Run, *, seed: int, start: Start, evaluations: Count = 60,
) -> Outcome:
    """Bound by prices of the budgets, splice the paths met into one within the budgets, and improve it.

    Without budgets there is nothing to price: one evaluation is the dynamic program. Iterations are evaluations of
    prices, and moves of a local search. Ignores `seed`.

    Parameters
    ----------
    evaluations : int
        Most evaluations of prices.
    """
    tables = begun(instance, run, start)
    if isinstance(tables, Outcome):
        return tables
    searched(tables, run, evaluations)
    return ended(run)


def searched(tables: Tables, run: Run, evaluations: int) -> FloatArray:
    """Search prices, then descend from the best path met; return the best prices, float array [B]."""
    price = best_prices(tables, run, evaluations)
    best = run.schedule()
    if len(price) and run.stop() is None and run.gap > CLOSED and isinstance(best, SpotParallelSchedule):
        path = Path(tables, best.config)
        descend([Borders(path), Stretches(path)], path.value, snapshot=path.snapshot, run=run, decode=tables.schedule,
                tolerance=1e-9 * max(1.0, abs(path.value)))
    return price


def best_prices(tables: Tables, run: Run, evaluations: int) -> FloatArray:
    """Search the best prices of the budgets, float array [B]; bounds are proven, and paths offered.

    Parameters
    ----------
    tables : Tables
        Of the instance.
    run : Run
        Charged with the evaluations.
    evaluations : int
        Most evaluations.
    """
    scale, met = typical_prices(tables), _Met(tables, run)

    def oracle(prices: FloatArray) -> Priced:
        to_come = ToCome(tables, priced(tables, prices * scale))
        config = offer_best(to_come, run)
        met.add(config)
        value = safe(to_come.value - float(prices @ (scale * tables.most)))
        return Priced(value, (tables.used(config) - tables.most) * scale, None)

    zero = np.zeros(len(tables.most))
    if not len(zero):
        run.prove(oracle(zero).value)
        run.tick(1, 1)
        return zero
    part = run.part(iterations=int(min(evaluations, run.iterations_left)))
    found = maximise_by_bundle(oracle, zero, part, upper=MOST_PRICE, tolerance=1e-7)
    run.tick(min(found.iterations, int(min(evaluations, run.iterations_left))), found.iterations)
    return np.asarray(found.prices * scale)


class _Met:
    """The last paths met at prices, one within the budgets and one beyond: they are spliced."""

    def __init__(self, tables: Tables, run: Run) -> None:
        self.tables, self.run = tables, run
        self.within: IntArray | None = None
        self.beyond: IntArray | None = None

    def add(self, config: IntArray) -> None:
        """Remember a path, and splice it."""
        if self.tables.within(config):
            self.within = config
        else:
            self.beyond = config
        if self.within is not None and self.beyond is not None:
            for early, late in ((self.within, self.beyond), (self.beyond, self.within)):
                found = spliced(self.tables, early, late)
                if found is not None:
                    offer(self.tables, self.run, found)


def spliced(tables: Tables, early: IntArray, late: IntArray) -> IntArray | None:
    """Return the cheapest path that is one until some interval and another from there on, within the budgets, or None.

    Parameters
    ----------
    early, late : int array [N]
        Configurations before and after.
    """
    instance, nodes = tables.instance, np.arange(len(early))
    depth, intervals = instance.depth, instance.intervals
    later = np.flatnonzero(instance.parent >= 0)
    before, inner = instance.parent[later], np.zeros((2, len(nodes)))
    for k, config in enumerate((early, late)):
        inner[k] = tables.cost_usd[nodes, config]
        inner[k, later] += tables.step_usd(later, config[before], config[later])
    across = np.zeros(len(nodes))
    across[later] = tables.cost_usd[later, late[later]] + tables.step_usd(later, early[before], late[later])

    def by_interval(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(depth, values, intervals))

    head = np.cumsum(by_interval(inner[0]))[:-1]
    tail = np.append(np.cumsum(by_interval(inner[1])[::-1])[::-1], 0.0)[2:]
    value = head + by_interval(across)[1:] + tail
    for use, most in zip(tables.uses, tables.most.tolist(), strict=True):
        first = np.cumsum(by_interval(use[nodes, early]))[:-1]
        rest = np.cumsum(by_interval(use[nodes, late])[::-1])[::-1][1:]
        value = np.where(first + rest > most, np.inf, value)
    if not len(value) or not np.isfinite(value).any():
        return None
    return np.where(depth <= int(value.argmin()), early, late)
