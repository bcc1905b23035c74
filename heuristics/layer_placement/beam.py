"""Beam: placements that reach a target, built from the first layer on, those that waste least of what they are priced.

Every placement that reaches a target can be had so that each machine starts at a layer that would else miss it: one that
starts where it is not needed is moved a layer on. So machines are put down one by one, always at the first layer that
still misses the target.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.run import Run
from ecoopt.instances.layer_placement import LayerPlacementInstance, slots_of


@dataclass(frozen=True)
class Charges:
    """Prices by which what is built is judged, in whole units.

    Parameters
    ----------
    slot : int array [n]
        Of having a slot on a layer.
    layer : int
        No more than the price of any set of slots that takes the target.
    weight : int array [Q]
        What a machine that is used costs, rounded down; zeros where machines are free.
    """

    slot: IntArray
    layer: int
    weight: IntArray


class Found(NamedTuple):
    """What a search found.

    Parameters
    ----------
    starts : list of (int, int), optional
        Slot and first layer of each machine; None where nothing was found.
    exhausted : bool
        Whether all that could be better was looked at.
    """

    starts: list[tuple[int, int]] | None
    exhausted: bool


class Beam:
    """A search for one target.

    What is wasted is a sum of three parts: of a machine, what its layers are priced less than the machine's worth; of a
    layer, what its slots are priced more than a layer; and what lies beyond the last layer. When all layers are covered,
    waste and the worth of machines left over are together the weight of the machines used less its lower bound,
    ``L v - sum_q N_q u_q``. So what wastes more than a limit leads nowhere.

    Parameters
    ----------
    instance : LayerPlacementInstance
        What is asked.
    target : int
        Tokens per second that every layer is to take, positive.
    charges : Charges
        Prices; any that keep their rules are right, good ones cut more.
    """

    def __init__(self, instance: LayerPlacementInstance, target: int, charges: Charges) -> None:
        slots = slots_of(instance)
        # Where several machines start at a layer, fast ones come first: so each of them is needed there.
        self.order = np.argsort(-slots.speed, kind="stable")
        self.kind, self.held, self.speed = (column[self.order] for column in slots)
        self.price, self.layer = charges.slot[self.order], charges.layer
        self.target, self.layers, self.count = target, instance.layers, instance.count
        priced = np.zeros(len(instance.types), dtype=np.int64)
        np.maximum.at(priced, self.kind, self.held * self.price)
        self.spare = np.maximum(priced - charges.weight, 0)
        self.lost = (charges.weight + self.spare)[self.kind] - self.held * self.price
        self.least = self.layers * self.layer - sum(
            n * each for n, each in zip(self.count.tolist(), self.spare.tolist(), strict=True))
        self.deep = int(self.held.max())

    def search(self, most_weight: int, width: int, run: Run) -> Found:
        """Return the first placement found whose machines weigh no more than `most_weight`.

        Parameters
        ----------
        most_weight : int
            In units of price; 0 where machines are free.
        width : int
            Unfinished placements that are kept for each number of machines.
        run : Run
            Ends the search when it must stop.
        """
        limit, exhausted = most_weight - self.least, True
        taken = np.zeros((1, self.layers + self.deep), dtype=np.int64)
        paid, left = taken.copy(), self.count[None].copy()
        wasted, front, last = (np.zeros(1, dtype=np.int64) for _ in range(3))
        path: list[tuple[IntArray, IntArray, IntArray]] = []
        while len(wasted):
            if run.stop() is not None:
                return Found(None, False)
            state, slot = np.nonzero((left[:, self.kind] > 0) & (np.arange(len(self.kind)) >= last[:, None]))
            waste = self._waste(paid, front, wasted)[state, slot]
            kept = np.flatnonzero(waste <= limit)
            kept = kept[np.argsort(waste[kept], kind="stable")]
            chosen: list[int] = []
            seen: set[bytes] = set()
            for place in kept.tolist():
                s, i, first = int(state[place]), int(slot[place]), int(front[state[place]])
                row, rest = taken[s].copy(), left[s].copy()
                row[first:first + self.held[i]] += self.speed[i]
                rest[self.kind[i]] -= 1
                open_still = row[first] < self.target
                key = row[first:self.layers].tobytes() + rest.tobytes() + (bytes([first % 256, i % 256]) if open_still else b"")
                if key not in seen:
                    seen.add(key)
                    chosen.append(place)
                    if len(chosen) == width:
                        exhausted = exhausted and place == kept[-1]
                        break
            state, slot, wasted = state[chosen], slot[chosen], waste[chosen]
            taken, paid, left = taken[state], paid[state], left[state]
            begin = front[state]
            path.append((state, slot, begin))
            within = np.arange(taken.shape[1])[None]
            within = (within >= begin[:, None]) & (within < (begin + self.held[slot])[:, None])
            taken += within * self.speed[slot][:, None]
            paid += within * self.price[slot][:, None]
            left[np.arange(len(slot)), self.kind[slot]] -= 1
            misses = taken[:, :self.layers] < self.target
            front = np.where(misses.any(axis=1), misses.argmax(axis=1), self.layers)
            last = np.where(front == begin, slot, 0)
            unused = left @ self.spare
            done = np.flatnonzero((front == self.layers) & (wasted + unused <= limit))
            if done.size:
                return Found(self._starts(path, int(done[np.argmin((wasted + unused)[done])])), False)
            going = front < self.layers
            if not going.all():
                path[-1] = (state[going], slot[going], begin[going])
                taken, paid, left, wasted, front, last = (
                    part[going] for part in (taken, paid, left, wasted, front, last))
        return Found(None, exhausted)

    def _waste(self, paid: IntArray, front: IntArray, wasted: IntArray) -> IntArray:
        """Return what each state wastes with each slot put down at its front, int array [S, n]."""
        ahead = front[:, None] + np.arange(self.deep)
        priced = np.take_along_axis(paid, ahead, axis=1)[:, None]
        inside = (ahead < self.layers)[:, None]
        over = np.maximum(priced + self.price[:, None] - np.where(inside, self.layer, 0), 0) - np.where(
            inside, np.maximum(priced - self.layer, 0), priced)
        over *= np.arange(self.deep) < self.held[:, None]
        waste: IntArray = wasted[:, None] + self.lost + over.sum(axis=2)
        return waste

    def _starts(self, path: list[tuple[IntArray, IntArray, IntArray]], at: int) -> list[tuple[int, int]]:
        """Return slots and first layers on the way to a state."""
        starts = []
        for state, slot, begin in reversed(path):
            starts.append((int(self.order[slot[at]]), int(begin[at])))
            at = int(state[at])
        return starts[::-1]
