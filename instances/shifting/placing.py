"""Placing: jobs one after another where each is cheapest among what is free; greedy, repair and pricing alike.

A job without breaks: every start of every region in O(1) each, by prefix sums. One with breaks takes the cheapest slots
if resumptions are free, else a dynamic program over slots done and whether it runs, O(window * length) a region.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.shifting.costs import ShiftingCosts, used_gpus
from ecoopt.instances.shifting.schedule import ShiftingSchedule


@dataclass(eq=False)
class Placement:
    """Where jobs are at the moment, and what is free.

    Parameters
    ----------
    costs : ShiftingCosts
        Tables of the instance.
    region : int array [J]
        Region of each job, -1 while it is nowhere.
    offsets : int array [J + 1]
        Of the slots of each job; they are as many as its length.
    slot : int array [offsets[J]]
        Slots of each job, increasing.
    free : int array [Z, T]
        GPUs left; negative where there are too few.
    """

    costs: ShiftingCosts
    region: IntArray
    offsets: IntArray
    slot: IntArray
    free: IntArray

    @classmethod
    def empty(cls, costs: ShiftingCosts) -> Self:
        """Return the placement with no job in it."""
        instance = costs.instance
        offsets = np.concatenate([[0], np.cumsum(instance.length_slots)]).astype(np.int64)
        return cls(costs, np.full(instance.jobs, -1, dtype=np.int64), offsets,
                   np.zeros(int(offsets[-1]), dtype=np.int64), instance.capacity_gpus.copy())

    @classmethod
    def of(cls, costs: ShiftingCosts, schedule: ShiftingSchedule) -> Self:
        """Return the placement of a schedule in which every job runs for its length."""
        placement = cls.empty(costs)
        placement.region = schedule.region.copy()
        within = np.arange(int(schedule.run_length.sum())) - np.repeat(
            np.cumsum(schedule.run_length) - schedule.run_length, schedule.run_length)
        placement.slot = np.repeat(schedule.run_start, schedule.run_length) + within
        placement.free = costs.instance.capacity_gpus - used_gpus(costs.instance, schedule)
        return placement

    def copy(self) -> "Placement":
        """Return a copy that can be changed alone."""
        return Placement(self.costs, self.region.copy(), self.offsets, self.slot.copy(), self.free.copy())

    @property
    def complete(self) -> bool:
        """Whether every job is somewhere."""
        return bool((self.region >= 0).all())

    def place(self, order: IntArray, rent: FloatArray | None = None, *, held: bool = True) -> FloatArray:
        """Put jobs where they are cheapest, one after another; one that is somewhere already leaves first.

        Parameters
        ----------
        order : int array [N]
            The jobs.
        rent : float array [Z, T], optional
            Grams charged by GPU and slot besides the carbon, at least 0; none by default.
        held : bool
            Whether the jobs take GPUs; else each is placed as if it came alone to what is free now.

        Returns
        -------
        float array [N]
            Carbon and rent of each job; infinite for one that fits nowhere, which is then nowhere.
        """
        instance, costs = self.costs.instance, self.costs
        total = np.zeros((len(self.free), instance.slots + 1))
        if rent is not None:
            np.cumsum(rent, axis=1, out=total[:, 1:])
        return place_jobs(
            np.array(order, dtype=np.int64), held, costs.grams, total, costs.fixed, instance.release_slot,
            instance.deadline_slot, instance.length_slots, instance.gpus, instance.power_kw, instance.interruptible,
            instance.resume_g, self.free, self.region, self.offsets, self.slot)

    def fill(self, order: IntArray, rent: FloatArray | None = None, *, rounds: int = 30) -> bool:
        """Place every job into what is empty; jobs left over go first in the next round, and all begin anew.

        Parameters
        ----------
        order : int array [J]
            All jobs, in the order of the first round.
        rent : float array [Z, T], optional
            As for `place`.
        rounds : int
            Most rounds.

        Returns
        -------
        bool
            Whether every job has a place.
        """
        turn = np.array(order, dtype=np.int64)
        for _ in range(rounds):
            self.region[:] = -1
            self.free[:] = self.costs.instance.capacity_gpus
            left = np.isinf(self.place(turn, rent))
            if not left.any():
                return True
            turn = np.concatenate([turn[left], turn[~left]])
        return False

    def take_out(self, jobs: IntArray) -> None:
        """Take jobs that are somewhere away."""
        gpus, length = self.costs.instance.gpus[jobs], self.costs.instance.length_slots[jobs]
        np.add.at(self.free, (np.repeat(self.region[jobs], length), self.slots_of(jobs)), np.repeat(gpus, length))
        self.region[jobs] = -1

    def slots_of(self, jobs: IntArray) -> IntArray:
        """Return the slots of some jobs, one job after the other."""
        length = self.costs.instance.length_slots[jobs]
        ends = np.cumsum(length)
        within = np.arange(int(length.sum())) - np.repeat(ends - length, length)
        chosen: IntArray = self.slot[np.repeat(self.offsets[jobs], length) + within]
        return chosen

    def usage(self) -> IntArray:
        """Return the GPUs of the jobs that are somewhere, whatever is free, int array [Z, T]."""
        instance = self.costs.instance
        there = np.flatnonzero(self.region >= 0)
        length = instance.length_slots[there]
        place = np.repeat(self.region[there], length) * instance.slots + self.slots_of(there)
        table = np.bincount(place, np.repeat(instance.gpus[there], length), self.free.size)
        used: IntArray = np.round(table).astype(np.int64).reshape(self.free.shape)
        return used

    def schedule(self) -> ShiftingSchedule:
        """Return the schedule; every job must be somewhere."""
        return ShiftingSchedule.of_slots(self.region, self.offsets, self.slot)


@njit(cache=True)
def place_jobs(
    order: IntArray, held: bool, grams: FloatArray, rent: FloatArray, fixed: FloatArray, release: IntArray,
    deadline: IntArray, length: IntArray, gpus: IntArray, power: FloatArray, interruptible: NDArray[np.bool_],
    resume: FloatArray, free: IntArray, region: IntArray, offsets: IntArray, slot: IntArray,
) -> FloatArray:  # pragma: no cover
    """Do what ``Placement.place`` says; `grams` and `rent` are sums up to every slot, float arrays [Z, T + 1]."""
    regions = len(grams)
    paid = np.full(len(order), np.inf)
    widest, longest = 0, 0
    for j in order:
        if interruptible[j]:
            widest, longest = max(widest, deadline[j] - release[j]), max(longest, length[j])
    weight, ranked = np.empty(widest), np.empty(longest)
    idle, running = np.empty(longest + 1), np.empty(longest + 1)
    for index in range(len(order)):
        j = order[index]
        first, last, size, need, base = release[j], deadline[j], length[j], gpus[j], offsets[j]
        if held and region[j] >= 0:
            for k in range(base, base + size):
                free[region[j], slot[k]] += need
        best, best_region = np.inf, -1
        for z in range(regions):
            if fixed[j, z] >= best:
                continue
            if not interruptible[j]:
                blocked = first - 1
                for t in range(first, last):
                    if free[z, t] < need:
                        blocked = t
                    start = t - size + 1
                    if start > blocked:
                        cost = (fixed[j, z] + power[j] * (grams[z, t + 1] - grams[z, start])
                                + need * (rent[z, t + 1] - rent[z, start]))
                        if cost < best:
                            best, best_region = cost, z
                            slot[base] = start
                continue
            there = 0
            for t in range(first, last):
                weight[t - first] = np.inf
                if free[z, t] < need:
                    continue
                here = power[j] * (grams[z, t + 1] - grams[z, t]) + need * (rent[z, t + 1] - rent[z, t])
                weight[t - first] = here
                if there < size or here < ranked[size - 1]:
                    k = min(there, size - 1)
                    while k > 0 and ranked[k - 1] > here:
                        ranked[k] = ranked[k - 1]
                        k -= 1
                    ranked[k] = here
                there += 1
            if there < size:
                continue
            cost = fixed[j, z]
            for k in range(size):
                cost += ranked[k]
            if cost >= best:
                continue
            if resume[j] > 0.0:
                cost = fixed[j, z] + _with_breaks(weight[:last - first], size, resume[j], best - fixed[j, z], first,
                                                  idle, running, slot[base:base + size])
            else:
                ties, taken = size, 0
                for k in range(size):
                    if ranked[k] < ranked[size - 1]:
                        ties -= 1
                for t in range(first, last):
                    here = weight[t - first]
                    if here < ranked[size - 1] or (here == ranked[size - 1] and ties > 0):
                        ties -= here == ranked[size - 1]
                        slot[base + taken] = t
                        taken += 1
            if cost < best:
                best, best_region = cost, z
        paid[index], region[j] = best, best_region
        if best_region >= 0:
            if not interruptible[j]:
                for k in range(1, size):
                    slot[base + k] = slot[base] + k
            if held:
                for k in range(base, base + size):
                    free[best_region, slot[k]] -= need
    return paid


@njit(cache=True)
def _with_breaks(
    weight: FloatArray, size: int, resume: float, limit: float, first: int, idle: FloatArray, running: FloatArray,
    slot: IntArray,
) -> float:  # pragma: no cover
    """Return the least cost of `size` slots with a charge for every run but the first, and write them if below `limit`.

    ``idle[k]`` and ``running[k]`` are the least costs of k slots done, without or with the slot before.
    """
    window = len(weight)
    came = np.zeros((window, size + 1), dtype=np.uint8)
    idle[:size + 1], running[:size + 1] = np.inf, np.inf
    idle[0] = 0.0
    for i in range(window):
        for k in range(min(size, i + 1), max(size - window + i, 0), -1):
            after_run, after_break = running[k - 1], idle[k - 1] + resume
            mark = 1 if running[k] < idle[k] else 0
            idle[k] = min(idle[k], running[k])
            if after_run <= after_break:
                running[k], mark = after_run + weight[i], mark + 2
            else:
                running[k] = after_break + weight[i]
            came[i, k] = mark
    runs = running[size] <= idle[size]
    total: float = min(running[size], idle[size]) - resume
    if total < limit:
        k = size
        for i in range(window - 1, -1, -1):
            mark = came[i, k]
            if runs:
                k -= 1
                slot[k] = first + i
                runs = mark >= 2
            else:
                runs = mark % 2 == 1
    return total
