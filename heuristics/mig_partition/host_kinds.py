"""Kinds of hosts: GPUs that can take the same instances beside those of the residents that stay on them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import IntArray
from ecoopt.instances.mig import MigGeometry, Placement, all_layouts, maximal_layouts
from ecoopt.instances.mig.layouts import Layout

Key = tuple[int, tuple[tuple[int, int], ...], tuple[tuple[int, int], ...] | None]
"""Block; places of residents that stay; places that may be used beside them, None for any."""


@dataclass
class HostKinds:
    """State tables of all kinds met so far, one under the other. V states, P profiles at most.

    A state is what a host runs beside the residents that stay. States of a kind are closed under taking instances away,
    the last is empty.

    Parameters
    ----------
    geometries : list of MigGeometry [B]
        Geometry of each block.
    exact : bool
        Whether a host without residents must be cut into no more instances than it has jobs (MISO's rule).
    """

    geometries: list[MigGeometry]
    exact: bool
    first: list[int] = field(default_factory=lambda: [0])
    number: dict[Key, int] = field(default_factory=dict)
    layouts: list[Layout] = field(default_factory=list)
    _larger: list[IntArray] = field(default_factory=list)
    _smaller: list[IntArray] = field(default_factory=list)
    _ends: list[NDArray[np.bool_]] = field(default_factory=list)
    _tables: tuple[IntArray, IntArray, NDArray[np.bool_]] | None = None

    def kind(self, block: int, stay: tuple[tuple[int, int], ...], only: tuple[tuple[int, int], ...] | None) -> int:
        """Return the number of a kind, its states added if it is new."""
        key = (block, tuple(sorted(stay)), None if only is None else tuple(sorted(only)))
        if key not in self.number:
            self.number[key] = len(self.number)
            self._add(key)
            self._tables = None
        return self.number[key]

    def tables(self) -> tuple[IntArray, IntArray, NDArray[np.bool_]]:
        """Return the next larger and smaller states [V, P] and whether a choice may end in a state [V]."""
        if self._tables is None:
            self._tables = (np.concatenate(self._larger), np.concatenate(self._smaller), np.concatenate(self._ends))
        return self._tables

    def _add(self, key: Key) -> None:
        """Add the states of a kind."""
        block, stay, only = key
        geometry = self.geometries[block]
        base = {Placement(*place) for place in stay}
        beside: dict[tuple[int, ...], Layout] = {}
        for layout in all_layouts(geometry):
            extra = tuple(place for place in layout if place not in base)
            if len(extra) + len(base) == len(layout) and (only is None or all(place in only for place in extra)):
                beside.setdefault(_counts(geometry, extra), extra)
        vectors = sorted(beside, reverse=True)
        at, profiles = self.first[-1], max(len(each.profiles) for each in self.geometries)
        place_of = {vector: at + index for index, vector in enumerate(vectors)}
        larger, smaller = np.full((2, len(vectors), profiles), -1, dtype=np.int64)
        for row, vector in enumerate(vectors):
            for p in range(len(geometry.profiles)):
                more = (*vector[:p], vector[p] + 1, *vector[p + 1:])
                larger[row, p] = place_of.get(more, -1)
                if vector[p]:
                    smaller[row, p] = place_of[(*vector[:p], vector[p] - 1, *vector[p + 1:])]
        ends = np.ones(len(vectors), dtype=np.bool_)
        if self.exact and not stay:
            full = {_counts(geometry, layout) for layout in maximal_layouts(geometry)}
            ends[:] = [vector in full or not any(vector) for vector in vectors]
        self.layouts += [beside[vector] for vector in vectors]
        self._larger.append(larger)
        self._smaller.append(smaller)
        self._ends.append(ends)
        self.first.append(at + len(vectors))


def _counts(geometry: MigGeometry, layout: Layout) -> tuple[int, ...]:
    """Return how many instances of each profile a layout holds."""
    present = [place.profile for place in layout]
    return tuple(present.count(p) for p in range(len(geometry.profiles)))
