"""The walk: slot by slot jobs are released, a policy changes the plan of those known, and the plan is carried out."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.shifting.arena import arena_of, put
from ecoopt.heuristics.shifting.online.outlook import Outlook
from ecoopt.heuristics.shifting.online.view import Plan, Policy, View, leave
from ecoopt.instances.shifting import Placement, ShiftingCosts, ShiftingInstance, ShiftingSchedule

DAY_S = 86400
PASSES = 20


def walk(
    instance: ShiftingInstance, policy: Policy, outlook: Outlook, run: Run, haste: float
) -> ShiftingSchedule | None:
    """Return the schedule that a policy makes of an instance, or None if a job had no place when it came.

    A job released gets the cheapest place that is free, as carbon is expected. If there is none, all jobs known that
    do not run are planned anew, those that did not fit first; if that does not help either, the job is lost. An
    iteration of the run is a slot; once the run must stop, jobs stay where they are put when they come.

    Parameters
    ----------
    instance : ShiftingInstance
        Jobs and carbon are handed to the policy slot by slot; of capacity it knows all.
    policy : Policy
        Decides.
    outlook : Outlook
        Says what carbon to expect.
    run : Run
        Ledger and stopping rules.
    haste : float
        Charge for a day of waiting in plans, as a share of the mean carbon of a GPU.
    """
    state = _State(instance, haste)
    order = np.argsort(instance.release_slot, kind="stable")
    first = np.searchsorted(instance.release_slot[order], np.arange(instance.slots + 1))
    for now in range(instance.slots):
        asked = run.stop() is None
        released = order[first[now]:first[now + 1]]
        if len(released) or len(state.known):
            state.expect(now, outlook, released)
            if not state.admit():
                return None
            if asked:
                policy.decide(state.view(released), Plan(state.arena, state.known, now))
            state.carry_out()
        if asked:
            run.tick()
    return ShiftingSchedule.of_slots(state.arena.region, state.offsets, state.arena.slot)


class _State:
    """Jobs known, what they have still to run, and their places.

    Parameters
    ----------
    instance : ShiftingInstance
        What is walked through.
    haste : float
        As for `walk`.

    Attributes
    ----------
    arena : Arena
        With lengths still to run, slots done left out; jobs that have begun cannot go to another region.
    known : int array [n]
        Jobs released and not done, in order of the last slot in which they can begin.
    offsets : int array [J + 1]
        Of all slots, those done included.
    """

    def __init__(self, instance: ShiftingInstance, haste: float) -> None:
        costs = ShiftingCosts(instance)
        placement = Placement.empty(costs)
        self.arena = arena_of(placement, 0.0)._replace(
            grams=np.zeros_like(costs.grams), fixed=costs.fixed.copy(), release=instance.release_slot.copy(),
            length=instance.length_slots.copy(), offsets=placement.offsets.copy())
        self.haste_slot = haste * instance.slot_s / DAY_S
        self.home, self.offsets, self.now = instance.home, placement.offsets, 0
        self.known: IntArray = np.zeros(0, dtype=np.int64)
        self.begun, self.running = (np.zeros(instance.jobs, dtype=bool) for _ in range(2))
        self.hours = instance.slot_h * np.array([region.pue for region in instance.regions])[:, None]

    def expect(self, now: int, outlook: Outlook, released: IntArray) -> None:
        """Go to a slot, the jobs released in it, and what is expected then."""
        a, known, expected = self.arena, np.concatenate([self.known, released]), outlook.at(now) * self.hours
        self.now, self.known = now, known[np.argsort(a.deadline[known] - a.length[known], kind="stable")]
        a.release[known] = now
        a.grams[:, now] = a.rent[:, now] = 0.0
        np.cumsum(expected, axis=1, out=a.grams[:, now + 1:])
        gpu_kw, seen_g = (a.power[known] / a.gpus[known]).mean(), (outlook.seen(now) * self.hours).mean()
        later_g = self.haste_slot * gpu_kw * seen_g
        a.rent[:, now + 1:] = np.cumsum(later_g * np.arange(expected.shape[1]))

    def admit(self) -> bool:
        """Plan the jobs released, all jobs known anew if need be, and return whether every one has a place."""
        a, known = self.arena, self.known
        fresh = known[a.region[known] < 0]
        lost = fresh[~np.isfinite(put(a, fresh))]
        order = known[np.argsort(-a.length[known] * a.gpus[known], kind="stable")]
        for _ in range(PASSES):
            if not len(lost):
                break
            order = np.concatenate([lost, order[~np.isin(order, lost)]])
            leave(a, order[a.region[order] >= 0])
            lost = order[~np.isfinite(put(a, order))]
        return not len(lost)

    def view(self, released: IntArray) -> View:
        """Return what a policy sees."""
        a, known, now = self.arena, self.known, self.now
        return View(
            now=now, grams=a.grams[:, now:].copy(), new=np.isin(known, released), deadline=a.deadline[known] - now,
            left=a.length[known], gpus=a.gpus[known], power_kw=a.power[known], fixed=a.fixed[known],
            home=self.home[known], interruptible=a.interruptible[known], resume_g=a.resume[known],
            region=np.where(self.begun[known], a.region[known], -1), running=self.running[known])

    def carry_out(self) -> None:
        """Do what is planned for the slot, and forget jobs that are done or run to their end."""
        a, known = self.arena, self.known
        runs = a.slot[a.offsets[known]] == self.now
        self.running[known] = runs
        jobs = known[runs]
        self.begun[jobs] = True
        region = a.region[jobs]
        kept = a.fixed[jobs, region]
        a.fixed[jobs] = np.inf
        a.fixed[jobs, region] = kept
        done = np.where(a.interruptible[jobs], 1, a.length[jobs])
        a.offsets[jobs] += done
        a.length[jobs] -= done
        self.known = known[a.length[known] > 0]
