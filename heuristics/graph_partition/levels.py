"""Levels: a graph made smaller by clusters step by step, partitioned, and made larger again with refinement."""

from collections.abc import Callable

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.heuristics.graph_partition.graph import Graph, contracted
from ecoopt.heuristics.graph_partition.halving import halved
from ecoopt.heuristics.graph_partition.refinement import refine
from ecoopt.heuristics.graph_partition.rounds import assign, propagate

COARSEST, PER_PART = 60, 40
"""A coarsest graph has so many nodes, or so many for each part if these are more, or a quarter of a small graph's."""

SEEDS, PATIENCE, PASSES = 400, 30, 6
_ROUNDS, _SHRINKS, _WORTH_A_PASS = 3, 0.95, 1e-3
_TRIES = 9
_SHARE_OF_ROOM = 0.25
_KICK = 0.05, 0.3

Hurry = Callable[[], bool]
Level = tuple[Graph, IntArray]


def never() -> bool:
    """Return that there is time."""
    return False


def coarsened(
    graph: Graph, rng: np.random.Generator, barrier: IntArray, nodes: int, hurry: Hurry = never,
) -> tuple[list[Level], Graph, IntArray]:
    """Return the levels, each a graph with the cluster of each of its nodes; the coarsest graph; and its barrier.

    Clusters are those of a few rounds of label propagation, limited in size.

    Parameters
    ----------
    graph : Graph
        The finest graph.
    rng : numpy.random.Generator
        For the order of turns.
    barrier : int array [n]
        Nodes with different entries stay apart.
    nodes : int
        Coarsening ends at so many nodes.
    hurry : callable
        Whether time is up, so that no further level is made.
    """
    levels: list[Level] = []
    most_mass = max(float(graph.mass.sum()) / nodes, 2.0)
    _, apart = np.unique(barrier * np.int64(graph.nodes + 1) + graph.kind, return_inverse=True)
    ceiling = np.maximum(graph.room.min(axis=0), 0.0) * _SHARE_OF_ROOM
    while graph.nodes > nodes and not hurry():
        label = np.arange(graph.nodes)
        room = np.ascontiguousarray(np.broadcast_to(ceiling, graph.need.shape))
        for _ in range(_ROUNDS):
            if not propagate(graph, label, room, most_mass, apart, rng.permutation(graph.nodes), False):
                break
        coarse, cluster, first = contracted(graph, label)
        if coarse.nodes > _SHRINKS * graph.nodes:
            break
        levels.append((graph, cluster))
        graph, barrier, apart = coarse, barrier[first], apart[first]
    return levels, graph, barrier


def uncoarsened(levels: list[Level], home: IntArray, rng: np.random.Generator, hurry: Hurry = never) -> IntArray:
    """Return the partition of the finest level, refined at each on the way there."""
    for graph, cluster in reversed(levels):
        home = home[cluster]
        improve(graph, home, rng, hurry)
    return home


def improve(graph: Graph, home: IntArray, rng: np.random.Generator, hurry: Hurry = never) -> None:
    """Refine a partition in place by passes while they are worth it."""
    before = graph.judged(home)
    for _ in range(PASSES):
        if hurry() and before[0] == 0:
            break
        refine(graph, home, rng.permutation(graph.nodes), SEEDS, PATIENCE)
        after = graph.judged(home)
        if after[0] <= before[0] and after[1] <= before[1] + _WORTH_A_PASS * abs(before[1]):
            break
        before = after


def coarsest_nodes(graph: Graph) -> int:
    """Return the number of nodes at which coarsening ends."""
    return min(max(COARSEST, PER_PART * graph.parts), max(graph.nodes // 4, 3 * graph.parts))


def first_partition(graph: Graph, rng: np.random.Generator) -> IntArray:
    """Return the best of some refined partitions of a small graph.

    The first is by recursive bisection. In the others, nodes are taken in random order to the parts they are tied to
    most, or the large ones first; or to the emptiest.
    """
    best: IntArray | None = None
    for i in range(_TRIES):
        if not i and graph.parts > 2:
            home = halved(graph, lambda two: cycle(two, rng))
        else:
            home = np.full(graph.nodes, -1, np.int64)
            order = rng.permutation(graph.nodes)
            if i % 3 == 1:
                order = order[np.argsort(-graph.need[order, 0], kind="stable")]
            assign(graph, home, order, float(i % 3 < 2), 1.0, 0.0, 1.5)
        improve(graph, home, rng)
        if best is None or graph.judged(home) > graph.judged(best):
            best = home
    assert best is not None
    return best


def cycle(
    graph: Graph, rng: np.random.Generator, home: IntArray | None = None, other: IntArray | None = None,
    hurry: Hurry = never,
) -> IntArray:
    """Return a partition: coarsen, partition, refine on the way back.

    With a partition, clusters lie within its parts and the search begins there, so that it ends no worse; with another
    one, within the parts of both, so that what both agree on stays together (Sanders and Schulz, ALENEX 2012).
    """
    barrier = np.zeros(graph.nodes, np.int64)
    if home is not None:
        barrier = home if other is None else home * np.int64(graph.parts) + other
    levels, coarse, barrier = coarsened(graph, rng, barrier, coarsest_nodes(graph), hurry)
    if home is None:
        part = first_partition(coarse, rng)
    else:
        part = (barrier if other is None else barrier // graph.parts).copy()
        improve(coarse, part, rng, hurry)
    return uncoarsened(levels, part, rng, hurry)


def kicked(graph: Graph, home: IntArray, rng: np.random.Generator) -> IntArray:
    """Return a partition refined after nodes near a random one, up to a third of all, have swapped places at random."""
    size = int(graph.nodes * rng.uniform(*_KICK)) + 2
    near = [int(rng.integers(graph.nodes))]
    known = set(near)
    for v in near:
        if len(near) >= size:
            break
        new = [u for u in graph.neighbour[graph.begin[v]:graph.begin[v + 1]].tolist() if u not in known]
        near += new
        known.update(new)
    moved = home.copy()
    moved[near[:size]] = home[rng.permutation(near[:size])]
    banned = ~graph.allowed[np.arange(graph.nodes), moved]
    moved[banned] = home[banned]
    improve(graph, moved, rng)
    return moved
