"""What an online policy sees in a slot, and the plan of the jobs known that it may change: never the future."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.shifting.arena import Arena, put


@dataclass(frozen=True)
class View:
    """Slot `now` as a policy sees it: n jobs that are released and not done, in order of deadline.

    All arrays are copies; slots are counted from `now` on, S of them to the end of the horizon.

    Parameters
    ----------
    now : int
        The slot.
    grams : float array [Z, S + 1]
        Carbon of a kilowatt from `now` up to every slot: that of `now` is known, the rest as it is expected.
    new : bool array [n]
        Released in this slot.
    deadline : int array [n]
        Slots left until the deadline.
    left : int array [n]
        Slots that the job has still to run.
    gpus : int array [n]
        GPUs of the job.
    power_kw : float array [n]
        Power of the job.
    fixed : float array [n, Z]
        What it costs in each region anyway; infinite for other regions than that in which it has begun.
    home : int array [n]
        Home of the job.
    interruptible : bool array [n]
        Whether it may have breaks.
    resume_g : float array [n]
        Carbon of every run but the first.
    region : int array [n]
        Where it has begun, -1 if it has not.
    running : bool array [n]
        Whether it ran in the slot before.
    """

    now: int
    grams: FloatArray
    new: NDArray[np.bool_]
    deadline: IntArray
    left: IntArray
    gpus: IntArray
    power_kw: FloatArray
    fixed: FloatArray
    home: IntArray
    interruptible: NDArray[np.bool_]
    resume_g: FloatArray
    region: IntArray
    running: NDArray[np.bool_]


class Plan:
    """Places for all jobs known, that fit together: what keeps deadlines whatever a policy wants.

    Jobs are numbered as in the view. Every change keeps all other jobs where they are, or changes nothing.

    Parameters
    ----------
    arena : Arena
        All jobs; those that are not known are nowhere.
    known : int array [n]
        The jobs of the view.
    now : int
        The slot.
    """

    def __init__(self, arena: Arena, known: IntArray, now: int) -> None:
        self._arena, self._known, self._now = arena, known, now

    def runs_now(self, i: int) -> bool:
        """Tell whether a job is planned to run in this slot."""
        j = self._known[i]
        return bool(self._arena.slot[self._arena.offsets[j]] == self._now)

    def region(self, i: int) -> int:
        """Return the region in which a job is planned."""
        return int(self._arena.region[self._known[i]])

    def slots(self, i: int) -> IntArray:
        """Return the slots in which a job is planned, counted from `now`, increasing."""
        j = self._known[i]
        planned: IntArray = self._arena.slot[self._arena.offsets[j]:][:self._arena.length[j]] - self._now
        return planned

    def free(self, jobs: IntArray) -> IntArray:
        """Return the GPUs left if some jobs had no place, int array [Z, S]."""
        table = self._arena.free[:, self._now:].copy()
        for i in jobs:
            table[self.region(i), self.slots(i)] += self._arena.gpus[self._known[i]]
        return table

    def move(self, i: int, region: int, slots: IntArray) -> bool:
        """Put a job elsewhere, and return whether it has room there.

        Parameters
        ----------
        i : int
            The job.
        region : int
            Where.
        slots : int array [left]
            When, counted from `now`, increasing, within its window.
        """
        a, j = self._arena, self._known[i]
        old_region, old = self.region(i), self.slots(i).copy()
        leave(a, self._known[[i]])
        fits = bool((a.free[region, slots + self._now] >= a.gpus[j]).all())
        self._place(j, region if fits else old_region, slots if fits else old)
        return fits

    def carbon(self, i: int) -> float:
        """Return what a job is expected to cost from now on where it is planned, charges included."""
        a, j, slots = self._arena, self._known[i], self.slots(i) + self._now
        region = a.region[j]
        energy = a.power[j] * (a.grams[region, slots + 1] - a.grams[region, slots]).sum()
        charge = a.gpus[j] * (a.rent[region, slots + 1] - a.rent[region, slots]).sum()
        return float(a.fixed[j, region] + energy + charge + a.resume[j] * (np.diff(slots) != 1).sum())

    def improve(self, i: int, after: int = 0) -> bool:
        """Put a job where it is cheapest as carbon is expected, and return whether that is cheaper than where it was.

        Parameters
        ----------
        i : int
            The job.
        after : int
            Slots from `now` on that are not used.
        """
        a, j = self._arena, self._known[i]
        if a.deadline[j] - self._now - after < a.length[j]:
            return False
        region, slots, release, carbon = int(a.region[j]), self.slots(i).copy(), int(a.release[j]), self.carbon(i)
        a.release[j] = self._now + after
        found = float(put(a, np.array([j]))[0])
        a.release[j] = release
        if found < carbon:
            return True
        if np.isfinite(found):
            leave(a, self._known[[i]])
        self._place(j, region, slots)
        return False

    def again(self, order: IntArray) -> bool:
        """Put all jobs where they are cheapest, one after another, and return whether they fit; else nothing changes.

        Parameters
        ----------
        order : int array [n]
            All jobs of the view.
        """
        a, jobs = self._arena, self._known[order]
        before = a.free.copy(), a.region.copy(), a.slot.copy()
        leave(a, jobs)
        if np.isfinite(put(a, jobs)).all():
            return True
        for table, kept in zip((a.free, a.region, a.slot), before, strict=True):
            table[:] = kept
        return False

    def put(self, jobs: IntArray, region: IntArray, slots: list[IntArray]) -> None:
        """Put jobs into places that fit together, all at once.

        Parameters
        ----------
        jobs : int array [m]
            Which.
        region : int array [m]
            Where.
        slots : list of int arrays
            When, as for `move`.
        """
        leave(self._arena, self._known[jobs])
        for i, z, own in zip(jobs.tolist(), region.tolist(), slots, strict=True):
            self._place(int(self._known[i]), z, own)

    def _place(self, j: int, region: int, slots: IntArray) -> None:
        """Put a job that is nowhere into a region and slots counted from `now`."""
        a = self._arena
        a.region[j] = region
        a.slot[a.offsets[j]:a.offsets[j] + a.length[j]] = slots + self._now
        a.free[region, slots + self._now] -= a.gpus[j]


def leave(a: Arena, jobs: IntArray) -> None:
    """Take jobs that are somewhere away from there."""
    for j in jobs:
        np.add.at(a.free, (a.region[j], a.slot[a.offsets[j]:a.offsets[j] + a.length[j]]), a.gpus[j])
    a.region[jobs] = -1


class Policy(ABC):
    """Base of every online policy."""

    @abstractmethod
    def decide(self, view: View, plan: Plan) -> None:
        """Change the plan, of which slot `now` is then carried out; called in every slot in which jobs are known."""
