"""Baselines: random parts, label propagation, Kernighan and Lin's bisection, and METIS."""

from importlib import import_module
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.graph_partition.epochs import Partitioner, constructed, one_by_one, repaired
from ecoopt.heuristics.graph_partition.graph import Graph
from ecoopt.heuristics.graph_partition.ground import ended, prepared
from ecoopt.heuristics.graph_partition.halving import halved
from ecoopt.heuristics.graph_partition.rounds import propagate
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule

_LARGEST_WEIGHT = 10_000
_NO_ROOM = 1e300


def random(instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None) -> Outcome:
    """Put entities in random order where most room is left; with several epochs, draw each afresh."""
    rng = np.random.default_rng(seed)
    return _constructed(instance, run, start, lambda graph: repaired(graph, random_parts(graph, rng), rng))


def label_propagation(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None,
    rounds: Annotated[int, Field(ge=1, le=10_000)] = 50,
) -> Outcome:
    """From random parts, let each entity in random order go where most of its edges are and there is room.

    Parameters
    ----------
    rounds : int
        Most rounds over all entities; a round without a move ends them.
    """
    rng = np.random.default_rng(seed)

    def partition(graph: Graph) -> IntArray:
        home = repaired(graph, random_parts(graph, rng), rng)
        barrier = np.zeros(graph.nodes, np.int64)
        for _ in range(rounds):
            if run.seconds_left <= 0 or not propagate(
                    graph, home, graph.room, np.inf, barrier, rng.permutation(graph.nodes), True):
                break
        return home

    return _constructed(instance, run, start, partition)


def kernighan_lin(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None,
    most_entities: Annotated[int, Field(ge=1, le=10_000_000)] = 20_000,
) -> Outcome:
    """Halve the graph again and again, each time swapping pairs of entities for as long as that pays.

    Devices are halved with the entities, which are shared out in numbers by capacity; limits are seen to afterwards.
    When time is up between two passes, the rest is placed one by one.

    Parameters
    ----------
    most_entities : int
        Larger graphs are not tried.
    """
    rng = np.random.default_rng(seed)
    if instance.entities > most_entities:
        return _refused(instance, run, start, f"more than {most_entities} entities; raise the option most_entities")
    return _constructed(instance, run, start, lambda graph: repaired(
        graph, halved(graph, lambda two: _swapped(two, rng, run)), rng))


def metis(instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None) -> Outcome:
    """Partition by METIS: recursive bisection, and K-way, of which the better is kept.

    METIS is told loads, weights (rounded to whole numbers) and the shares of capacity; other limits are seen to
    afterwards. Without the package pymetis there is no schedule.
    """
    try:
        pymetis = import_module("pymetis")
    except ImportError:
        return _refused(instance, run, start, "needs the package pymetis; install it: pip install 'ecoopt[metis]'")
    rng = np.random.default_rng(seed)

    def partition(graph: Graph) -> IntArray:
        found = [repaired(graph, _by_metis(pymetis, graph, seed, recursive), rng) for recursive in (True, False)]
        return max(found, key=graph.judged)

    return _constructed(instance, run, start, partition)


def random_parts(graph: Graph, rng: np.random.Generator) -> IntArray:
    """Return parts of nodes in random order, each where the least share of room is taken; nothing is compiled."""
    used = np.zeros_like(graph.room)
    scale = np.where(graph.room[:, 0] > 0, graph.room[:, 0], 1e-300)
    home = np.zeros(graph.nodes, np.int64)
    for v in rng.permutation(graph.nodes):
        after = used + graph.need[v]
        taken = used[:, 0] / scale + np.where((after > graph.room).any(axis=1), _NO_ROOM, 0.0)
        k = int(np.where(graph.allowed[v], taken, np.inf).argmin())
        home[v] = k
        used[k] = after[k]
    return home


def _constructed(
    instance: GraphPartitionInstance, run: Run, start: GraphPartitionSchedule | None, partitioner: Partitioner,
) -> Outcome:
    """Return the outcome of a partition made once; that is an iteration."""
    ground = prepared(instance, run, start)
    if isinstance(ground, Outcome):
        return ground
    homes = constructed(ground, partitioner)
    run.tick(1, 1)
    ground.offer(run, homes)
    return ended(run)


def _refused(
    instance: GraphPartitionInstance, run: Run, start: GraphPartitionSchedule | None, reason: str,
) -> Outcome:
    """Return the outcome of a method that cannot run: the start, if there is one, and the reason."""
    ground = prepared(instance, run, start)
    return ground if isinstance(ground, Outcome) else run.outcome(reason=reason)


def _swapped(graph: Graph, rng: np.random.Generator, run: Run) -> IntArray:
    """Return a graph of two parts split by Kernighan and Lin, pass after pass; placed one by one when time is up."""
    import networkx as nx
    from networkx.algorithms.community import kernighan_lin_bisection

    room = np.maximum(graph.room[:, 0], 0.0) + 1e-9
    few = round(graph.nodes * room[0] / room.sum())
    if run.seconds_left <= 0 or not 0 < few < graph.nodes:
        return one_by_one(graph)
    whole = nx.Graph()
    whole.add_nodes_from(range(graph.nodes))
    one = graph.ends()
    once = one < graph.neighbour
    whole.add_weighted_edges_from(zip(one[once].tolist(), graph.neighbour[once].tolist(),
                                      graph.weight[once].tolist(), strict=True))
    home, before = np.ones(graph.nodes, np.int64), -np.inf
    home[rng.permutation(graph.nodes)[:few]] = 0
    while graph.value(home) > before and run.seconds_left > 0:
        before = graph.value(home)
        first, _ = kernighan_lin_bisection(
            whole, tuple(set(np.flatnonzero(home == k).tolist()) for k in (0, 1)), max_iter=1,
            seed=int(rng.integers(2**31)))
        home[:] = 1
        home[list(first)] = 0
    return home


def _by_metis(pymetis: Any, graph: Graph, seed: int, recursive: bool) -> IntArray:
    """Return METIS's parts."""
    if graph.parts == 1 or not len(graph.neighbour):
        return random_parts(graph, np.random.default_rng(seed))
    capacity = np.maximum(graph.room[:, 0], 0.0)
    share = capacity / capacity.sum() if capacity.sum() > 0 else np.full(graph.parts, 1 / graph.parts)
    load = graph.need[:, 0].sum()
    slack = capacity.sum() / load - 1 if load > 0 else 1.0
    options = pymetis.Options(seed=seed % 2**31, ufactor=max(1, min(int(1000 * slack / (2 if recursive else 1)), 500)))
    found = pymetis.part_graph(
        graph.parts, pymetis.CSRAdjacency(graph.begin, graph.neighbour), vweights=_whole(graph.need[:, 0]),
        eweights=_whole(graph.weight), tpwgts=np.maximum(share, 1e-6).tolist(), recursive=recursive, options=options)
    return np.array(found.vertex_part, np.int64)


def _whole(amounts: FloatArray) -> IntArray:
    """Return whole numbers above 0 in proportion to amounts; the amounts themselves where they are such already."""
    if (amounts == np.floor(amounts)).all() and amounts.min(initial=1) >= 1 and amounts.max(initial=1) <= 10**6:
        return amounts.astype(np.int64)
    scaled = amounts / amounts.max(initial=1e-300) * _LARGEST_WEIGHT
    whole: IntArray = np.maximum(np.round(scaled), 1).astype(np.int64)
    return whole
