"""The linear relaxation by HiGHS, and a bound from its prices that no rounding of the solver's can spoil."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.budget import Budget
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import HighsResult, solve_lp
from ecoopt.formulations.highs.options import Options
from ecoopt.formulations.refresh.fleet_model import FleetModel, fleet_model
from ecoopt.formulations.refresh.priced import PricedFleet
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule
from ecoopt.instances.refresh.tables import tables_of

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]

INTERIOR: Options = {"solver": "ipm", "run_crossover": "off"}
"""An interior point, which takes a small part of the simplex method's time; its prices prove the bound."""


def lp(
    instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None, threads: Threads = 1,
) -> Outcome:
    """Solve the linear relaxation. The bound is the value of the Lagrangian at its prices. One iteration.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    tables = tables_of(instance)
    if start is not None:
        run.offer(tables.value(start), start)
    if run.stop() is not None:
        return run.outcome()
    run.tick(1)
    model = fleet_model(tables)
    found = relaxed(model, run, seed=seed, threads=threads)
    return run.outcome(None, Status.INFEASIBLE if found.status is Status.INFEASIBLE else None,
                       lp_objective=found.objective)


def relaxed(model: FleetModel, run: Run, *, seed: int, threads: int = 1) -> HighsResult:
    """Solve the relaxation of a model within the run's seconds, and prove the bound of its prices.

    Where the interior point comes to no end, as with costs of nothing at all, the simplex method is asked.
    """
    for options in (INTERIOR, {}):
        seconds = None if run.budget.seconds is None else run.seconds_left
        found = solve_lp(model.linear, Run(Budget(seconds=seconds)), seed=seed, threads=threads, options=options)
        if found.row_dual is not None or found.status is Status.INFEASIBLE or run.stop() is not None:
            break
    if found.row_dual is not None:
        priced = PricedFleet(model.tables)
        run.prove(priced.ask(prices_of(model, priced, found.row_dual)).value)
    return found


def prices_of(model: FleetModel, priced: PricedFleet, row_dual: FloatArray) -> FloatArray:
    """Return the prices of units, carbon and money from the duals of a model's rows."""
    cap = model.tables.instance.operational_cap_g
    scale = 1.0 if cap is None else max(float(cap.mean()), 1.0)
    unit = np.where(model.serve >= 0, row_dual[model.serve], 0.0)
    carbon, money = (np.where(rows >= 0, -row_dual[rows], 0.0) for rows in (model.carbon, model.money))
    return priced.joined(unit, carbon / scale, money)
