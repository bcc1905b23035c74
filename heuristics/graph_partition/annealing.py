"""Simulated annealing: entities move to another device, or swap with one there when it is full."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.annealing import AnnealingSettings, anneal
from ecoopt.heuristics.graph_partition.epochs import one_by_one, repaired, search_epochs
from ecoopt.heuristics.graph_partition.graph import Graph
from ecoopt.heuristics.graph_partition.ground import ended, prepared
from ecoopt.heuristics.graph_partition.levels import Hurry, first_partition
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]
Move = tuple[int, int, int]

_BLOCK = 4096


def annealing(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None,
    level_moves_each: Count = 8, reheats: Annotated[int, Field(ge=0, le=1_000_000)] = 2,
) -> Outcome:
    """Anneal by moves to a random device, which are swaps with a random entity of it where it lacks room.

    Parameters
    ----------
    level_moves_each : int
        Proposals at each temperature, for each entity.
    reheats : int
        How often a frozen search is reheated before it ends.
    """
    ground = prepared(instance, run, start)
    if isinstance(ground, Outcome):
        return ground
    rng = np.random.default_rng(seed)
    settings = AnnealingSettings(level_moves=level_moves_each * instance.entities, reheats=reheats)

    def search(graph: Graph, home: IntArray | None, hurry: Hurry) -> Iterator[IntArray]:
        here = repaired(graph, one_by_one(graph) if home is None else home, rng)
        if graph.excess(here) > 0:
            here = first_partition(graph, rng)
        yield here
        if graph.parts > 1 and graph.excess(here) == 0 and not hurry() and run.stop() is None:
            state = _Swaps(graph, here)
            result = anneal(state, -graph.value(here), snapshot=state.snapshot, restore=state.restore, rng=rng,
                            settings=settings, run=run)
            yield np.array(result.best, np.int64)

    return ended(run, search_epochs(ground, run, rng, search, start))


class _Swaps:
    """The neighbourhood, with the pull of each part on each node kept up to date, in lists that Python reads fast."""

    def __init__(self, graph: Graph, home: IntArray) -> None:
        self.graph = graph
        begin, neighbour, weight = graph.begin.tolist(), graph.neighbour.tolist(), graph.weight.tolist()
        self.edges = [dict(zip(neighbour[a:b], weight[a:b], strict=True))
                      for a, b in pairwise(begin)]
        self.need, self.room, self.allowed = graph.need.tolist(), graph.room.tolist(), graph.allowed.tolist()
        self.limits = range(len(self.room[0]))
        self.draws: Iterator[float] = iter(())
        self.restore(home.tolist())

    def restore(self, home: list[int]) -> None:
        """Put the state to given parts."""
        graph, self.home = self.graph, list(home)
        at = np.array(home, np.int64)
        pull = np.bincount(graph.ends() * graph.parts + at[graph.neighbour], graph.weight,
                           graph.nodes * graph.parts).reshape(graph.nodes, graph.parts)
        self.pull = (pull + graph.bias).tolist()
        self.used = np.stack([np.bincount(at, column, graph.parts) for column in graph.need.T], axis=1).tolist()
        self.members: list[list[int]] = [np.flatnonzero(at == k).tolist() for k in range(graph.parts)]
        self.place = [0] * graph.nodes
        for members in self.members:
            for i, v in enumerate(members):
                self.place[v] = i

    def snapshot(self) -> list[int]:
        """Return the parts of now."""
        return list(self.home)

    def propose(self, rng: np.random.Generator) -> Move | None:
        """Return a node, its new part, and the node that comes back, -1 for none."""
        v = int(self._draw(rng) * len(self.home))
        p = self.home[v]
        t = int(self._draw(rng) * (len(self.room) - 1))
        t += t >= p
        if not self.allowed[v][t]:
            return None
        if all(self.used[t][d] + self.need[v][d] <= self.room[t][d] for d in self.limits):
            return v, t, -1
        if not self.members[t]:
            return None
        u = self.members[t][int(self._draw(rng) * len(self.members[t]))]
        fits = self.allowed[u][p] and all(
            self.used[t][d] + self.need[v][d] - self.need[u][d] <= self.room[t][d]
            and self.used[p][d] + self.need[u][d] - self.need[v][d] <= self.room[p][d] for d in self.limits)
        return (v, t, u) if fits else None

    def delta(self, move: Move) -> float:
        """Return the weight that the move loses."""
        v, t, u = move
        p, pull = self.home[v], self.pull
        lost: float = pull[v][p] - pull[v][t]
        if u >= 0:
            lost += pull[u][t] - pull[u][p] + 2 * self.edges[v].get(u, 0.0)
        return lost

    def apply(self, move: Move) -> None:
        """Make the move."""
        v, t, u = move
        p = self.home[v]
        self._shift(v, t)
        if u >= 0:
            self._shift(u, p)

    def _shift(self, v: int, t: int) -> None:
        p, place = self.home[v], self.place
        self.home[v] = t
        last = self.members[p].pop()
        if last != v:
            self.members[p][place[v]] = last
            place[last] = place[v]
        place[v] = len(self.members[t])
        self.members[t].append(v)
        for d in self.limits:
            self.used[p][d] -= self.need[v][d]
            self.used[t][d] += self.need[v][d]
        for u, weight in self.edges[v].items():
            row = self.pull[u]
            row[p] -= weight
            row[t] += weight

    def _draw(self, rng: np.random.Generator) -> float:
        """Return a uniform number in [0, 1)."""
        value = next(self.draws, None)
        if value is None:
            self.draws = iter(rng.random(_BLOCK).tolist())
            value = next(self.draws)
        return value
