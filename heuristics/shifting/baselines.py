"""Baselines: what choosing only the region, only the start, or only by deadlines is worth."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.shifting.arena import Arena, arena_of, offer, offer_start, put
from ecoopt.instances.shifting import Placement, ShiftingCosts, ShiftingInstance, ShiftingSchedule

PASSES = 50


def best_region(instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None) -> Outcome:
    """Begin every job as early as can be, in order of release, in the region in which it is cheapest then.

    As long as jobs fit nowhere, they go to the front and all is placed anew, fifty times at most; an iteration is a
    pass.
    """
    return _listed(instance, run, start, instance.release_slot, early=True, at_home=False)


def best_start(instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None) -> Outcome:
    """Run every job at home when it is cheapest, in order of release, and elsewhere if home has no room at all.

    Passes as for ``best-region``.
    """
    return _listed(instance, run, start, instance.release_slot, early=False, at_home=True)


def edf(instance: ShiftingInstance, run: Run, *, seed: int, start: ShiftingSchedule | None) -> Outcome:
    """Begin every job as early as can be, the earliest deadline first; of regions free then, the cheapest.

    Passes as for ``best-region``.
    """
    return _listed(instance, run, start, instance.deadline_slot, early=True, at_home=False)


def early_rent(costs: ShiftingCosts) -> FloatArray:
    """Return a charge for a GPU that grows by slot, so that no carbon makes up for a slot later.

    Float array [Z, T + 1], from slot 0 up to every slot.
    """
    instance = costs.instance
    most = instance.power_kw * instance.length_slots * costs.slot_g_per_kw.max() + costs.fixed.max(axis=1)
    slot_g = 2.0 * float(((most + instance.resume_g * instance.length_slots) / instance.gpus).max())
    rent = np.zeros_like(costs.grams)
    rent[:, 1:] = np.cumsum(slot_g * np.arange(instance.slots))
    return rent


def home_first(costs: ShiftingCosts, rent: FloatArray) -> FloatArray:
    """Return `costs.fixed` with so much for all regions but home that nothing makes up for it, float array [J, Z].

    Parameters
    ----------
    costs : ShiftingCosts
        Of the instance.
    rent : float array [Z, T + 1]
        What is charged besides, as for `early_rent`.
    """
    instance = costs.instance
    away = np.arange(len(instance.regions)) != instance.home[:, None]
    fixed: FloatArray = costs.fixed + away * (costs.dearest_g + instance.gpus * rent.max())[:, None]
    return fixed


def _listed(
    instance: ShiftingInstance, run: Run, start: ShiftingSchedule | None, rank: IntArray, *, early: bool, at_home: bool,
) -> Outcome:
    """Place jobs in order of rank, and offer what comes out if all of them have a place."""
    offer_start(instance, run, start)
    costs = ShiftingCosts(instance)
    rent = early_rent(costs) if early else np.zeros_like(costs.grams)
    fixed = home_first(costs, rent) if at_home else costs.fixed
    order: IntArray = np.argsort(rank, kind="stable")
    for _ in range(PASSES):
        if run.stop() is not None:
            break
        placement = Placement.empty(costs)
        arena: Arena = arena_of(placement, 0.0)
        put(arena._replace(rent=rent, fixed=fixed), order)
        run.tick()
        offer(run, placement)
        lost = placement.region[order] < 0
        if not lost.any():
            break
        order = np.concatenate([order[lost], order[~lost]])
    return run.outcome()
