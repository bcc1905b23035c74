"""Dynamic programming over the tree: from the leaves to the root what is best to come, and back the configurations."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.spot_parallel.tables import Tables

_MOST_CELLS = 4_000_000
"""Entries of a table of changes that is worked on at once."""


@dataclass(frozen=True, eq=False)
class ToCome:
    """What is least to come at every node. N nodes, C configurations.

    Where nothing is moved, changes have three prices: none, a resize, a reshape. Then the best change into a node is
    one of three minima, over itself, over its kind and over all: O(N C). Else it is O(N C^2).

    Parameters
    ----------
    tables : Tables
        Of the instance.
    own_usd : float array [N, C]
        What each node costs but changes: ``tables.cost_usd``, or that with prices or without what is not allowed.
    """

    tables: Tables
    own_usd: FloatArray

    @cached_property
    def values(self) -> FloatArray:
        """Least cost of each node in each configuration and of all that follows it, float array [N, C]."""
        values = self.own_usd.copy()
        parent = self.tables.instance.parent
        for nodes in self._chunks():
            np.add.at(values, parent[nodes], self.entered(nodes, values[nodes]))
        return values

    @property
    def value(self) -> float:
        """Cost of the best path, infinite where there is none."""
        return float(self.values[self.tables.levels[0]].min(axis=1).sum())

    def entered(self, nodes: IntArray, values: FloatArray) -> FloatArray:
        """Return the least of change and values [nodes, C] from each configuration of the parent, [nodes, C]."""
        if self.tables.instance.bandwidth_gb_per_s is not None:
            return np.asarray((self.tables.change_usd(nodes) + values[:, None, :]).min(axis=2))
        resized, reshaped = (values + into for into in self.tables.into_usd(nodes))
        order, first = self._kinds
        kin = np.minimum.reduceat(resized[:, order], first, axis=1)[:, self.tables.family]
        return np.asarray(np.minimum(np.minimum(values, kin), reshaped.min(axis=1)[:, None]))

    def through(self) -> FloatArray:
        """Return the cost of the best path through each configuration of each node, float array [N, C]."""
        found, parent = self.values.copy(), self.tables.instance.parent
        first = self.tables.levels[0]
        found[first] += self.value - self.values[first].min(axis=1, keepdims=True)
        for nodes in reversed(list(self._chunks())):
            row = self.values[nodes]
            with np.errstate(invalid="ignore"):
                rest = found[parent[nodes]] - self.entered(nodes, row)
            found[nodes] = row + self._left(nodes, np.where(np.isnan(rest), np.inf, rest))
        return found

    def _left(self, nodes: IntArray, rest: FloatArray) -> FloatArray:
        """Return the least of what is given for configurations of the parent and the change to each, [nodes, C]."""
        if self.tables.instance.bandwidth_gb_per_s is not None:
            return np.asarray((rest[:, :, None] + self.tables.change_usd(nodes)).min(axis=1))
        order, first = self._kinds
        resize, reshape = self.tables.into_usd(nodes)
        kin = np.minimum.reduceat(rest[:, order], first, axis=1)[:, self.tables.family]
        return np.asarray(np.minimum(np.minimum(rest, kin + resize), rest.min(axis=1)[:, None] + reshape))

    def best(self) -> IntArray:
        """Return the configurations of a best path, int array [N]; the first of equals."""
        config = np.empty(len(self.values), dtype=np.int64)
        parent = self.tables.instance.parent
        for level, nodes in enumerate(self.tables.levels):
            row = self.values[nodes]
            if level:
                every = np.arange(row.shape[1])
                row = row + self.tables.step_usd(nodes[:, None], config[parent[nodes], None], every)
            config[nodes] = row.argmin(axis=1)
        return config

    @cached_property
    def _kinds(self) -> tuple[IntArray, IntArray]:
        """Configurations sorted by family, and where each family begins; families in order of their numbers."""
        order = np.argsort(self.tables.family, kind="stable")
        return order, np.flatnonzero(np.diff(self.tables.family[order], prepend=-1))

    def _chunks(self) -> Iterator[IntArray]:
        """Yield nodes with a parent, last interval first, few enough at a time."""
        rows = max(_MOST_CELLS // self.own_usd.shape[1] ** 2, 1)
        for nodes in self.tables.levels[:0:-1]:
            yield from (nodes[begin:begin + rows] for begin in range(0, len(nodes), rows))
