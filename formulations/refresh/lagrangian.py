"""The Lagrangian bound: prices of work, money and carbon by a bundle method, for fleets beyond a linear program."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.formulations.dual import maximise_by_bundle
from ecoopt.formulations.refresh.priced import PricedFleet
from ecoopt.instances.refresh import RefreshInstance, RefreshSchedule
from ecoopt.instances.refresh.tables import tables_of


def lagrangian(
    instance: RefreshInstance, run: Run, *, seed: int, start: RefreshSchedule | None,
    tolerance: Annotated[float, Field(ge=0, le=1)] = 1e-5, most_iterations: Annotated[int, Field(ge=1)] = 1000,
) -> Outcome:
    """Ascend the dual of demand, budget and carbon cap. One iteration asks every GPU once.

    Parameters
    ----------
    tolerance : float
        Share of the bound at which the search ends.
    most_iterations : int
        Iterations that end it.
    """
    tables = tables_of(instance)
    if start is not None:
        run.offer(tables.value(start), start)
    if run.stop() is not None:
        return run.outcome()
    priced = PricedFleet(tables)
    finite = np.where(np.isfinite(tables.unit_g), tables.unit_g, np.inf)
    first = priced.joined(finite.min(axis=(1, 2)).T, *np.zeros((2, instance.periods)))
    left = most_iterations if run.budget.iterations is None else min(int(run.iterations_left), most_iterations)
    found = maximise_by_bundle(priced.ask, first, run.part(iterations=left), upper=priced.upper, tolerance=tolerance)
    run.tick(found.iterations, found.iterations)
    return run.outcome(residual=found.residual)
