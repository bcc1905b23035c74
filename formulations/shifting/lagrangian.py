"""Lagrangian: prices of slots give a bound, and the jobs placed one by one at these prices a schedule."""

from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.formulations.dual import Priced, maximise_by_bundle
from ecoopt.formulations.shifting.prices import PricedJobs, ascend_in_batches, first_prices
from ecoopt.instances.shifting import Placement, ShiftingCosts, ShiftingInstance, ShiftingSchedule

Count: TypeAlias = Annotated[int, Field(ge=0, le=1_000_000)]
_BATCH, _MOST_BATCHES = 500, 100
_BUNDLE_PRICES, _EVERY, _TOLERANCE = 4000, 100, 1e-5
_SHARES = (0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.0)


def lagrangian(
    instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None, passes: Count = 40,
) -> Outcome:
    """Price the GPUs of every region and slot, and place the jobs at these prices.

    Prices begin with those of a market of equal GPU-hours. Many jobs raise and lower them in batches; for few prices a
    bundle method goes on until they are the best to 1e-5. Jobs are placed at them, the largest first; those left over
    go first in another round. Then each, in any order, moves to where it is cheaper at a share of the prices, which
    falls to 0. A bound that no schedule can have proves that there is none.

    Parameters
    ----------
    passes : int
        Most passes in batches.
    """
    costs = ShiftingCosts(instance)
    if start is not None:
        run.offer(costs.objective(start), start)
    if run.stop() is not None:
        return run.outcome()
    priced = PricedJobs(costs)
    rent, rng = first_prices(costs), np.random.default_rng(seed)
    if not np.isfinite(priced.value(np.zeros_like(rent))[0]):
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    run.prove(priced.value(rent)[0])
    _offer_at(costs, rent, run, rng)
    batches = min(instance.jobs // _BATCH, _MOST_BATCHES)
    if batches > 1 and run.stop() is None:
        rent = ascend_in_batches(priced, rent, run, seed=seed, batches=batches, passes=passes)
    if rent.size <= _BUNDLE_PRICES and run.stop() is None:
        rent = _bundled(priced, rent, run, rng)
    if run.bound is not None and run.bound >= costs.dearest_g:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    _offer_at(costs, rent, run, rng)
    return run.outcome()


def _bundled(priced: PricedJobs, rent: FloatArray, run: Run, rng: np.random.Generator) -> FloatArray:
    """Return the prices that a bundle method ends at; some on the way are tried too.

    Without a schedule the Lagrangian may have no end: it is cut off above the carbon of any schedule.
    """
    asked, most = 0, priced.costs.dearest_g

    def oracle(prices: FloatArray) -> Priced:
        nonlocal asked
        bound, beyond = priced.value(prices.reshape(rent.shape))
        asked += 1
        if bound >= most:
            return Priced(most, np.zeros(rent.size))
        if asked % _EVERY == 0:
            _offer_at(priced.costs, prices.reshape(rent.shape), run, rng)
        return Priced(bound, beyond.ravel())

    found = maximise_by_bundle(oracle, rent.ravel(), run, tolerance=_TOLERANCE)
    return found.prices.reshape(rent.shape)


def _offer_at(costs: ShiftingCosts, rent: FloatArray, run: Run, rng: np.random.Generator) -> None:
    """Offer the schedule that prices lead to."""
    order = largest_first(costs)
    placement = Placement.empty(costs)
    if not placement.fill(order, rent):
        return
    _offer(placement, run)
    for share in _SHARES:
        if run.stop() is not None:
            return
        placement.place(rng.permutation(len(order)), share * rent)
        _offer(placement, run)


def _offer(placement: Placement, run: Run) -> None:
    """Offer the schedule of a placement."""
    schedule = placement.schedule()
    run.offer(placement.costs.objective(schedule), schedule)


def largest_first(costs: ShiftingCosts) -> IntArray:
    """Return all jobs by falling GPU-slots, int array [J]."""
    instance = costs.instance
    return np.argsort(-instance.gpus * instance.length_slots, kind="stable")
