"""Optima by enumeration: every set of jobs on every GPU in every placement, and every way to share jobs out to GPUs.

Written in plain Python from the rules of cutting and the objective, apart from the referee and from what solvers use.
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import inf
from typing import NamedTuple

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.instances.mig import MigGeometry
from ecoopt.instances.mig_partition import MigPartitionInstance, MigPartitionSchedule

MOST_JOBS = 8

Place = tuple[int, int]
"""Profile and start."""


class _Cut(NamedTuple):
    """The best placement found of a set of jobs on a GPU."""

    value: float
    places: tuple[tuple[int, Place], ...]


def enumerate_optimum(instance: MigPartitionInstance) -> tuple[float, MigPartitionSchedule] | None:
    """Return the largest objective and a schedule that has it, None where nothing is feasible.

    Parameters
    ----------
    instance : MigPartitionInstance
        A tiny one.

    Raises
    ------
    InputError
        When there are more than `MOST_JOBS` jobs.
    """
    if instance.jobs > MOST_JOBS:
        raise InputError.one("enumerate_optimum", "instance", f"has {instance.jobs} jobs, the limit is {MOST_JOBS}",
                             "take fewer")
    case = _Case(instance)
    if instance.objective != "max_min":
        return case.best(case.gain)
    # The least speed less the costs is the largest, over all thresholds, of the threshold less the least costs.
    found = None
    for threshold in sorted({case.speed(j, b, p) for j in range(instance.jobs) for b, p in case.slots()} - {0.0}):
        answer = case.best(partial(case.at_least, threshold))
        if answer is not None and (found is None or threshold + answer[0] > found[0]):
            found = (threshold + answer[0], answer[1])
    return found


Gain = Callable[[int, int, int], float]


class _Case:
    """An instance in plain terms."""

    def __init__(self, instance: MigPartitionInstance) -> None:
        self.instance = instance
        self.block_of = [b for b, block in enumerate(instance.blocks) for _ in range(block.gpus)]
        running = instance.running
        self.home: dict[int, tuple[int, Place, str, float, float]] = {}
        if running is not None:
            for r, job in enumerate(running.job.tolist()):
                self.home[job] = (int(running.gpu[r]), (int(running.profile[r]), int(running.start[r])),
                                  running.pin[r], float(running.migration_cost[r]), float(running.reset_cost[r]))

    def slots(self) -> Iterator[tuple[int, int]]:
        """Yield every block and profile."""
        for b, block in enumerate(self.instance.blocks):
            yield from ((b, p) for p in range(len(block.geometry.profiles)))

    def speed(self, job: int, b: int, p: int) -> float:
        """Return a job's speed, 0 where it may not run."""
        instance, block = self.instance, self.instance.blocks[b]
        kind = int(instance.job_type[job])
        profile, speed = block.geometry.profiles[p], float(block.speed[kind, p])
        least = 0.0 if instance.least_speed is None else float(instance.least_speed[job])
        slices = 0 if instance.least_slices is None else int(instance.least_slices[job])
        fits = (profile.memory_gb >= instance.type_memory_gb[kind] and profile.compute_slices >= slices
                and speed >= least)
        return speed if fits else 0.0

    def gain(self, job: int, b: int, p: int) -> float:
        """Return what a job adds to the objective, minus infinity where it may not run."""
        instance, block, speed = self.instance, self.instance.blocks[b], self.speed(job, b, p)
        if speed <= 0:
            return -inf
        if instance.objective == "mean_slowdown":
            return -1 / speed / instance.jobs
        if instance.objective == "energy":
            assert block.active_power_w is not None
            assert instance.work_s is not None
            share = block.geometry.profiles[p].compute_slices / block.geometry.compute_slices
            power_w = float(block.active_power_w[instance.job_type[job], p]) + block.idle_power_w * share
            return -power_w * float(instance.work_s[job]) / speed
        weighted = instance.objective == "weighted_stp" and instance.weight is not None
        return speed * float(instance.weight[job]) if weighted and instance.weight is not None else speed

    def at_least(self, threshold: float, job: int, b: int, p: int) -> float:
        """Return 0 where a job has a speed, minus infinity elsewhere."""
        return 0.0 if self.speed(job, b, p) >= threshold else -inf

    def best(self, gain: Gain) -> tuple[float, MigPartitionSchedule] | None:
        """Return the largest sum of gains less costs, and a schedule that has it."""
        jobs = self.instance.jobs
        every = (1 << jobs) - 1
        chosen: list[dict[int, tuple[float, int, _Cut]]] = []
        value = {0: 0.0}
        for g, b in enumerate(self.block_of):
            cuts = {mask: self.cut(g, b, mask, gain) for mask in range(every + 1)}
            grown: dict[int, tuple[float, int, _Cut]] = {}
            for before, worth in value.items():
                for mask, cut in cuts.items():
                    if cut is not None and not before & mask:
                        total = worth + cut.value
                        if before | mask not in grown or total > grown[before | mask][0]:
                            grown[before | mask] = (total, before, cut)
            chosen.append(grown)
            value = {mask: entry[0] for mask, entry in grown.items()}
        ends = {mask: worth - self.left_out(every & ~mask) for mask, worth in value.items()}
        ends = {mask: worth for mask, worth in ends.items() if worth > -inf}
        if not ends:
            return None
        mask = max(ends, key=lambda end: ends[end])
        best, table = ends[mask], np.full((3, jobs), -1)
        for g in reversed(range(len(chosen))):
            _, before, cut = chosen[g][mask]
            for job, (p, start) in cut.places:
                table[:, job] = g, p, start
            mask = before
        return best, MigPartitionSchedule(gpu=table[0], profile=table[1], start=table[2])

    def left_out(self, mask: int) -> float:
        """Return what it costs to leave jobs out, infinity where that is not allowed."""
        left = [job for job in range(self.instance.jobs) if mask >> job & 1]
        if left and (self.instance.place_all or any(self.home[j][2] != "free" for j in left if j in self.home)):
            return inf
        return sum(self.home[job][3] for job in left if job in self.home)

    def cut(self, g: int, b: int, mask: int, gain: Gain) -> _Cut | None:
        """Return the best placement of a set of jobs on a GPU, None where there is none."""
        jobs = [job for job in range(self.instance.jobs) if mask >> job & 1]
        geometry = self.instance.blocks[b].geometry
        had = {place for gpu, place, *_ in self.home.values() if gpu == g}
        best: _Cut | None = None
        for places in _placements(geometry, jobs, lambda job, p: gain(job, b, p) > -inf):
            value, anew = 0.0, any(place not in had for place in places)
            for job, place in zip(jobs, places, strict=True):
                value += gain(job, b, place[0])
                if job in self.home:
                    gpu, home, pin, migration, reset = self.home[job]
                    stays = gpu == g and place == home
                    if (pin != "free" and gpu != g) or (pin == "placement" and not stays):
                        value = -inf
                    value -= reset * (anew and bool(had)) if stays else migration
            if value > -inf and (best is None or value > best.value):
                best = _Cut(value, tuple(zip(jobs, places, strict=True)))
        return best


def _placements(
    geometry: MigGeometry, jobs: list[int], suits: Callable[[int, int], bool], done: tuple[Place, ...] = ()
) -> Iterator[tuple[Place, ...]]:
    """Yield every legal placement of some jobs on one GPU."""
    if len(done) == len(jobs):
        yield done
        return
    job = jobs[len(done)]
    taken = {piece for p, start in done for piece in range(start, start + geometry.profiles[p].memory_slices)}
    for p, profile in enumerate(geometry.profiles):
        if not suits(job, p) or not _may_join(geometry, [q for q, _ in done], p):
            continue
        for start in profile.starts:
            if taken.isdisjoint(range(start, start + profile.memory_slices)):
                yield from _placements(geometry, jobs, suits, (*done, (p, start)))


def _may_join(geometry: MigGeometry, present: list[int], p: int) -> bool:
    """Tell whether compute slices, limits of instances and the driver allow one more instance."""
    profile = geometry.profiles[p]
    compute = sum(geometry.profiles[q].compute_slices for q in present) + profile.compute_slices
    names = {geometry.names[q] for q in present}
    return (compute <= geometry.compute_slices
            and (profile.max_instances is None or present.count(p) < profile.max_instances)
            and not any((one == profile.name and other in names) or (other == profile.name and one in names)
                        for one, other in geometry.forbidden_pairs))
