"""Lagrangian: prices of memory by round give a bound, and the mean starts at these prices an order of requests."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray
from ecoopt.core.instance import Schedule
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.dual import DualResult
from ecoopt.formulations.kv_admission.first_prices import first_prices, refined
from ecoopt.formulations.kv_admission.kinds import kinds_of
from ecoopt.formulations.kv_admission.pricing import Pricing, best_prices
from ecoopt.formulations.kv_admission.relaxation import rounded_up
from ecoopt.heuristics.kv_admission.offline import built, local_search, offer_place, offer_start
from ecoopt.heuristics.kv_admission.room import decode, empty_room
from ecoopt.instances.kv_admission import KvAdmissionInstance, KvAdmissionSchedule

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]
PRICE_SHARE = 0.6
"""Of the seconds left, for prices; the search has the rest."""


def lagrangian(
    instance: KvAdmissionInstance, run: Run, *, seed: int, start: KvAdmissionSchedule | None, evaluations: Count = 300,
) -> Outcome:
    """Price memory, batch and prefill of every round; place requests in order of their mean start; search from there.

    The first bound is what requests cost alone.

    The bound is that of the linear program; where requests may be broken off it is a little less, as they then need
    not read again. An iteration is an evaluation of prices, a rule, or one of the search.

    Parameters
    ----------
    evaluations : int
        Most evaluations of prices.
    """
    offer_start(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    pricing = Pricing(kinds_of(instance))
    if not pricing.possible:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    run.prove(rounded_up(instance, pricing.answer(np.zeros(len(pricing.limits))).value))
    built(instance, run)
    if run.stop() is None:
        part = run.part(seconds=None if run.budget.seconds is None else PRICE_SHARE * run.seconds_left,
                        iterations=int(min(evaluations, run.iterations_left)))
        found = priced(pricing, part, run.schedule())
        run.tick(part.iterations, part.evaluations)
        place_in_order(instance, run, found.mixture.mean)
    if run.stop() is None:
        search_on(instance, run, seed)
    return run.outcome(run.stop() or Termination.DONE)


def priced(pricing: Pricing, run: Run, schedule: Schedule | None) -> DualResult:
    """Return the best prices found within a run, which is told the bounds, from those that a schedule suggests."""
    start = np.zeros(len(pricing.limits))
    if isinstance(schedule, KvAdmissionSchedule):
        start = refined(pricing, first_prices(pricing, schedule, run), run)
    found = best_prices(pricing, run, start)
    run.prove(rounded_up(pricing.kinds.instance, found.bound))
    return found


def place_in_order(instance: KvAdmissionInstance, run: Run, mean: FloatArray | None) -> None:
    """Offer a run the schedule in which requests are placed in order of their mean start at prices."""
    if mean is None:
        return
    room = empty_room(instance)
    for key in (mean, mean + instance.output_tokens / 2):
        value = decode(room, np.argsort(key, kind="stable"))
        offer_place(instance, run, value, room.place)


def search_on(instance: KvAdmissionInstance, run: Run, seed: int) -> None:
    """Search within a run from its best schedule."""
    best = run.schedule()
    local_search(instance, run, seed=seed, start=best if isinstance(best, KvAdmissionSchedule) else None)
