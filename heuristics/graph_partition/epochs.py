"""Epochs: each in turn is partitioned by the edges that no other keeps, until no turn brings anything."""

from collections.abc import Callable, Iterator

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.run import Run
from ecoopt.core.status import Termination
from ecoopt.heuristics.graph_partition.graph import Graph
from ecoopt.heuristics.graph_partition.ground import Ground
from ecoopt.heuristics.graph_partition.levels import Hurry, improve
from ecoopt.heuristics.graph_partition.rounds import assign
from ecoopt.heuristics.graph_partition.tuning import offer_tuned
from ecoopt.instances.graph_partition import GraphPartitionSchedule

Search = Callable[[Graph, IntArray | None, Hurry], Iterator[IntArray]]
"""Yields partitions of a graph, beginning at one if it is given, and counts its iterations."""

Partitioner = Callable[[Graph], IntArray]
"""Returns a partition of a graph."""

SMALL = 2000
"""Graphs of so many entities at most are searched by the true objective, copies, places and epochs included."""


def search_epochs(
    ground: Ground, run: Run, rng: np.random.Generator, search: Search, start: GraphPartitionSchedule | None,
) -> Termination:
    """Search the epochs in turn, offer the run what is found, and return why the search has ended.

    Without a start, the first partition is that of entities taken one by one, and epochs share the time. Homes are
    tuned to copies and places at the end of an epoch's turn; in small graphs, all that are found are.
    """
    epochs = ground.instance.epochs
    homes = None if start is None else start.home.astype(np.int64)
    if homes is None:
        homes = constructed(ground, one_by_one)
        ground.offer(run, homes)
    termination = run.stop() if run.objective is not None else None
    better, first = True, start is None
    small = ground.instance.entities <= SMALL
    while better and termination is None:
        better = False
        for s in range(epochs):
            until_s = run.seconds + run.seconds_left / (epochs - s) if first else np.inf

            def hurry(until_s: float = until_s) -> bool:
                return run.seconds >= until_s or run.stop() in (Termination.TIME, Termination.INTERRUPTED)

            graph = _left(ground, homes, s)
            judged = graph.judged(homes[s])
            for home in search(graph, None if first else homes[s], hurry):
                tried = homes.copy()
                tried[s] = home
                if small and ground.instance.replication != "full":
                    offer_tuned(ground, run, tried, rng)
                if (now := graph.judged(home)) > judged:
                    homes, judged, better = tried, now, True
                    ground.offer(run, homes)
            if not small:
                offer_tuned(ground, run, homes, rng)
            if (termination := run.stop()) is not None:
                break
        first = False
        better = better and epochs > 1
    return termination or Termination.STALLED


def constructed(ground: Ground, partitioner: Partitioner) -> IntArray:
    """Return homes [S, n]: each epoch's by the edges that none before keeps."""
    instance = ground.instance
    homes = np.empty((instance.epochs, instance.entities), np.int64)
    covered = np.zeros(instance.edges, bool)
    for s in range(instance.epochs):
        homes[s] = partitioner(ground.graph(covered))
        covered |= ground.kept(homes[s])
    return homes


def one_by_one(graph: Graph) -> IntArray:
    """Return the parts of nodes taken in order, each where most weight ties it, less where a part is full."""
    home = np.full(graph.nodes, -1, np.int64)
    assign(graph, home, np.arange(graph.nodes), 1.0, 1.0, 0.0, 1.5)
    return home


def repaired(graph: Graph, home: IntArray, rng: np.random.Generator) -> IntArray:
    """Return a partition that keeps limits where it did not: nodes go where they are allowed, then it is refined."""
    banned = ~graph.allowed[np.arange(graph.nodes), home]
    if banned.any():
        home = home.copy()
        home[banned] = graph.allowed[banned].argmax(axis=1)
    if graph.excess(home) > 0:
        home = home.copy()
        improve(graph, home, rng)
    return home


def _left(ground: Ground, homes: IntArray, s: int) -> Graph:
    """Return the graph of the edges that no epoch but s keeps."""
    covered = np.zeros(ground.instance.edges, bool)
    for other, home in enumerate(homes):
        if other != s:
            covered |= ground.kept(home)
    return ground.graph(covered)
