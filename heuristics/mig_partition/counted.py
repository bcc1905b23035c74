"""Greedy, local search and swarm on counts: how many jobs of each class run on each slot."""

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso import SearchSpace, minimise
from ecoopt.heuristics.engines.pso_settings import PsoSettings
from ecoopt.heuristics.mig_partition.paths import improve
from ecoopt.heuristics.mig_partition.prices import Market, search_rents
from ecoopt.heuristics.mig_partition.room import Room, schedule_of_counts, worth_of_counts
from ecoopt.heuristics.mig_partition.upgrades import place, place_at_rents
from ecoopt.instances.mig_partition import MigPartitionInstance, residency

WEIGHTINGS = ((4.0, 4.0, 0.5), (1.0, 1.0, 0.05), (1.0, 1.0, 1.0), (4.0, 1.0, 1.0), (0.05, 4.0, 0.05))
"""Weights of memory slices, of compute slices and of all other rows that the greedy tries."""

CHUNK, ROUNDS, REPAIRS = 256, 300, 100


class Counted:
    """A room being filled, and what of it the run is told.

    Parameters
    ----------
    instance : MigPartitionInstance
        The instance.
    room : Room
        Its room.
    run : Run
        Offered every better filling.
    """

    def __init__(self, instance: MigPartitionInstance, room: Room, run: Run) -> None:
        self.instance, self.room, self.run = instance, room, run
        self.counts = np.zeros(room.value.shape, dtype=np.int64)
        self.left = room.limit.copy()

    def offer(self, counts: IntArray) -> None:
        """Offer counts to the run, unless jobs are left out that must run."""
        worth = worth_of_counts(self.instance, self.room, counts)
        if worth is not None and self.run.better(worth, self.run.objective):
            kept = counts.copy()
            self.run.offer(worth, lambda: schedule_of_counts(self.instance, self.room, kept))

    def fill(self, size: FloatArray) -> float:
        """Fill the room by upgrades at some sizes of the slots [S + 1] and return the value of the search."""
        room = self.room
        place(room.jobs, room.value, room.takes, room.limit, size, self.counts, self.left)
        return self.value()

    def fill_at_rents(self) -> float:
        """Fill the room at rents of the slots, mend it by a few paths, and return the value of the search."""
        room = self.room
        market = Market(self.instance, room.classes, residency(self.instance), room.value, 1.0, True)
        rent = np.append(search_rents(market, self.run, ROUNDS).rent, 0.0)
        place_at_rents(room.jobs, room.value, room.takes, room.limit, rent, self.counts, self.left)
        improve(room.value, room.takes, self.counts, self.left, REPAIRS)
        return self.value()

    def value(self) -> float:
        """Return the value of the search of what the room holds."""
        held = self.counts > 0
        return float((self.counts[held] * self.room.value[held]).sum())

    def hold(self, counts: IntArray) -> None:
        """Put other counts into the room."""
        self.counts[:] = counts
        self.left[:] = self.room.limit - self.room.takes @ counts.sum(axis=0)


def fill_greedily(filling: Counted, polish: bool = False) -> None:
    """Fill the room at each of the `WEIGHTINGS`, with several blocks at rents too, and keep the best.

    A filling is an iteration, and so is a round of the search for rents. With `polish` each is improved to a local
    optimum first.
    """
    run, room = filling.run, filling.room
    best, kept = -np.inf, np.zeros(room.value.shape, dtype=np.int64)
    kept[:, -1] = room.jobs
    sizes: list[FloatArray | None] = [row_weights(room, weighting) @ room.share for weighting in WEIGHTINGS]
    if len(filling.instance.blocks) > 1:
        sizes.append(None)
    for size in sizes:
        if run.stop() is not None:
            break
        value = filling.fill_at_rents() if size is None else filling.fill(size)
        if run.stop() is None:
            run.tick(1, 1)
        filling.offer(filling.counts)
        if polish:
            improve_counts(filling)
            value = filling.value()
        if value > best:
            best, kept = value, filling.counts.copy()
    filling.hold(kept)


def row_weights(room: Room, weighting: tuple[float, float, float]) -> FloatArray:
    """Return a weight for each row: memory, compute, and the others."""
    memory, compute, other = weighting
    return np.array([{"memory": memory, "compute": compute}.get(name, other) for name in room.row_names])


def improve_counts(filling: Counted) -> bool:
    """Improve what the room holds to a local optimum; an improvement is an iteration. Return whether it got there."""
    room, run = filling.room, filling.run
    while run.stop() is None:
        moves = int(min(CHUNK, run.iterations_left, run.evaluations_left))
        made = improve(room.value, room.takes, filling.counts, filling.left, moves)
        run.tick(made, made)
        filling.offer(filling.counts)
        if made < moves:
            return True
    return False


def swarm_counts(filling: Counted, rng: np.random.Generator, patience: int | None) -> None:
    """Search the weights of the rows by a swarm, each particle filling the room by upgrades."""
    room = filling.room
    rows = len(room.limit)

    def fill_each(positions: FloatArray) -> FloatArray:
        values = np.empty(len(positions))
        for k, position in enumerate(positions):
            values[k] = -filling.fill(position @ room.share)
            filling.offer(filling.counts)
        return values

    start = np.array([row_weights(room, weighting) for weighting in WEIGHTINGS])
    space = SearchSpace(np.zeros(rows), np.full(rows, 4.0))
    minimise(fill_each, space, rng=rng, settings=PsoSettings.constricted(), run=filling.run, start=start,
             patience=patience)


