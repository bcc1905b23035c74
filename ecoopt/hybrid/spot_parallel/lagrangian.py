"""Prices of the budgets: a bound by the bundle method, and paths at prices spliced into one within the budgets."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.dual import Priced, maximise_by_bundle
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.heuristics.spot_parallel.dynamic import ToCome
from ecoopt.heuristics.spot_parallel.exact import bound_of
from ecoopt.heuristics.spot_parallel.paths import Borders, Path, Stretches
from ecoopt.heuristics.spot_parallel.plans import Start, begun, ended, priced, typical_prices
from ecoopt.heuristics.spot_parallel.splicing import Spliced
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
    scale, spliced = typical_prices(tables), Spliced(tables, run)

    def oracle(prices: FloatArray) -> Priced:
        to_come = ToCome(tables, priced(tables, prices * scale))
        config = spliced.best(to_come)
        return Priced(bound_of(to_come, prices * scale), (tables.used(config) - tables.most) * scale, None)

    zero = np.zeros(len(tables.most))
    if not len(zero):
        run.prove(oracle(zero).value)
        run.tick(1, 1)
        return zero
    part = run.part(iterations=int(min(evaluations, run.iterations_left)))
    found = maximise_by_bundle(oracle, zero, part, upper=MOST_PRICE, tolerance=1e-7)
    run.tick(min(found.iterations, int(min(evaluations, run.iterations_left))), found.iterations)
    return np.asarray(found.prices * scale)
