"""Serial schedule generation: jobs in an order, each where it costs least; those left over go first in the next try."""

from collections.abc import Iterator

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.heuristics.power_cap_jobs.places import NOWHERE, Places, fill, no_places
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance, PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.options import Options, options_of

TRIES = 30


def greedy(
    instance: PowerCapJobsInstance, run: Run, *, seed: int, start: PowerCapJobsSchedule | None,
) -> Outcome:
    """Take the best of four orders: by deadline, by power, by GPU-hours, and by release; an iteration is an order.

    Each job takes the cap and the start of least carbon and delay that fit. Nothing is drawn at random.
    """
    options = options_of(instance)
    if options.impossible:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    offer_start(options, run, start)
    if run.iterations_left:
        offer_rules(options, run, options.cost_g)
    return run.outcome()


def offer_start(options: Options, run: Run, start: PowerCapJobsSchedule | None) -> None:
    """Offer a run the feasible schedule it was given."""
    if start is not None:
        run.offer(options.value(start.start_slot, start.cap), start)


def offer_rules(options: Options, run: Run, guide: FloatArray) -> None:
    """Offer a run what each order gives by `guide`, until it stops; at least one."""
    for order in orders(options):
        places = completed(options, order, any_cap(options), guide)
        run.tick(1, 1)
        if places is not None:
            run.offer(options.value(places.start, places.cap), places.schedule())
        if run.stop() is not None:
            break


def orders(options: Options) -> Iterator[IntArray]:
    """Yield orders of jobs."""
    caps = options.slots.shape[1]
    deadline = options.release + np.diff(options.first)[::caps] + options.slots[:, 0]
    power_w = options.power_w.max(axis=1)
    for key in (deadline.astype(float), -power_w, -options.gpus * options.slots[:, 0].astype(float), options.release):
        yield np.argsort(key, kind="stable")


def any_cap(options: Options) -> IntArray:
    """Return that no job must have a certain cap."""
    return np.full(options.jobs, NOWHERE, dtype=np.int64)


def completed(
    options: Options, order: IntArray, only: IntArray, guide: FloatArray, tries: int = TRIES,
) -> Places | None:
    """Return places of all jobs, None where so many tries leave some over (squeaky wheel: those go first next time).

    Parameters
    ----------
    order : int array [J]
        Of the first try.
    only : int array [J]
        Cap that each job should have, -1 for any.
    guide : float array [M]
        What options count.
    """
    for _ in range(tries):
        places = no_places(options)
        fill(places, order, only, guide)
        if places.complete:
            return places
        left = places.cap[order] == NOWHERE
        order = np.concatenate([order[left], order[~left]])
    return None
