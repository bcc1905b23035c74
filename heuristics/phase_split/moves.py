"""Moves of machines: a unit goes or is exchanged, two become one, spans of hours change at once, units stay on."""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.heuristics.phase_split.ground import Ground

Move: TypeAlias = tuple[int, int, tuple[tuple[int, int], ...]]
"""First period, the period after the last, and pools with by how much their units change."""

_SPANS = (2, 3, 4, 6, 8, 12, 24)
_LONGEST_DIP = 8


class Plan:
    """Units of all periods that searches change in place.

    Parameters
    ----------
    ground : Ground
        The instance.
    units : int array [P, J]
        They do the work.
    """

    def __init__(self, ground: Ground, units: IntArray) -> None:
        self.ground, self.units = ground, units
        tables = ground.tables
        self.joined = bool(tables.start_cost.any() or tables.fleet_cost.any())
        self.value = tables.value(units)

    def delta(self, move: Move) -> float:
        """Return by how much a move changes the objective, infinite where it cannot be made."""
        first, end, changes = move
        tables = self.ground.tables
        pools = [j for j, _ in changes]
        by = np.array([amount for _, amount in changes])
        if (self.units[first:end, pools] + by < 0).any():
            return np.inf
        if self.joined:
            changed = self.units.copy()
            changed[first:end, pools] += by
            change = tables.value(changed) - self.value
        else:
            change = float((tables.unit_cost[first:end, pools] @ by).sum())
        if change >= 0:
            return np.inf
        for p in range(first, end):
            row = self.units[p].copy()
            row[pools] += by
            if (by > 0).any() and not self.ground.within(row):
                return np.inf
            if (by < 0).any() and not self.ground.can(self.ground.needs[p], row):
                return np.inf
        return change

    def apply(self, move: Move) -> None:
        """Make a move."""
        first, end, changes = move
        for j, by in changes:
            self.units[first:end, j] += by
        self.value = self.ground.tables.value(self.units)


class _OnPlan:
    """Moves of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def delta(self, move: Move) -> float:
        """Return by how much a move changes the objective, infinite where it cannot be made."""
        return self.plan.delta(move)

    def apply(self, move: Move) -> None:
        """Make a move."""
        self.plan.apply(move)

    def on(self, p: int) -> list[int]:
        """Return the pools with units in a period."""
        return [int(j) for j in np.flatnonzero(self.plan.units[p])]

    @property
    def open(self) -> list[int]:
        """Pools that may have units."""
        return [int(j) for j in np.flatnonzero(self.plan.ground.allowed)]


class Exchanges(_OnPlan):
    """A unit goes, or another one comes in its place, in one period."""

    def moves(self) -> Iterator[Move]:
        """Return them period by period."""
        for p in range(self.plan.ground.periods):
            cost = self.plan.ground.tables.unit_cost[p]
            for j in self.on(p):
                yield p, p + 1, ((j, -1),)
                for i in self.open:
                    if i != j and (cost[i] < cost[j] or self.plan.joined):
                        yield p, p + 1, ((j, -1), (i, 1))


class Merges(_OnPlan):
    """Two units go and one comes, or one goes and two cheaper ones come, in one period."""

    def moves(self) -> Iterator[Move]:
        """Return them period by period."""
        for p in range(self.plan.ground.periods):
            cost = self.plan.ground.cost[p]
            for j in self.on(p):
                for i in (other for other in self.on(p) if other >= j):
                    for new in self.open:
                        if new not in (i, j) and cost[new] < cost[i] + cost[j]:
                            yield p, p + 1, ((j, -2), (new, 1)) if i == j else ((i, -1), (j, -1), (new, 1))
                for a in self.open:
                    for b in (other for other in self.open if other >= a):
                        if j not in (a, b) and cost[a] + cost[b] < cost[j]:
                            yield p, p + 1, ((j, -1), (a, 2)) if a == b else ((j, -1), (a, 1), (b, 1))


class Gathers(_OnPlan):
    """All units of a pool go and fewer or as many of another come, in one period or all hours of a scenario.

    What waits less together is kept apart by single exchanges.
    """

    def moves(self) -> Iterator[Move]:
        """Return them by span of hours."""
        hours, role = self.plan.ground.instance.hours, self.plan.ground.tables.role
        for length in sorted({1, hours}):
            for first in range(0, self.plan.ground.periods, length):
                least = self.plan.units[first:first + length].min(axis=0)
                for j in np.flatnonzero(least > 1).tolist():
                    for i in (other for other in self.open if other != j and role[other] == role[j]):
                        yield from ((first, first + length, ((j, -int(least[j])), (i, more)))
                                    for more in range(1, int(least[j]) + 1))


class Spans(_OnPlan):
    """A unit goes or is exchanged over a span of hours of a scenario."""

    def moves(self) -> Iterator[Move]:
        """Return them by first period and length."""
        hours = self.plan.ground.instance.hours
        for p in range(self.plan.ground.periods):
            for length in _spans(hours):
                end = p + length
                if p // hours != (end - 1) // hours:
                    continue
                for j in np.flatnonzero(self.plan.units[p:end].min(axis=0)).tolist():
                    yield p, end, ((j, -1),)
                    for i in self.open:
                        if i != j:
                            yield p, end, ((j, -1), (i, 1))
        if self.plan.ground.tables.fleet_cost.any():
            for j in self.open:
                yield from ((0, self.plan.ground.periods, ((j, -1), (i, 1))) for i in self.open if i != j)


class KeepOn(_OnPlan):
    """A unit stays on between two hours that have more of them."""

    def moves(self) -> Iterator[Move]:
        """Return them pool by pool."""
        hours = self.plan.ground.instance.hours
        for j in self.open:
            units = self.plan.units[:, j]
            for p in (np.flatnonzero(np.diff(units) > 0) + 1).tolist():
                if p % hours == 0:
                    continue
                for first in range(p - 1, max(p - 1 - _LONGEST_DIP, p - p % hours - 1), -1):
                    yield first, p, ((j, 1),)


def _spans(hours: int) -> list[int]:
    """Return lengths of spans, the whole scenario's among them."""
    return sorted({length for length in (*_SPANS, hours) if 1 < length <= hours})
