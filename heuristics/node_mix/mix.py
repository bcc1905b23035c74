"""Mix: counts of machines with what they use and give, made by prices and changed move by move."""

from typing import TypeAlias

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.instances.node_mix import (
    TOLERANCE,
    NodeMixInstance,
    NodeMixSchedule,
    keeps_rules,
    mix_kg,
    mix_tables,
)

Move: TypeAlias = tuple[tuple[int, int], ...]
"""Options and their new counts."""


class Mix:
    """Counts of machines.

    Every resource is relative to its floor, ceiling or demand, so that 1 is the limit.

    Parameters
    ----------
    instance : NodeMixInstance
        What is asked.

    Attributes
    ----------
    count : int array [O]
        Machines of each option.
    used : float array [K]
        What they take of each ceiling.
    given : float array [R + M]
        What they give to each floor and to each demand of a mixed group.
    """

    def __init__(self, instance: NodeMixInstance) -> None:
        self.instance, self.tables = instance, mix_tables(instance)
        options = len(instance.options)
        with np.errstate(divide="ignore", invalid="ignore"):
            uses = instance.used / instance.ceiling[:, None]
        # A ceiling of 0 lets nothing through that takes any of it.
        self.uses = np.where(instance.used > 0, np.where(np.isfinite(uses), uses, 1e9), 0.0)
        mixed = np.flatnonzero(~instance.choice & (instance.demand > 0))
        demands = np.where(instance.group[None] == mixed[:, None], instance.delivers[None], 0.0)
        gives = np.concatenate([instance.provided / instance.floor[:, None], demands / instance.demand[mixed][:, None]])
        self.gives = gives.reshape(-1, options)
        self.plain = self.tables.chosen & ~(self.gives > 0).any(axis=0)
        self.total_kg = np.where(self.tables.chosen, self.tables.total_kg, self.tables.machine_kg)
        self.choice_options = np.flatnonzero(self.tables.chosen)
        own = instance.group[self.choice_options]
        self.starts = np.flatnonzero(np.diff(own, prepend=-1))
        self.place = np.cumsum(np.diff(own, prepend=own[:1]) != 0) if len(own) else own
        self.most = self.tables.enough
        self.hold(np.zeros(options, dtype=np.int64))

    def hold(self, count: IntArray) -> None:
        """Take over counts."""
        self.count = count.copy()
        self.used = self.uses @ count
        self.given = self.gives @ count

    def kg(self) -> float:
        """Return the objective."""
        return mix_kg(self.instance, self.count)

    def feasible(self) -> bool:
        """Return whether the counts keep every rule."""
        return keeps_rules(self.instance, self.count)

    def schedule(self) -> NodeMixSchedule:
        """Return the counts as a schedule."""
        return NodeMixSchedule(count=self.count.copy())

    def offer(self, run: Run) -> bool:
        """Offer the counts to a run where they keep every rule; return whether they do."""
        right = self.feasible()
        if right:
            kept = self.count.copy()
            run.offer(self.kg(), lambda: NodeMixSchedule(count=kept))
        return right

    def picked(self, score: FloatArray) -> IntArray:
        """Return the option with the least score of every choice, int array [choices]; the first one of equals.

        Parameters
        ----------
        score : float array [O]
            Infinite for options that may not be taken; a choice of which none may takes its first.
        """
        if not len(self.starts):
            return np.zeros(0, dtype=np.int64)
        own = score[self.choice_options]
        least = np.minimum.reduceat(own, self.starts)
        hits = np.flatnonzero(own == least[self.place])
        first = np.full(len(self.starts), -1)
        first[self.place[hits[::-1]]] = hits[::-1]
        return np.asarray(self.choice_options[first], dtype=np.int64)

    def build(self, price: FloatArray, worth: FloatArray) -> bool:
        """Make a mix by prices: the cheapest option of each choice, then what covers the floors at the least price.

        Parameters
        ----------
        price : float array [K, O]
            Carbon that the limit of each ceiling costs, by option.
        worth : float array [R + M]
            Relative worth of each floor and demand while covering.

        Returns
        -------
        bool
            Whether floors and demands are met; ceilings may be exceeded.
        """
        tables = self.tables
        paid = self.total_kg + (price * self.uses).sum(axis=0) * np.where(tables.chosen, tables.least, 1)
        chosen = self.picked(np.where(tables.usable, paid, np.inf))
        count = np.zeros(len(paid), dtype=np.int64)
        count[chosen] = tables.least[chosen]
        self.hold(count)
        each = tables.machine_kg + (price * self.uses).sum(axis=0)
        return self.cover(each, worth)

    def cover(self, each_kg: FloatArray, worth: FloatArray) -> bool:
        """Add machines until floors and demands are met, the cheapest per worth first; then take off what is too much.

        Parameters
        ----------
        each_kg : float array [O]
            Price of a machine.
        worth : float array [R + M]
            Relative worth of each floor and demand.
        """
        may = ~self.tables.chosen | (self.count > 0)
        while (short := np.maximum(1 - TOLERANCE - self.given, 0.0)).any():
            room = np.where(may, self.most - self.count, 0)
            gain = np.where(room > 0, (worth[:, None] * np.minimum(self.gives, short[:, None])).sum(axis=0), 0.0)
            if not (gain > 0).any():
                return False
            ratio = np.where(gain > 0, each_kg / np.where(gain > 0, gain, 1.0), np.inf)
            option = int(np.argmin(ratio))
            rows = (self.gives[:, option] > 0) & (short > 0)
            steps = int(np.floor((short[rows] / self.gives[rows, option]).min()))
            self.apply(((option, int(self.count[option] + min(max(steps, 1), room[option]))),))
        self.trim(each_kg)
        return True

    def trim(self, each_kg: FloatArray) -> None:
        """Take off machines that nothing needs, the dearest first."""
        least = np.where(self.tables.chosen, self.tables.least, 0)
        for option in np.argsort(-each_kg, kind="stable").tolist():
            spare = int(self.count[option] - least[option])
            if spare > 0 and (rows := self.gives[:, option] > 0).any():
                over = (self.given[rows] - 1 + TOLERANCE) / self.gives[rows, option]
                spare = min(spare, max(int(np.floor(over.min())), 0))
                if spare:
                    self.apply(((option, int(self.count[option]) - spare),))

    def delta(self, move: Move) -> float:
        """Return by how much a move changes the objective, infinite where it breaks a rule that is kept."""
        tables = self.tables
        used, given, change = self.used, self.given, 0.0
        for option, new in move:
            old = int(self.count[option])
            if not 0 <= new <= self.most[option]:
                return np.inf
            used = used + (new - old) * self.uses[:, option]
            given = given + (new - old) * self.gives[:, option]
            change += (new - old) * tables.machine_kg[option] + ((new > 0) - (old > 0)) * tables.choice_kg[option]
        if (used > np.maximum(1 + TOLERANCE, self.used)).any() or (given < np.minimum(1 - TOLERANCE, self.given)).any():
            return np.inf
        return float(change)

    def apply(self, move: Move) -> None:
        """Make a move."""
        for option, new in move:
            by = new - int(self.count[option])
            self.count[option] = new
            self.used = self.used + by * self.uses[:, option]
            self.given = self.given + by * self.gives[:, option]
