"""Placement: machines on layers, some of which are taken off and put where they add most to what is lacking."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    coverage,
    slots_of,
    weights,
)

Change = tuple[tuple[int, ...], tuple[int, ...]]
"""Machines that are taken off, and machines that are put down then, one after the other."""


class Placement:
    """Machines on layers, and what is lacking to a target.

    Parameters
    ----------
    instance : LayerPlacementInstance
        What is asked; links are not looked at.
    schedule : LayerPlacementSchedule
        Where to begin.
    target : int
        What every layer is to take.
    """

    def __init__(self, instance: LayerPlacementInstance, schedule: LayerPlacementSchedule, target: int) -> None:
        self.instance, self.target = instance, target
        self.hold(schedule)
        slots = slots_of(instance)
        self._ways = [(slots.held[slots.kind == q], slots.speed[slots.kind == q]) for q in range(len(instance.types))]
        self.weight = weights(instance)[instance.kind]
        self._short_price = 1.0 + float(self.weight.sum())

    def hold(self, schedule: LayerPlacementSchedule) -> None:
        """Take over a placement."""
        self.first, self.held = schedule.first.copy(), schedule.held.copy()
        self.covered = coverage(self.instance, self.first, self.held)

    def kick(self, rng: np.random.Generator, machines: int) -> None:
        """Put some random machines anywhere, with any number of layers."""
        for machine in rng.permutation(len(self.held))[:machines].tolist():
            self._add(machine, -1)
            self.held[machine] = rng.integers(1, self.instance.most_held[self.instance.kind[machine]] + 1)
            self.first[machine] = rng.integers(0, self.instance.layers - self.held[machine] + 1)
            self._add(machine, 1)

    def value(self) -> float:
        """Return what is minimised: the weight of the machines used, and what is lacking at more than all weigh."""
        lacking = float(np.maximum(self.target - self.covered, 0).sum())
        return lacking * self._short_price + float(self.weight[self.held > 0].sum())

    def schedule(self) -> LayerPlacementSchedule:
        """Return the placement."""
        return LayerPlacementSchedule(first=self.first.copy(), held=self.held.copy())

    def delta(self, change: Change) -> float:
        """Return by how much the value would change; infinite where a machine to put down is in use elsewhere."""
        if any(self.held[machine] and machine not in change[0] for machine in change[1]):
            return np.inf
        kept, before = (self.first.copy(), self.held.copy(), self.covered.copy()), self.value()
        self.apply(change)
        after = self.value()
        self.first, self.held, self.covered = kept
        return after - before

    def apply(self, change: Change) -> None:
        """Take machines off and put machines down."""
        for machine in change[0]:
            self._add(machine, -1)
            self.first[machine] = self.held[machine] = 0
        for machine in change[1]:
            self._put(machine)

    def _put(self, machine: int) -> None:
        """Put a machine where it adds most to what is lacking, at least somewhere; the longest and first of equals."""
        held, speed = self._ways[int(self.instance.kind[machine])]
        lacking = np.maximum(self.target - self.covered, 0)
        sums = np.zeros((len(held), len(lacking) + int(held.max()) + 1), dtype=np.int64)
        layers = len(lacking)
        np.cumsum(np.minimum(lacking, speed[:, None]), axis=1, out=sums[:, 1:layers + 1])
        begin = np.arange(layers)
        added = np.take_along_axis(sums, begin + held[:, None], axis=1) - sums[:, :layers]
        added[begin + held[:, None] > layers] = -1
        way, first = divmod(int(np.argmax(added[::-1])), layers)
        self.first[machine], self.held[machine] = first, held[len(held) - 1 - way]
        self._add(machine, 1)

    def _add(self, machine: int, sign: int) -> None:
        """Add a machine's speed to its layers, or take it from them."""
        begin, held = int(self.first[machine]), int(self.held[machine])
        self.covered[begin:begin + held] += sign * self.instance.speed[self.instance.kind[machine], held]

    def unused(self) -> list[int]:
        """Return an unused machine of each type that has one."""
        free = np.flatnonzero(self.held == 0)
        _, at = np.unique(self.instance.kind[free], return_index=True)
        found: IntArray = free[at]
        return [int(i) for i in found]


class Single:
    """One machine is put elsewhere, taken off, or another one put down for it; an unused one is put down."""

    def __init__(self, placement: Placement) -> None:
        self.placement = placement
        self.delta, self.apply = placement.delta, placement.apply

    def moves(self) -> list[Change]:
        """Return every move."""
        used, unused = np.flatnonzero(self.placement.held).tolist(), self.placement.unused()
        return [*(((i,), (j,)) for i in used for j in (i, *unused)), *(((), (j,)) for j in unused),
                *(((i,), ()) for i in used)]


class Pairs:
    """Two machines are taken off and put down again, in both orders, or one of them alone."""

    def __init__(self, placement: Placement) -> None:
        self.placement = placement
        self.delta, self.apply = placement.delta, placement.apply

    def moves(self) -> Iterator[Change]:
        """Yield every move."""
        used = np.flatnonzero(self.placement.held).tolist()
        for i, j in combinations(used, 2):
            yield from (((i, j), (i, j)), ((i, j), (j, i)), ((i, j), (i,)), ((i, j), (j,)))
