"""Chains: machines one after the other, each with its own layers; the best chain of a group, and groups of chains."""

from functools import lru_cache

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.engines.local_search import descend
from ecoopt.heuristics.layer_placement.ended import ended
from ecoopt.heuristics.layer_placement.trim import offer_trimmed
from ecoopt.instances.layer_placement import LayerPlacementInstance, LayerPlacementSchedule, offer_start

_NO_CHAIN = "the machines together cannot hold all layers"


def best_chain(speed: IntArray, count: IntArray, layers: int) -> int:
    """Return the throughput of the best chain of some machines, 0 where they cannot hold all layers together.

    At a throughput F a machine holds ``k(F) = max{k: T(k) >= F}`` layers, and F is reached if these add up to all
    layers. The sum falls with F and changes at values of T alone, over which F is bisected.

    Parameters
    ----------
    speed : int array [Q, K + 1]
        As in the instance.
    count : int array [Q]
        Machines of each type.
    """
    values = np.unique(speed[count > 0])
    values = values[values > 0]
    low, high = -1, len(values)
    while high - low > 1:
        middle = (low + high) // 2
        if int(count @ (speed >= values[middle]).sum(axis=1)) >= layers:
            low = middle
        else:
            high = middle
    return int(values[low]) if low >= 0 else 0


def chained(
    instance: LayerPlacementInstance, chains: list[tuple[int, list[int]]],
) -> LayerPlacementSchedule:
    """Return the placement of chains, each given by its throughput and its machines: they take what layers they can."""
    first, held = np.zeros((2, len(instance.kind)), dtype=np.int64)
    for value, members in chains:
        begin = 0
        for machine in members:
            most = int((instance.speed[instance.kind[machine]] >= max(value, 1)).sum())
            first[machine], held[machine] = begin, min(most, instance.layers - begin)
            begin += int(held[machine])
    first[held == 0] = 0
    return LayerPlacementSchedule(first=first, held=held)


def bisection(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
) -> Outcome:
    """Put all machines into one chain, the best one there is; fast machines first. Ignores `seed`."""
    offer_start(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    run.tick(1, 1)
    return ended(run) if offer_chain(instance, run) else run.outcome(reason=_NO_CHAIN)


def offer_chain(instance: LayerPlacementInstance, run: Run) -> bool:
    """Offer the best chain of all machines; return whether there is any."""
    value = best_chain(instance.speed, instance.count, instance.layers)
    most = (instance.speed >= max(value, 1)).sum(axis=1)[instance.kind]
    if value:
        offer_trimmed(instance, run, chained(instance, [(value, np.argsort(-most, kind="stable").tolist())]))
    return value > 0


def chain_groups(
    instance: LayerPlacementInstance, run: Run, *, seed: int, start: LayerPlacementSchedule | None,
) -> Outcome:
    """Part the machines into groups, each with its best chain; machines move and change places between groups.

    Begins with the best of 1, 2, 4, ... groups to which the machines of each type are dealt out. A move is an
    iteration. Ignores `seed`.
    """
    offer_start(instance, run, start)
    if run.stop() is not None:
        return run.outcome()
    groups = Groups(instance)
    offer_trimmed(instance, run, groups.schedule(groups.count))
    descend([Moves(groups), Exchanges(groups)], -groups.total(), snapshot=lambda: [row.copy() for row in groups.count],
            run=run, tolerance=0.5)
    offer_trimmed(instance, run, groups.schedule(groups.count))
    if run.objective is None:
        return ended(run)
    return run.outcome(run.stop() or Termination.STALLED)


class Groups:
    """Machines parted into groups, as counts of types.

    Parameters
    ----------
    instance : LayerPlacementInstance
        Whose machines.
    """

    def __init__(self, instance: LayerPlacementInstance) -> None:
        self.instance = instance
        self._value = lru_cache(maxsize=100_000)(self._best)
        dealt = [self._dealt(2**power) for power in range(len(instance.kind).bit_length())]
        self.count = max(dealt, key=lambda groups: sum(map(self.value, groups)))

    def _dealt(self, groups: int) -> list[IntArray]:
        """Return machines of every type dealt out to some groups, and an empty group."""
        own = self.instance.count // groups + (np.arange(groups)[:, None] < self.instance.count % groups)
        return [*own, np.zeros_like(self.instance.count)]

    def _best(self, count: bytes) -> int:
        return best_chain(self.instance.speed, np.frombuffer(count, dtype=np.int64), self.instance.layers)

    def value(self, count: IntArray) -> int:
        """Return the throughput of a group."""
        return self._value(count.tobytes())

    def total(self) -> float:
        """Return the throughput of all groups."""
        return float(sum(map(self.value, self.count)))

    def changed(self, group: int, kind: int, by: int) -> IntArray:
        """Return a group with more or fewer machines of a type."""
        count = self.count[group].copy()
        count[kind] += by
        return count

    def put(self, group: int, count: IntArray) -> None:
        """Change a group; the last one is kept empty."""
        self.count[group] = count
        if self.count[-1].any():
            self.count.append(np.zeros_like(count))

    def schedule(self, groups: list[IntArray]) -> LayerPlacementSchedule:
        """Return the placement of groups."""
        free = [np.flatnonzero(self.instance.kind == q).tolist() for q in range(len(self.instance.types))]
        chains = []
        for count in groups:
            members = [free[q].pop(0) for q, n in enumerate(count.tolist()) for _ in range(n)]
            if self.value(count):
                chains.append((self.value(count), members))
        return chained(self.instance, chains)


class Moves:
    """A machine goes to another group: group, other group, type."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups

    def moves(self) -> list[tuple[int, int, int]]:
        """Return every move."""
        count = self.groups.count
        return [(g, h, q) for g in range(len(count)) for q in np.flatnonzero(count[g]).tolist()
                for h in range(len(count)) if h != g]

    def delta(self, move: tuple[int, int, int]) -> float:
        """Return by how much the objective, minimised, changes."""
        g, h, q = move
        groups = self.groups
        if not groups.count[g][q]:
            return np.inf
        return float(groups.value(groups.count[g]) + groups.value(groups.count[h])
                     - groups.value(groups.changed(g, q, -1)) - groups.value(groups.changed(h, q, 1)))

    def apply(self, move: tuple[int, int, int]) -> None:
        """Make the move."""
        g, h, q = move
        one, other = self.groups.changed(g, q, -1), self.groups.changed(h, q, 1)
        self.groups.put(g, one)
        self.groups.put(h, other)


class Exchanges:
    """Two machines of different types change groups: group, other group, type, other type."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups

    def moves(self) -> list[tuple[int, int, int, int]]:
        """Return every exchange."""
        count = self.groups.count
        return [(g, h, q, r) for g in range(len(count)) for h in range(g + 1, len(count))
                for q in np.flatnonzero(count[g]).tolist() for r in np.flatnonzero(count[h]).tolist() if q != r]

    def _after(self, move: tuple[int, int, int, int]) -> tuple[IntArray, IntArray]:
        g, h, q, r = move
        one, other = self.groups.count[g].copy(), self.groups.count[h].copy()
        one[[q, r]] += (-1, 1)
        other[[q, r]] += (1, -1)
        return one, other

    def delta(self, move: tuple[int, int, int, int]) -> float:
        """Return by how much the objective, minimised, changes."""
        groups, (g, h, _, _) = self.groups, move
        one, other = self._after(move)
        if min(one.min(), other.min()) < 0:
            return np.inf
        return float(groups.value(groups.count[g]) + groups.value(groups.count[h])
                     - groups.value(one) - groups.value(other))

    def apply(self, move: tuple[int, int, int, int]) -> None:
        """Make the exchange."""
        one, other = self._after(move)
        self.groups.put(move[0], one)
        self.groups.put(move[1], other)
