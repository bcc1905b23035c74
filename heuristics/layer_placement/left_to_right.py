"""Left to right: placements that reach a target, built from the first layer on, those kept that waste least.

Every placement that reaches a target can be had so that each machine starts at a layer that would else miss it: one
that starts where it is not needed is moved a layer on. So machines are put down one by one, always at the first layer
that still misses the target.
"""

from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.run import Run
from ecoopt.instances.layer_placement import LayerPlacementInstance, slots_of

Starts = list[tuple[int, int]]
"""Slot and first layer of each machine that is used."""


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
        Slots and first layers; None where nothing was found.
    exhausted : bool
        Whether every placement that keeps the limits was looked at.
    """

    starts: Starts | None
    exhausted: bool


@dataclass(frozen=True)
class _States:
    """S unfinished placements with as many machines each.

    ``taken`` and ``paid`` are what the slots on each layer take and are priced, [S, L + deep]; ``left`` machines not
    used, [S, Q]; ``wasted``; ``front`` the first layer that misses the target; ``last`` the slot put down last, where
    that was at the front of now, else 0.
    """

    taken: IntArray
    paid: IntArray
    left: IntArray
    wasted: IntArray
    front: IntArray
    last: IntArray

    def at(self, places: IntArray) -> "_States":
        """Return some of them."""
        return _States(*(getattr(self, field.name)[places] for field in fields(self)))


class LeftToRight:
    """A search for one target.

    What is wasted is a sum of three parts: of a machine, what its layers are priced less than its worth; of a layer,
    what its slots are priced more than a layer; and what lies beyond the last layer. Once all layers reach the target,
    waste and the worth of machines left over together are the weight of those used, less its lower bound
    ``L v - sum_q N_q u_q``. So what wastes more than a limit leads nowhere.

    Parameters
    ----------
    instance : LayerPlacementInstance
        What is asked; links are not looked at.
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
        """Return a placement whose machines weigh no more than `most_weight`, the first one found.

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
        line = np.zeros((1, self.layers + self.deep), dtype=np.int64)
        zero = np.zeros(1, dtype=np.int64)
        states = _States(line, line, self.count[None], zero, zero, zero)
        path: list[tuple[IntArray, IntArray, IntArray]] = []
        while len(states.wasted):
            if run.stop() is not None:
                return Found(None, False)
            parent, slot, wasted, all_kept = self._kept(states, limit, width)
            exhausted = exhausted and all_kept
            begin = states.front[parent]
            states = self._grown(replace(states.at(parent), wasted=wasted), slot)
            done = states.front == self.layers
            over = np.where(done, states.wasted + states.left @ self.spare, limit + 1)
            path.append((parent, slot, begin))
            if (over <= limit).any():
                return Found(self._starts(path, int(np.argmin(over))), False)
            going = np.flatnonzero(~done)
            path[-1] = (parent[going], slot[going], begin[going])
            states = states.at(going)
        return Found(None, exhausted)

    def _kept(self, states: _States, limit: int, width: int) -> tuple[IntArray, IntArray, IntArray, bool]:
        """Return the steps that waste least, at most `width`: states, slots, what is wasted, and whether these are all.

        Of steps that lead to the same coverage with the same machines left, the first is kept.
        """
        may = (states.left[:, self.kind] > 0) & (np.arange(len(self.kind)) >= states.last[:, None])
        waste = np.where(may, self._waste(states), limit + 1)
        parent, slot = np.nonzero(waste <= limit)
        order = np.argsort(waste[parent, slot], kind="stable")
        parent, slot = parent[order], slot[order]
        chosen: list[int] = []
        seen: set[tuple[bytes, bytes, int]] = set()
        for place, (s, i, first) in enumerate(zip(
                parent.tolist(), slot.tolist(), states.front[parent].tolist(), strict=True)):
            if len(chosen) == width:
                return parent[chosen], slot[chosen], waste[parent[chosen], slot[chosen]], False
            row, rest = states.taken[s, first:].copy(), states.left[s].copy()
            row[:self.held[i]] += self.speed[i]
            rest[self.kind[i]] -= 1
            key = row[:self.layers - first].tobytes(), rest.tobytes(), i if row[0] < self.target else -1
            if key not in seen:
                seen.add(key)
                chosen.append(place)
        return parent[chosen], slot[chosen], waste[parent[chosen], slot[chosen]], True

    def _waste(self, states: _States) -> IntArray:
        """Return what each state wastes with each slot put down at its front, int array [S, n]."""
        ahead = states.front[:, None] + np.arange(self.deep)
        priced = np.take_along_axis(states.paid, ahead, axis=1)[:, None]
        price = np.where(ahead < self.layers, self.layer, 0)[:, None]
        more = np.maximum(priced + self.price[:, None] - price, 0) - np.maximum(priced - price, 0)
        more *= np.arange(self.deep) < self.held[:, None]
        waste: IntArray = states.wasted[:, None] + self.lost + more.sum(axis=2)
        return waste

    def _grown(self, states: _States, slot: IntArray) -> _States:
        """Return states with a slot put down at the front of each."""
        at, begin = np.arange(states.taken.shape[1])[None], states.front[:, None]
        within = (at >= begin) & (at < begin + self.held[slot][:, None])
        taken = states.taken + within * self.speed[slot][:, None]
        left = states.left.copy()
        left[np.arange(len(slot)), self.kind[slot]] -= 1
        misses = taken[:, :self.layers] < self.target
        front = np.where(misses.any(axis=1), misses.argmax(axis=1), self.layers)
        return replace(states, taken=taken, paid=states.paid + within * self.price[slot][:, None], left=left,
                       front=front, last=np.where(front == states.front, slot, 0))

    def _starts(self, path: list[tuple[IntArray, IntArray, IntArray]], at: int) -> Starts:
        """Return slots and first layers on the way to a state."""
        starts = []
        for parent, slot, begin in reversed(path):
            starts.append((int(self.order[slot[at]]), int(begin[at])))
            at = int(parent[at])
        return starts[::-1]
