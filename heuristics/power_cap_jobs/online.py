"""Online policies: jobs are known from their release on, intensity up to now; what comes is guessed.

In every slot a policy gets an instance made of what is known: jobs that wait, power and GPUs that are left, and a
forecast in place of the intensity: that of the same time a day before, as far as it was seen, else the last one. There
is nothing in it that could be asked about the future. Every job that waits keeps a reserved place, so that it is done
by its deadline whatever the forecast was worth.
"""

from collections.abc import Callable
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.heuristics.power_cap_jobs.places import NOWHERE, Places, fill, move, no_places
from ecoopt.heuristics.power_cap_jobs.serial import TRIES, any_cap, offer_start
from ecoopt.instances.carbon import CarbonTrace
from ecoopt.instances.carbon.stamps import epoch_s
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance, PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.options import Options, options_of

DAY_S = 86400


class Seen(NamedTuple):
    """What a policy knows in a slot. N jobs wait.

    Parameters
    ----------
    now : int
        The slot.
    released : int array [N]
        When they came.
    options : Options
        Of the jobs that wait, at the forecast.
    past_g_per_kwh : float array
        Intensity of the last day, as far as it was seen; the last entry is that of now.
    left : Places
        What running jobs have left, no waiting job placed.
    start, cap : int array [N]
        Places reserved before, -1 for jobs that are new.
    """

    now: int
    released: IntArray
    options: Options
    past_g_per_kwh: FloatArray
    left: Places
    start: IntArray
    cap: IntArray


Policy = Callable[[Seen], Places | None]
"""Returns places of the waiting jobs, those that begin now among them; None where they cannot all have one."""


def online_greedy(
    instance: PowerCapJobsInstance, run: Run, *, seed: int, start: PowerCapJobsSchedule | None,
) -> Outcome:
    """In every slot, plan all jobs that wait at the forecast, in order of deadline, and begin those planned for now."""
    return _simulated(instance, run, start, lambda seen: _planned(seen, seen.options.cost_g))


def threshold(
    instance: PowerCapJobsInstance, run: Run, *, seed: int, start: PowerCapJobsSchedule | None,
    percentile: Annotated[float, Field(ge=0, le=100)] = 40.0, wait_h: Annotated[float, Field(ge=0, le=1e5)] = 3.0,
) -> Outcome:
    """Wait for an intensity that is low compared with the last day's, but not for long.

    Every job that waits has a place reserved as late as it may wait. While intensity is low, jobs in order of deadline
    begin at once, under the cap that costs least and fits beside what is reserved.

    Parameters
    ----------
    percentile : float
        Intensity is low up to this percentile of the last 24 hours.
    wait_h : float
        Longest wait, where there is room.
    """
    wait = int(wait_h / instance.slot_h)

    def policy(seen: Seen) -> Places | None:
        begin, least = seen.options.start, seen.released[seen.options.job] + wait
        places = _planned(seen, np.where(begin <= least, -begin, begin).astype(np.float64))
        if places is None or seen.past_g_per_kwh[-1] > np.percentile(seen.past_g_per_kwh, percentile):
            return places
        most_g = 2 * float(np.abs(seen.options.cost_g).max()) + 1
        reserved = places.start[seen.options.job]
        at_once = seen.options.cost_g + most_g * np.where(begin == seen.now, 0, 1 + np.abs(begin - reserved))
        for j in range(seen.options.jobs):
            move(places, j, -1)
            fill(places, np.array([j]), any_cap(seen.options), at_once)
        return places

    return _simulated(instance, run, start, policy)


def _planned(seen: Seen, guide: FloatArray) -> Places | None:
    """Return places of all jobs that wait: by the guide, or as early as they fit, or new ones beside those reserved."""
    only = any_cap(seen.options)
    soon: FloatArray = (seen.options.start + seen.options.slots[seen.options.job, seen.options.cap]).astype(np.float64)
    for way in (guide, soon):
        order = np.arange(seen.options.jobs)
        for _ in range(TRIES):
            places = _copied(seen.left)
            fill(places, order, only, way)
            if places.complete:
                return places
            left = places.cap[order] == NOWHERE
            order = np.concatenate([order[left], order[~left]])
    places = _copied(seen.left)
    places.start[:], places.cap[:] = seen.start, seen.cap
    for j in np.flatnonzero(seen.cap != NOWHERE).tolist():
        move(places, j, 1)
    fill(places, np.flatnonzero(seen.cap == NOWHERE), only, guide)
    return places if places.complete else None


def _simulated(
    instance: PowerCapJobsInstance, run: Run, start: PowerCapJobsSchedule | None, policy: Policy,
) -> Outcome:
    """Go through the slots; an iteration is one with jobs that wait. A run cut short leaves the start alone."""
    options = options_of(instance)
    if options.impossible:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE)
    offer_start(options, run, start)
    known = _Known(instance)
    first, cap = (np.full(instance.jobs, NOWHERE, dtype=np.int64) for _ in range(2))
    gpus_left = np.full(instance.slots, instance.gpus, dtype=np.int64)
    watts_left = options.free_w.copy()
    begun = np.zeros(instance.jobs, dtype=bool)
    by_deadline = np.argsort(instance.deadline_slot, kind="stable")
    for now in range(instance.slots):
        waiting = by_deadline[(~begun & (instance.release_slot <= now))[by_deadline]]
        if not waiting.size:
            continue
        if (reason := run.stop()) is not None:
            return run.outcome(reason, reason=f"cut short in slot {now} of {instance.slots}: later jobs are undecided")
        seen = known.at(now, waiting, gpus_left, watts_left, first, cap)
        places = policy(seen)
        run.tick(1, 1)
        if places is None:
            return run.outcome(Termination.DONE, reason=f"in slot {now} the jobs that wait cannot all be placed")
        first[waiting], cap[waiting] = places.start, places.cap
        for j, job in enumerate(waiting.tolist()):
            if places.start[j] == now:
                begun[job] = True
                held = slice(now, now + int(seen.options.slots[j, places.cap[j]]))
                gpus_left[held] -= instance.job_gpus[job]
                watts_left[held] -= seen.options.power_w[j, places.cap[j]]
    run.offer(options.value(first, cap), PowerCapJobsSchedule(start_slot=first, cap=cap))
    return run.outcome()


class _Known:
    """Hands out what is known in each slot."""

    def __init__(self, instance: PowerCapJobsInstance) -> None:
        self.instance = instance
        self.day = max(round(DAY_S / instance.slot_s), 1)
        ahead_s = epoch_s(instance.start_utc) - instance.carbon.start_s
        self.before = min(self.day, int(ahead_s // instance.slot_s))
        begin_s = ahead_s - self.before * instance.slot_s
        self.g_per_kwh = instance.carbon.means(float(begin_s), instance.slot_s, self.before + instance.slots)

    def at(
        self, now: int, waiting: IntArray, gpus_left: IntArray, watts_left: FloatArray, first: IntArray, cap: IntArray,
    ) -> Seen:
        """Return what is known in a slot."""
        whole = self.instance
        past = self.g_per_kwh[:self.before + now + 1]
        rest = whole.slots - now - 1
        last_day = past[-self.day:]
        ahead = np.resize(last_day, rest) if len(past) >= self.day else np.full(rest, past[-1])
        carbon = CarbonTrace(zone=whole.carbon.zone, start_utc=whole.start_utc, step_s=whole.slot_s,
                             intensity_g_per_kwh=np.concatenate([past[self.before:], ahead]))
        known = whole.replace(
            carbon=carbon, job_class=whole.job_class[waiting], job_gpus=whole.job_gpus[waiting],
            base_h=whole.base_h[waiting], release_slot=np.full(len(waiting), now),
            deadline_slot=whole.deadline_slot[waiting])
        options = options_of(known)
        left = no_places(options)._replace(gpus_left=gpus_left.copy(), watts_left=watts_left.copy(),
                                           watts=options.free_w - watts_left)
        return Seen(now, whole.release_slot[waiting], options, last_day, left, first[waiting], cap[waiting])


def _copied(places: Places) -> Places:
    return places._replace(start=places.start.copy(), cap=places.cap.copy(), gpus_left=places.gpus_left.copy(),
                           watts_left=places.watts_left.copy(), watts=places.watts.copy())
