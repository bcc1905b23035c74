"""The Lagrangian bound of joined hours: starts and machines bought are priced, and every hour is solved apart."""

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.dual import maximise_by_bundle
from ecoopt.formulations.highs import solve_lp
from ecoopt.formulations.node_mix.exact import dual_bound
from ecoopt.formulations.phase_split.relaxation import lp_options
from ecoopt.formulations.phase_split.split_model import split_model
from ecoopt.heuristics.phase_split.greedy import covered
from ecoopt.heuristics.phase_split.ground import Ground
from ecoopt.hybrid.phase_split.priced_hours import PricedHours
from ecoopt.instances.phase_split import PhaseSplitInstance, PhaseSplitSchedule

_TOLERANCE = 1e-4


def lagrangian(
    instance: PhaseSplitInstance, run: Run, *, seed: int, start: PhaseSplitSchedule | None,
    hour_gap: Annotated[float, Field(ge=0, le=0.1)] = 5e-4,
) -> Outcome:
    """Price starts and machines bought, solve every hour apart, and ascend; what the hours choose is mended.

    Starts of hour p cost at least ``y_p`` times the rise of machines that are on, for any y between 0 and a start's
    cost; machines bought at least ``b_p`` times those on in p, for any b that sum to no more than their cost. So
    hours are solved at the costs ``c_p + y_p - y_(p+1) + b_p``, beginning with the relaxation's duals. A round of all
    hours is an iteration.

    Parameters
    ----------
    hour_gap : float
        Gap to which an hour is solved; its bound counts.
    """
    ground = Ground(instance)
    ground.offer_start(run, start)
    if run.stop() is None:
        first = covered(ground, ground.cost, run.part())
        if first is not None:
            ground.offer(run, first)
    if run.stop() is not None:
        return run.outcome()
    every = np.arange(instance.periods)
    model = split_model(instance, every, coupled=True)
    found = solve_lp(model.model, Run(run.part().budget, sense=run.sense), seed=seed,
                     options=lp_options(ground.tables))
    if found.status is Status.INFEASIBLE:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if found.row_dual is None:
        return run.outcome(found.termination)
    run.prove(dual_bound(model.model, found.row_dual))
    hours = PricedHours(ground, run, seed, hour_gap)
    if not hours.begin(model, found.row_dual):
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    if run.stop() is not None:
        return run.outcome()
    first_prices, upper = hours.first(model, found.row_dual)
    result = maximise_by_bundle(hours.priced, first_prices, run, upper=upper, tolerance=_TOLERANCE)
    ended = result.termination if run.stop() is None else run.stop()
    rows = sum(len(part.projection.cuts) for part in hours.parts)
    details: dict[str, Any] = {"residual": result.residual, "rows": rows}
    return run.outcome(None if ended is Termination.PROOF else ended, **details)
