"""Annealing: jobs change slots on counts, or hosts and places with each other on hosts."""

from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.engines.annealing import AnnealingSettings, anneal
from ecoopt.heuristics.engines.cooling import geometric
from ecoopt.heuristics.mig_partition.counted import Counted
from ecoopt.heuristics.mig_partition.host_kernels import WordArray, put_in, take_out, worth
from ecoopt.heuristics.mig_partition.hosted import offer, total
from ecoopt.heuristics.mig_partition.hosts import Hosts

TRIES = 20
"""Draws of a class and a slot that has some of it, before a proposal is given up."""

Change = tuple[int, int, int]
"""A class, the slot that one of its jobs leaves, and the slot it goes to."""


class CountMoves:
    """One job changes slots; or two do, the second going to the first one's slot, or to any.

    Parameters
    ----------
    filling : Counted
        Changed in place.
    """

    def __init__(self, filling: Counted) -> None:
        self.filling = filling
        value = filling.room.value
        self.slots = [np.flatnonzero(row > -np.inf).tolist() for row in value]
        self.value = value.tolist()
        self.takes = filling.room.takes.T.tolist()

    def propose(self, rng: np.random.Generator) -> tuple[Change, ...] | None:
        """Return one or two changes, None when none was found."""
        first = self._change(rng, None)
        if first is None or rng.random() < 0.3:
            return None if first is None else (first,)
        second = self._change(rng, first[1] if rng.random() < 0.5 else None)
        return (first,) if second is None or second[:2] == first[:2] else (first, second)

    def _change(self, rng: np.random.Generator, target: int | None) -> Change | None:
        """Draw a change, to a slot given or to any."""
        counts = self.filling.counts
        for draw in rng.random((TRIES, 3)).tolist():
            c = int(draw[0] * len(self.slots))
            slots = self.slots[c]
            a = slots[int(draw[1] * len(slots))]
            b = slots[int(draw[2] * len(slots))] if target is None else target
            if a != b and counts[c, a] > 0 and self.value[c][b] > -np.inf:
                return c, a, b
        return None

    def delta(self, move: tuple[Change, ...]) -> float:
        """Return by how much the value, minimised, changes; infinite where the rows forbid it."""
        for r, left in enumerate(self.filling.left.tolist()):
            if sum(self.takes[b][r] - self.takes[a][r] for _, a, b in move) > left:
                return np.inf
        return float(sum(self.value[c][a] - self.value[c][b] for c, a, b in move))

    def apply(self, move: tuple[Change, ...]) -> None:
        """Make the changes."""
        filling = self.filling
        for c, a, b in move:
            filling.counts[c, a] -= 1
            filling.counts[c, b] += 1
            filling.left -= filling.room.takes[:, b] - filling.room.takes[:, a]


class HostMoves:
    """One job changes hosts; or two jobs of different hosts change places.

    Parameters
    ----------
    hosts : Hosts
        Changed in place; residents that stay go on staying.
    """

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self.jobs = np.flatnonzero(hosts.scene.host > -2).tolist()

    def propose(self, rng: np.random.Generator) -> tuple[int, int, int] | None:
        """Return a job, a host other than its own, and a job there to take its place, -1 for none."""
        scene = self.hosts.scene
        if not self.jobs:
            return None
        draw = rng.random(3).tolist()
        job = self.jobs[int(draw[0] * len(self.jobs))]
        g = int(draw[1] * len(scene.load))
        if g == scene.host[job]:
            return None
        k = int(draw[2] * (scene.load[g] + 1)) - 1
        return job, g, int(scene.held[g, k]) if k >= 0 else -1

    def delta(self, move: tuple[int, int, int]) -> float:
        """Return by how much the value, minimised, changes; infinite where a host cannot take its jobs."""
        job, h, other = move
        scene = self.hosts.scene
        g = int(scene.host[job])
        before = worth(scene, h, -1, -1)
        after = worth(scene, h, other, job)
        if g >= 0:
            before += worth(scene, g, -1, -1)
            after += worth(scene, g, job, other)
        else:
            before += scene.value[scene.of_job[job], -1]
            after += scene.value[scene.of_job[other], -1] if other >= 0 else 0.0
        return float(before - after)

    def apply(self, move: tuple[int, int, int]) -> None:
        """Make the move."""
        job, h, other = move
        scene = self.hosts.scene
        g = int(scene.host[job])
        if g >= 0:
            take_out(scene, job)
        if other >= 0:
            take_out(scene, other)
            if g >= 0:
                put_in(scene, other, g)
        put_in(scene, job, h)


class Held(NamedTuple):
    """A copy of what hosts hold."""

    host: IntArray
    held: IntArray
    load: IntArray
    total: WordArray


def anneal_counts(filling: Counted, rng: np.random.Generator, reheats: int) -> Termination:
    """Anneal what the room holds; return why it ended."""
    def snapshot() -> IntArray:
        filling.offer(filling.counts)
        return filling.counts.copy()

    return anneal(CountMoves(filling), -filling.value(), snapshot=snapshot, restore=filling.hold, rng=rng,
                  settings=_settings(reheats), run=filling.run).termination


def anneal_hosts(hosts: Hosts, run: Run, rng: np.random.Generator, reheats: int) -> Termination:
    """Anneal what the hosts hold; return why it ended."""
    def snapshot() -> Held:
        offer(hosts, run)
        scene = hosts.scene
        return Held(scene.host.copy(), scene.held.copy(), scene.load.copy(), scene.total.copy())

    def restore(held: Held) -> None:
        scene = hosts.scene
        for now, then in zip((scene.host, scene.held, scene.load, scene.total), held, strict=True):
            now[:] = then

    return anneal(HostMoves(hosts), -total(hosts), snapshot=snapshot, restore=restore, rng=rng,
                  settings=_settings(reheats), run=run).termination


def _settings(reheats: int) -> AnnealingSettings:
    """Return settings for a state that is good to begin with."""
    return AnnealingSettings(cooling=geometric(0.9), level_moves=400, start_acceptance=0.1, reheats=reheats)
