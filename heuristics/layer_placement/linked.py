"""Linked: machines on layers where links may bind, every change valued by its maximum flow."""

from collections.abc import Iterator

import numpy as np

from ecoopt.core.run import Run
from ecoopt.instances.layer_placement import (
    LayerPlacementInstance,
    LayerPlacementSchedule,
    compute_bound,
    coverage,
    offer,
    throughput,
    weights,
)

Change = tuple[tuple[int, int, int], ...]
"""Machines with their new first layers and layers held."""

_HINT = 1e-4


class Linked:
    """Machines on layers, each change offered to a run when it is made.

    Parameters
    ----------
    instance : LayerPlacementInstance
        What is asked.
    schedule : LayerPlacementSchedule
        Where to begin.
    run : Run
        Offered every placement that changes lead to.
    """

    def __init__(self, instance: LayerPlacementInstance, schedule: LayerPlacementSchedule, run: Run) -> None:
        self.instance, self.run = instance, run
        self.most = instance.most_held[instance.kind]
        self.weight = weights(instance)[instance.kind]
        self.aim = instance.demand_tokens_per_s or max(compute_bound(instance), 1)
        self.hold(schedule)

    def hold(self, schedule: LayerPlacementSchedule) -> None:
        """Take over a placement."""
        self.first, self.held = schedule.first.copy(), schedule.held.copy()
        self.now = self.value()

    def schedule(self) -> LayerPlacementSchedule:
        """Return the placement."""
        return LayerPlacementSchedule(first=self.first.copy(), held=self.held.copy())

    def value(self) -> float:
        """Return what is minimised.

        The share of the demand that does not flow, at more than all machines weigh, and their weight; without a
        demand, the share of the compute bound. A little for layers that lack coverage leads over plateaus.
        """
        flow = throughput(self.instance, self.first, self.held)
        lacking = np.maximum(1 - coverage(self.instance, self.first, self.held) / self.aim, 0.0).mean()
        short = max(1 - flow / self.aim, 0.0) + _HINT * float(lacking)
        return (1 + 1e3 * float(self.weight.sum())) * short + float(self.weight[self.held > 0].sum())

    def delta(self, change: Change) -> float:
        """Return by how much the value would change."""
        kept = [(machine, int(self.first[machine]), int(self.held[machine])) for machine, _, _ in change]
        self._write(change)
        value = self.value()
        self._write(kept)
        return value - self.now

    def apply(self, change: Change) -> None:
        """Make the change."""
        self._write(change)
        self.now = self.value()
        offer(self.instance, self.run, self.schedule())

    def _write(self, change: Change | list[tuple[int, int, int]]) -> None:
        for machine, first, held in change:
            self.first[machine], self.held[machine] = first, held

    def kick(self, rng: np.random.Generator, machines: int) -> float:
        """Put some random machines anywhere, with any number of layers; return by how much the value changes."""
        before = self.now
        for machine in rng.permutation(len(self.held))[:machines].tolist():
            self.held[machine] = rng.integers(1, self.most[machine] + 1)
            self.first[machine] = rng.integers(0, self.instance.layers - self.held[machine] + 1)
        self.now = self.value()
        return self.now - before


class Swaps:
    """Two machines of different types change places, each with as many of the layers as it can hold."""

    def __init__(self, placement: Linked) -> None:
        self.placement = placement
        self.delta, self.apply = placement.delta, placement.apply

    def moves(self) -> Iterator[Change]:
        """Yield every move."""
        place = self.placement
        kind, first, held, most = place.instance.kind, place.first, place.held, place.most
        for i in range(len(kind)):
            for j in range(i + 1, len(kind)):
                if kind[i] != kind[j] and (held[i] or held[j]):
                    yield ((i, int(first[j]), int(min(held[j], most[i]))),
                           (j, int(first[i]), int(min(held[i], most[j]))))


class Elsewhere:
    """A machine holds other layers, or none."""

    def __init__(self, placement: Linked) -> None:
        self.placement = placement
        self.delta, self.apply = placement.delta, placement.apply

    def moves(self) -> Iterator[Change]:
        """Yield every move."""
        layers = self.placement.instance.layers
        for i, most in enumerate(self.placement.most.tolist()):
            if self.placement.held[i]:
                yield ((i, 0, 0),)
            for held in range(most, 0, -1):
                for first in range(layers - held + 1):
                    yield ((i, first, held),)
