"""What methods of spot fleets share: how they begin, offer what they find, and heed budgets by prices."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.heuristics.spot_parallel.dynamic import ToCome
from ecoopt.heuristics.spot_parallel.placed_path import placed_path
from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule
from ecoopt.instances.spot_parallel.tables import Tables, tables_of

Start: TypeAlias = SpotParallelSchedule | None

_DOUBLINGS, _HALVINGS = 60, 30


def begun(instance: SpotParallelInstance, run: Run, start: Start) -> Tables | Outcome:
    """Return the tables of an instance once the start is offered, or how the run has ended already."""
    tables = tables_of(instance)
    if tables.lacking:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if start is not None:
        run.offer(tables.schedule_usd(start), start)
    if run.stop() is not None:
        return run.outcome()
    return tables if tables.changes.ready(run.stop) else run.outcome(reason=tables.changes.CUT_SHORT)


def offer(tables: Tables, run: Run, config: IntArray, *, foresight: bool = True) -> bool:
    """Offer a run configurations [N] that fit at all nodes, if they keep the budgets; return whether they do.

    Without foresight named GPUs are placed without a look ahead.
    """
    if not tables.within(config):
        return False
    kept = config.copy()
    if tables.named:
        schedule = tables.schedule(kept, foresight=foresight)
        run.offer(tables.schedule_usd(schedule), schedule)
    else:
        run.offer(tables.path_usd(kept), lambda: tables.schedule(kept, foresight=foresight))
    return True


def offer_best(to_come: ToCome, run: Run) -> IntArray:
    """Offer a run the best path of a dynamic program, and two that count what named GPUs move; return the first."""
    tables, config = to_come.tables, to_come.best()
    offer(tables, run, config)
    if tables.named:
        for guide in (to_come, ToCome(replace(tables, blind=True), to_come.own_usd)):
            schedule = placed_path(tables, guide)
            if tables.within(schedule.config):
                run.offer(tables.schedule_usd(schedule), schedule)
    return config


def ended(run: Run) -> Outcome:
    """Return the outcome, and why there is no schedule where there is none."""
    if run.objective is None and run.stop() is None:
        return run.outcome(reason="what was found breaks a budget")
    return run.outcome()


def pressed(tables: Tables, run: Run, build: Callable[[FloatArray], IntArray]) -> float:
    """Offer what is built at the least price of the budgets at which they are kept; an iteration is a price tried.

    Returned is the last price at which they were kept or that was tried, in units of `typical_prices`.

    All budgets have one price, by the share that is taken of each. It is doubled until they are kept, then halved
    towards the least.

    Parameters
    ----------
    build : callable
        Returns configurations [N] for prices of the budgets, float array [B].
    """
    scale = typical_prices(tables)
    low, high = 0.0, 0.0
    for _ in range(_DOUBLINGS):
        if run.stop() is not None:
            return high
        config = build(high * scale)
        run.tick(1, 1)
        if offer(tables, run, config):
            break
        low, high = high, max(2 * high, 1 / 64)
    for _ in range(_HALVINGS if low or high else 0):
        if run.stop() is not None or high - low < 1e-6 * high:
            return high
        middle = (low + high) / 2
        config = build(middle * scale)
        run.tick(1, 1)
        if offer(tables, run, config):
            high = middle
        else:
            low = middle
    return high


def priced(tables: Tables, price: FloatArray) -> FloatArray:
    """Return the costs of nodes with prices [B] on what budgets limit, float array [N, C]."""
    if not len(price):
        return tables.cost_usd
    return np.asarray(tables.cost_usd + np.tensordot(price, tables.uses, axes=1))


def typical_prices(tables: Tables) -> FloatArray:
    """Return the prices at which all of a budget costs what the cheapest configurations do, float array [B]."""
    return np.asarray(max(tables.least_usd, 1e-9) / np.maximum(tables.limits, 1e-9))
