"""Configurations of a tree as a path that is searched: what moves of stretches of nodes change."""

from collections.abc import Iterator

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.instances.spot_parallel.tables import Tables

Move = tuple[tuple[int, ...], int]
"""Nodes that get a configuration, and the configuration."""


class Path:
    """Configurations of all nodes, changed in place.

    Parameters
    ----------
    tables : Tables
        Of the instance.
    config : int array [N]
        Where to begin, within the budgets.
    """

    def __init__(self, tables: Tables, config: IntArray) -> None:
        self.tables, self.config = tables, config.copy()
        self.value = tables.value(self.config)
        self.used = tables.used(self.config)
        self.children: list[list[int]] = [[] for _ in range(len(config))]
        for node, parent in enumerate(tables.instance.parent.tolist()):
            if parent >= 0:
                self.children[parent].append(node)

    def snapshot(self) -> IntArray:
        """Return a copy of the configurations."""
        return self.config.copy()

    def delta(self, move: Move) -> float:
        """Return by how much the objective changes, infinite for a move that breaks a rule."""
        nodes, new = np.array(move[0], dtype=np.int64), move[1]
        tables = self.tables
        if not tables.fits[nodes, new].all() or (self.config[nodes] == new).all():
            return np.inf
        if len(tables.most) and (self._used(nodes, new) > tables.most).any():
            return np.inf
        if tables.named:
            changed = self._moved(nodes, new)
            least = tables.path_usd(changed) - self.value
            return least if least >= 0 else tables.value(changed) - self.value
        touched = self._touched(move[0])
        changed = self._moved(nodes, new)
        own = tables.cost_usd[nodes, new] - tables.cost_usd[nodes, self.config[nodes]]
        return float(own.sum()) + self._steps(touched, changed) - self._steps(touched, self.config)

    def apply(self, move: Move) -> None:
        """Make the move."""
        nodes, new = np.array(move[0], dtype=np.int64), move[1]
        change = self.delta(move)
        self.used = self._used(nodes, new)
        self.config[nodes] = new
        self.value += change

    def stretch(self, node: int) -> tuple[int, ...]:
        """Return the nodes around one that are connected by the same configuration, sorted."""
        own, parent = self.config[node], self.tables.instance.parent
        found, ahead = {node}, [node]
        while ahead:
            at = ahead.pop()
            for other in (*self.children[at], int(parent[at])):
                if other >= 0 and other not in found and self.config[other] == own:
                    found.add(other)
                    ahead.append(other)
        return tuple(sorted(found))

    def _moved(self, nodes: IntArray, new: int) -> IntArray:
        changed = self.config.copy()
        changed[nodes] = new
        return changed

    def _used(self, nodes: IntArray, new: int) -> FloatArray:
        uses = self.tables.uses
        return np.asarray(self.used + (uses[:, nodes, new] - uses[:, nodes, self.config[nodes]]).sum(axis=1))

    def _touched(self, nodes: tuple[int, ...]) -> IntArray:
        """Return nodes whose change from the parent a move may alter."""
        parent = self.tables.instance.parent
        found = {child for node in nodes for child in self.children[node]} | {n for n in nodes if parent[n] >= 0}
        return np.array(sorted(found), dtype=np.int64)

    def _steps(self, nodes: IntArray, config: IntArray) -> float:
        return float(self.tables.step_usd(nodes, config[self.tables.instance.parent[nodes]], config[nodes]).sum())


class Borders:
    """Moves of a node, or of it and all that follows in its stretch, to the configuration of a neighbour."""

    def __init__(self, path: Path) -> None:
        self.path, self.delta, self.apply = path, path.delta, path.apply

    def moves(self) -> Iterator[Move]:
        """Yield each node with each other configuration beside it."""
        path = self.path
        parent = path.tables.instance.parent
        for node in range(len(path.config)):
            beside = [int(parent[node])] if parent[node] >= 0 else []
            for other in (*beside, *path.children[node]):
                if path.config[other] != path.config[node]:
                    yield (node,), int(path.config[other])


class Stretches:
    """Moves of a stretch of one configuration, or of a single node, to any configuration."""

    def __init__(self, path: Path) -> None:
        self.path, self.delta, self.apply = path, path.delta, path.apply

    def moves(self) -> Iterator[Move]:
        """Yield each stretch, named by its first node, and each node of it, with every configuration."""
        path = self.path
        parent = path.tables.instance.parent
        for node in range(len(path.config)):
            if parent[node] < 0 or path.config[parent[node]] != path.config[node]:
                stretch = path.stretch(node)
                for new in range(path.tables.instance.configs):
                    yield stretch, new
            for new in range(path.tables.instance.configs):
                yield (node,), new
