"""Arena: jobs in their places, as arrays that compiled loops change, and what each job costs there."""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.instances.shifting import Placement, ShiftingCosts, ShiftingInstance, ShiftingSchedule
from ecoopt.instances.shifting.placing import place_jobs


class Arena(NamedTuple):
    """J jobs, Z regions, T slots.

    Parameters
    ----------
    grams, rent : float array [Z, T + 1]
        Carbon of a kilowatt, and charge for a GPU, from slot 0 up to every slot.
    fixed : float array [J, Z]
        What a job costs in a region whenever it runs.
    release, deadline, length, gpus : int array [J]
        Of the jobs, in slots.
    power : float array [J]
        In kW.
    interruptible : bool array [J]
        Whether a job may have breaks.
    resume : float array [J]
        Grams of every run but the first.
    free : int array [Z, T]
        GPUs left.
    region : int array [J]
        Of each job, -1 while it is nowhere.
    offsets, slot : int arrays
        Slots of job j are ``slot[offsets[j]:offsets[j + 1]]``, increasing.
    paid : float array [J]
        Carbon of each job where it is, or what it counts while it is nowhere.
    """

    grams: FloatArray
    rent: FloatArray
    fixed: FloatArray
    release: IntArray
    deadline: IntArray
    length: IntArray
    gpus: IntArray
    power: FloatArray
    interruptible: NDArray[np.bool_]
    resume: FloatArray
    free: IntArray
    region: IntArray
    offsets: IntArray
    slot: IntArray
    paid: FloatArray


def arena_of(placement: Placement, nowhere_g: float) -> Arena:
    """Return the arena of a placement, which shares its arrays.

    Parameters
    ----------
    placement : Placement
        Changed when the arena is.
    nowhere_g : float
        What a job counts while it is nowhere.
    """
    instance, costs = placement.costs.instance, placement.costs
    return Arena(
        costs.grams, np.zeros_like(costs.grams), costs.fixed, instance.release_slot, instance.deadline_slot,
        instance.length_slots, instance.gpus, instance.power_kw, instance.interruptible, instance.resume_g,
        placement.free, placement.region, placement.offsets, placement.slot, paid_g(placement, nowhere_g))


def put(a: Arena, order: IntArray) -> FloatArray:
    """Put jobs where they are cheapest, one after another; one that is somewhere already leaves first.

    Parameters
    ----------
    a : Arena
        Changed in place, `paid` apart.
    order : int array [N]
        The jobs.

    Returns
    -------
    float array [N]
        What each costs, charges included; infinite for one that fits nowhere, which is then nowhere.
    """
    return place_jobs(order, True, a.grams, a.rent, a.fixed, a.release, a.deadline, a.length, a.gpus, a.power,
                      a.interruptible, a.resume, a.free, a.region, a.offsets, a.slot)


def paid_g(placement: Placement, nowhere_g: float) -> FloatArray:
    """Return the carbon of each job where it is, or `nowhere_g`, float array [J]; O(number of slots of jobs)."""
    instance, costs = placement.costs.instance, placement.costs
    job = np.repeat(np.arange(instance.jobs), instance.length_slots)
    energy = np.bincount(job, costs.slot_g_per_kw[placement.region[job], placement.slot], minlength=instance.jobs)
    breaks = (np.diff(placement.slot) != 1) & (np.diff(job) == 0)
    resumed = np.bincount(job[1:], breaks, minlength=instance.jobs)
    there = instance.power_kw * energy + costs.fixed[np.arange(instance.jobs), placement.region]
    paid: FloatArray = np.where(placement.region >= 0, there + instance.resume_g * resumed, nowhere_g)
    return paid


def offer(run: Run, placement: Placement) -> None:
    """Offer a run a placement in which every job is somewhere."""
    if placement.complete:
        value = float(paid_g(placement, 0.0).sum())
        if run.better(value, run.objective):
            run.offer(value, partial(Placement.schedule, placement.copy()))


def offer_start(instance: ShiftingInstance, run: Run, start: ShiftingSchedule | None) -> None:
    """Offer a run the schedule it starts from, if there is one."""
    if start is not None:
        run.offer(ShiftingCosts(instance).objective(start), start)
