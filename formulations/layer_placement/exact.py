"""The two integer programs, solved from a start: the cover model and Helix's flow form."""

from typing import Annotated, Any, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.gap import CLOSED
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status
from ecoopt.formulations.highs import HighsResult, solve_model
from ecoopt.formulations.layer_placement.bounds import configuration
from ecoopt.formulations.layer_placement.configuration import Configuration
from ecoopt.formulations.layer_placement.cover_model import cover_model
from ecoopt.formulations.layer_placement.helix_model import MOST_COLUMNS, helix_columns, helix_model, in_order
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    compute_bound,
    offer,
    offer_start,
    throughput,
    weights,
)

Threads: TypeAlias = Annotated[int, Field(ge=0, le=1024)]
_DECIDED = (Status.INFEASIBLE, Status.ERROR)


def helix(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
    threads: Threads = 1,
) -> Outcome:
    """Solve Helix's flow form, every machine by itself and what flows on every link; for small fleets.

    Parameters
    ----------
    threads : int
        Of HiGHS; 0 leaves the number to it.
    """
    offer_start(instance, run, start)
    if run.stop() is None:
        configuration(instance, run.part(), seed=seed, start=None)
    return run.outcome() if run.stop() is not None else solve_helix(instance, run, seed, threads)


def solve_helix(instance: LayerPlacementInstance, run: Run, seed: int, threads: int) -> Outcome:
    """Solve Helix's flow form from the run's best placement and bound."""
    if helix_columns(instance) > MOST_COLUMNS:
        return run.outcome(reason=f"{len(instance.kind)} machines on {instance.layers} layers are too many for the "
                           "flow form")
    throughput_asked = instance.demand_tokens_per_s is None
    high = int(run.bound) if throughput_asked and run.bound is not None else compute_bound(instance)
    model, known = helix_model(instance, high), run.schedule()
    x = model.solution(in_order(instance, known), run) if isinstance(known, LayerPlacementSchedule) else None
    # Bounds alone reach the run while HiGHS works: what it has flow so far may be less than what a placement lets flow.
    found = solve_model(model.linear, run, start=x, threads=threads, seed=seed)
    return _ended(instance, run, found, None if found.x is None else model.schedule(found.x))


def solve_cover(instance: LayerPlacementInstance, run: Run, seed: int, threads: int) -> Outcome:
    """Solve the cover model from the run's best placement; links must not bind."""
    known = run.schedule()
    low, weight = 0, weights(instance)
    if isinstance(known, LayerPlacementSchedule):
        low = throughput(instance, known.first, known.held)
    high = compute_bound(instance) if run.bound is None else int(run.bound)
    target = instance.demand_tokens_per_s or low
    prices = Configuration(instance, weight).prices(target, run.part()) if target else None
    model = cover_model(instance, low, high, prices)
    x = model.solution(known) if isinstance(known, LayerPlacementSchedule) else None
    found = solve_model(model.linear, run, start=x, threads=threads, seed=seed)
    return _ended(instance, run, found, None if found.x is None else model.schedule(found.x))


def _ended(
    instance: LayerPlacementInstance, run: Run, found: HighsResult, schedule: LayerPlacementSchedule | None,
) -> Outcome:
    """Offer what HiGHS found and close the run."""
    if schedule is not None:
        offer(instance, run, schedule)
    if run.bound is not None and instance.demand_tokens_per_s is None:
        run.prove(float(np.floor(run.bound + 1e-6)))
    status = found.status if found.status in _DECIDED and run.objective is None else None
    details: dict[str, Any] = found.details()
    return run.outcome(None if run.gap <= CLOSED else found.termination, status, **details)
