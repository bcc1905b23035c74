"""Multilevel partition: a small population on a coarse graph, refined on the way back, then cycles until time is up."""

from collections.abc import Iterator
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.graph_partition.epochs import SMALL as LITTLE
from ecoopt.heuristics.graph_partition.epochs import search_epochs
from ecoopt.heuristics.graph_partition.graph import Graph
from ecoopt.heuristics.graph_partition.ground import ended, prepared
from ecoopt.heuristics.graph_partition.levels import Hurry, coarsened, coarsest_nodes, cycle, kicked, uncoarsened
from ecoopt.heuristics.graph_partition.tuning import kick_homes
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]

SMALL = 1000
"""A population is kept on a graph of so many nodes at most, or on a few for each part if these are more."""

_WORTH_A_CYCLE = 1e-4
_AFRESH, _KICKED, _ALONE = 0.1, 0.5, 0.1
_SHARE_OF_TIME = 0.3


def multilevel(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None,
    population: Annotated[int, Field(ge=2, le=1000)] = 8, patience: Count = 48, cycles: Count = 4,
    kicks: Count = 300,
) -> Outcome:
    """Coarsen, partition and refine; again and again while that is worth it.

    On a graph of up to 1,000 nodes, or on the coarse graph of a larger one, a population of partitions is combined
    and kicked until `patience` iterations in a row bring nothing. The best is refined on the way to the whole graph,
    and then searched by cycles that keep its parts apart. An iteration is one cycle of coarsening and refinement.

    Parameters
    ----------
    population : int
        Partitions kept on the small graph.
    patience : int
        Iterations in a row without gain that end the search of the small graph.
    cycles : int
        Cycles of the whole graph in a row with a gain below 0.01 % that end the search.
    kicks : int
        Kicks in a row without gain of homes with their copies, places and other epochs that end the search, in graphs
        of up to 2,000 entities where there are any.
    """
    ground = prepared(instance, run, start)
    if isinstance(ground, Outcome):
        return ground
    rng = np.random.default_rng(seed)

    def search(graph: Graph, home: IntArray | None, hurry: Hurry) -> Iterator[IntArray]:
        members = Members(population, patience)
        return partitions(graph, rng, run, home, hurry, members, cycles)

    termination = search_epochs(ground, run, rng, search, start)
    whole = instance.replication == "full" and instance.epochs == 1
    if not whole and instance.entities <= LITTLE and run.objective is not None:
        kick_homes(ground, run, rng, kicks)
        termination = run.stop() or Termination.STALLED
    return ended(run, termination)


def partitions(
    graph: Graph, rng: np.random.Generator, run: Run, home: IntArray | None, hurry: Hurry, members: "Members",
    cycles: int,
) -> Iterator[IntArray]:
    """Yield partitions of a graph until the search has ended or the run stops; at least one."""
    barrier = np.zeros(graph.nodes, np.int64) if home is None else home
    small = max(SMALL, 2 * coarsest_nodes(graph))
    levels, coarse, barrier = coarsened(graph, rng, barrier, small, hurry)
    if home is not None:
        members.add(coarse, barrier.copy())
    until_s = run.seconds + _SHARE_OF_TIME * run.seconds_left if levels else np.inf
    while not members.calm:
        child = members.child(coarse, rng, hurry)
        members.add(coarse, child)
        run.tick(1, 1)
        if not levels:
            yield child.copy()
        if run.stop() is not None or hurry() or run.seconds >= until_s:
            break
    if not levels:
        return
    best = uncoarsened(levels, members.best, rng, hurry)
    yield best
    idle = 0
    while idle < cycles and run.stop() is None and not hurry():
        before = graph.value(best)
        best = cycle(graph, rng, best, hurry=hurry)
        run.tick(1, 1)
        idle = idle + 1 if graph.value(best) <= before + _WORTH_A_CYCLE * abs(before) else 0
        yield best


class Members:
    """A small population of partitions.

    Parameters
    ----------
    size : int
        Most members.
    patience : int
        Children in a row that do not better the best, after which it is calm.
    """

    def __init__(self, size: int, patience: int) -> None:
        self.size, self.patience = size, patience
        self.homes: list[IntArray] = []
        self.judged: list[tuple[float, float]] = []
        self.idle = 0

    @property
    def best(self) -> IntArray:
        """The best member."""
        return self.homes[max(range(len(self.homes)), key=self.judged.__getitem__)]

    @property
    def calm(self) -> bool:
        """Whether the search has ended."""
        return len(self.homes) >= self.size and self.idle >= self.patience

    def add(self, graph: Graph, home: IntArray) -> None:
        """Take a member in; where all places are taken, instead of the worst if it is no worse and is none of them."""
        judged = graph.judged(home)
        self.idle = 0 if not self.judged or judged > max(self.judged) else self.idle + 1
        if len(self.homes) < self.size:
            self.homes.append(home)
            self.judged.append(judged)
        elif judged not in self.judged:
            worst = min(range(self.size), key=self.judged.__getitem__)
            if judged >= self.judged[worst]:
                self.homes[worst], self.judged[worst] = home, judged

    def child(self, graph: Graph, rng: np.random.Generator, hurry: Hurry) -> IntArray:
        """Return a new partition: of one member kicked, of two, of one coarsened, or afresh."""
        draw = rng.random()
        if len(self.homes) < self.size or draw < _AFRESH:
            return cycle(graph, rng, hurry=hurry)
        if draw < _AFRESH + _KICKED:
            return kicked(graph, self.homes[int(rng.integers(self.size))], rng)
        one, other = rng.permutation(self.size)[:2]
        if self.judged[one] < self.judged[other]:
            one, other = other, one
        return cycle(graph, rng, self.homes[one], None if draw > 1 - _ALONE else self.homes[other], hurry)
