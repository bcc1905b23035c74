"""Hosts: GPUs one by one, with the residents that stay and the jobs each runs beside them."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.heuristics.mig_partition.host_kernels import MEMORY, Scene, put_in
from ecoopt.heuristics.mig_partition.host_kinds import HostKinds
from ecoopt.heuristics.mig_partition.one_gpu import choose
from ecoopt.heuristics.mig_partition.room import MILD, search_values
from ecoopt.instances.mig.layouts import Layout
from ecoopt.instances.mig_partition import (
    MigPartitionInstance,
    MigPartitionSchedule,
    job_classes,
    residency,
    schedule_worth,
    slot_of_job,
)

STAYS = -2
"""Host of a resident that stays in its place."""


class Hosts:
    """All GPUs of an instance with what runs on them; at first residents that may stay do, and nothing else runs.

    Parameters
    ----------
    instance : MigPartitionInstance
        The instance.
    value : float array [C, S + 1], optional
        What a job is worth to the search; by default `search_values`.
    exact : bool
        Whether hosts without residents are cut into exactly as many instances as they have jobs.
    """

    def __init__(self, instance: MigPartitionInstance, *, value: FloatArray | None = None, exact: bool = False) -> None:
        self.instance = instance
        self.classes = job_classes(instance)
        self.residency = residency(instance)
        self.kinds = HostKinds([block.geometry for block in instance.blocks], exact)
        here, slots = self.residency, self.classes.slots
        gpus, jobs = instance.gpus, instance.jobs
        values = search_values(instance, self.classes, MILD) if value is None else value
        profiles = max(len(block.geometry.profiles) for block in instance.blocks)
        # Slots beyond a block's own are never reached; the columns are there so that no loop looks outside.
        self.used_columns = np.append(np.arange(values.shape[1] - 1), values.shape[1] - 1 + profiles)
        padded = np.concatenate([values[:, :-1], np.full((len(values), profiles), -np.inf), values[:, -1:]], axis=1)
        self.block = np.repeat(np.arange(len(instance.blocks)), np.diff(instance.first_gpu))
        self.position = {gpu: o for o, gpu in enumerate(here.gpus.tolist())}
        self.stays = self.classes.allowed[self.classes.of_job[here.job], here.slot].copy()
        rng = np.random.default_rng(0)
        most = max(len(layout) for layout in self._all_layouts())
        host = np.full(jobs, -1, dtype=np.int64)
        host[here.job[self.stays]] = STAYS
        self._words: dict[tuple[int, int, int], int] = {}
        self._rng = rng
        words = rng.integers(1, 2**63, len(values), dtype=np.uint64)
        none = np.zeros(gpus, dtype=np.int64)
        self.scene = Scene(
            padded, self.classes.of_job.astype(np.int64), host, np.full((gpus, most), -1, dtype=np.int64), none.copy(),
            none.copy(), slots.first[self.block].copy(), np.full((gpus, 2), -1, dtype=np.int64),
            np.full((gpus, 2), -1, dtype=np.int64), np.zeros(gpus), np.zeros((0, profiles), dtype=np.int64),
            np.zeros(0, dtype=np.bool_), np.zeros(gpus, dtype=np.uint64), words, np.zeros(gpus, dtype=np.uint64),
            np.zeros(MEMORY, dtype=np.uint64), np.zeros(MEMORY))
        plain = [self.kinds.kind(b, (), None) for b in range(len(instance.blocks))]
        for b, kind in enumerate(plain):
            mine = self.block == b
            self.scene.first[mine, 1], self.scene.last[mine, 1] = self.kinds.first[kind], self.kinds.first[kind + 1]
            self.scene.word[mine] = self._word(kind, -1, -1)
        self.scale = self._scale(values)
        for gpu in here.gpus.tolist():
            self._settle(gpu)
        self.scene.total[:] = self.scene.word
        self._refresh()

    def _all_layouts(self) -> list[Layout]:
        """Return all layouts of a GPU of each block."""
        for b in range(len(self.instance.blocks)):
            self.kinds.kind(b, (), None)
        return self.kinds.layouts

    def _scale(self, values: FloatArray) -> float:
        """Return by what the search's values exceed the objective's; 1 where they are of another sort."""
        allowed = self.classes.allowed & (self.classes.value != 0)
        if self.instance.objective == "max_min" or not allowed.any():
            return 1.0
        at = tuple(np.argwhere(allowed)[0])
        return float(values[at] / self.classes.value[at])

    def _word(self, anew: int, calm: int, gpu: int) -> int:
        """Return the random word of a kind of hosts."""
        key = (anew, calm, gpu)
        if key not in self._words:
            self._words[key] = int(self._rng.integers(1, 2**63, dtype=np.uint64))
        return self._words[key]

    def _settle(self, gpu: int) -> None:
        """Work out the kind of a host from the residents that stay on it."""
        here, scene, b = self.residency, self.scene, int(self.block[gpu])
        rows = np.flatnonzero((here.gpu == gpu) & self.stays)
        first_slot = int(self.classes.slots.first[b])
        stay = tuple((int(here.slot[r]) - first_slot, int(here.start[r])) for r in rows)
        cost = float(here.reset_cost[rows].sum()) * self.scale
        anew = self.kinds.kind(b, stay, None)
        calm = self.kinds.kind(b, stay, self.residency.before[self.position[gpu]]) if cost > 0 else -1
        before = scene.word[gpu]
        scene.first[gpu, 1], scene.last[gpu, 1] = self.kinds.first[anew], self.kinds.first[anew + 1]
        scene.first[gpu, 0] = self.kinds.first[calm] if calm >= 0 else -1
        scene.last[gpu, 0] = self.kinds.first[calm + 1] if calm >= 0 else -1
        scene.reset[gpu], scene.stayers[gpu] = cost, len(rows)
        scene.word[gpu] = self._word(anew, calm, gpu if calm >= 0 else -1) if len(rows) or calm >= 0 else self._word(
            anew, -1, -1)
        with np.errstate(over="ignore"):
            scene.total[gpu] += scene.word[gpu] - before

    def _refresh(self) -> None:
        """Give the scene the tables of all kinds there are."""
        larger, _, ends = self.kinds.tables()
        self.scene = self.scene._replace(larger=larger, ends=ends)

    def set_stay(self, r: int, stays: bool) -> None:
        """Let a resident stay in its place, or make it a job like any other, without a host."""
        self.stays[r] = stays
        self.scene.host[self.residency.job[r]] = STAYS if stays else -1
        self._settle(int(self.residency.gpu[r]))
        self._refresh()

    def waiting(self) -> IntArray:
        """Return the jobs without a host, those that need most slices first, then by number."""
        needs = self.least_slices()
        jobs = np.flatnonzero(self.scene.host == -1)
        ordered: IntArray = jobs[np.argsort(-needs[self.scene.of_job[jobs]], kind="stable")]
        return ordered

    def least_slices(self) -> FloatArray:
        """Return the share of a GPU's slices that a job of each class takes at least, memory and compute together."""
        sizes = np.array([
            profile.compute_slices / block.geometry.compute_slices
            + profile.memory_slices / block.geometry.memory_slices
            for block in self.instance.blocks for profile in block.geometry.profiles])
        least: FloatArray = np.where(self.classes.allowed, sizes, np.inf).min(axis=1)
        return least

    def adopt(self, schedule: MigPartitionSchedule) -> bool:
        """Take over a feasible schedule; return whether it could be said in terms of hosts."""
        here, slot = self.residency, slot_of_job(self.instance, self.classes.slots, schedule)
        same = ((schedule.gpu[here.job] == here.gpu) & (slot[here.job] == here.slot)
                & (schedule.start[here.job] == here.start))
        if (~same & (here.pin > 0)).any():
            return False
        for r in np.flatnonzero(self.stays != same).tolist():
            self.set_stay(r, bool(same[r]))
        for job in np.flatnonzero((self.scene.host == -1) & (schedule.gpu >= 0)).tolist():
            put_in(self.scene, job, int(schedule.gpu[job]))
        return True

    def complete(self) -> bool:
        """Tell whether every job runs that must."""
        here = self.residency
        pinned = bool(self.stays[here.pin > 0].all())
        return pinned and not (self.instance.place_all and (self.scene.host == -1).any())

    def schedule(self) -> MigPartitionSchedule:
        """Return the schedule of what the hosts hold, each host cut in the best way for its jobs."""
        scene, here = self.scene, self.residency
        gpu, profile, start = (np.full(self.instance.jobs, -1, dtype=np.int64) for _ in range(3))
        jobs = here.job[self.stays]
        gpu[jobs], start[jobs] = here.gpu[self.stays], here.start[self.stays]
        profile[jobs] = self.classes.slots.profile[here.slot[self.stays]]
        hosts = np.flatnonzero(scene.load)
        chosen, anew = self._choices(hosts)
        larger, _, _ = self.kinds.tables()
        for row, g in enumerate(hosts.tolist()):
            held = scene.held[g, :scene.load[g]].tolist()
            state = int(scene.last[g, anew[row]]) - 1
            for p in chosen[row, :len(held)].tolist():
                state = int(larger[state, p])
            starts: dict[int, list[int]] = {}
            for place in self.kinds.layouts[state]:
                starts.setdefault(place.profile, []).append(place.start)
            for job, p in zip(held, chosen[row].tolist(), strict=False):
                gpu[job], profile[job], start[job] = g, p, starts[p].pop()
        return MigPartitionSchedule(gpu=gpu, profile=profile, start=start)

    def _choices(self, hosts: IntArray) -> tuple[IntArray, IntArray]:
        """Return the profile of each job of some hosts [n, M], and whether each host is cut anew (1) or not (0)."""
        scene = self.scene
        larger, smaller, ends = self.kinds.tables()
        profiles = larger.shape[1]
        columns = scene.slot[hosts][:, None, None] + np.arange(profiles)
        values = scene.value[scene.of_job[scene.held[hosts]][:, :, None], columns]
        found = []
        for state in (0, 1):
            profile = np.full(values.shape[:2], -1, dtype=np.int64)
            value = np.full(len(hosts), -np.inf)
            first, last = scene.first[hosts, state], scene.last[hosts, state]
            choose(values, np.where(first >= 0, scene.load[hosts], 0), np.maximum(first, 0), np.maximum(last, 1),
                   larger, smaller, ends, False, profile, value)
            found.append((profile, np.where(first >= 0, value, -np.inf)))
        (calm, calm_value), (cut, cut_value) = found
        anew = (cut_value - scene.reset[hosts] > calm_value).astype(np.int64)
        return np.where(anew[:, None] > 0, cut, calm), anew

    def worth(self, schedule: MigPartitionSchedule) -> float:
        """Return the objective of a schedule."""
        return schedule_worth(self.instance, self.classes, schedule)
