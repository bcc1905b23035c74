"""Policies for a stream: entities come in order, each with its edges to those before, and stay where they are put.

A policy gets a graph that has these edges alone, so that there is nothing in it to be asked about the future; the
number of entities and the room of devices are known. What is copied, and where concepts are, is decided when all have
come. With several epochs, the edges that earlier epochs keep are left out of the stream.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.graph_partition.epochs import Partitioner, constructed
from ecoopt.heuristics.graph_partition.graph import Graph
from ecoopt.heuristics.graph_partition.ground import ended, prepared
from ecoopt.heuristics.graph_partition.rounds import assign
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule


def ldg(instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None) -> Outcome:
    """Put each entity where the weight of its edges times the share of room that is left is most.

    Linear deterministic greedy. Nothing is drawn at random.
    """
    return _streamed(instance, run, start, lambda graph: _decided(graph, 1.0, 0.0, 1.5))


def fennel(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None,
    gamma: Annotated[float, Field(gt=1, le=4)] = 1.5, scale: Annotated[float, Field(ge=0, le=1e6)] = 1.0,
) -> Outcome:
    """Put each entity where the weight of its edges less the marginal cost of load is most.

    The cost of load x is ``alpha x^gamma``, with ``alpha = scale sqrt(K) M / n^1.5`` for M the weight of all edges, as
    those seen so far let expect. Nothing is drawn at random.

    Parameters
    ----------
    gamma : float
        Power of the cost of load.
    scale : float
        Factor of the cost of load.
    """
    return _streamed(instance, run, start, lambda graph: _decided(graph, 0.0, scale, gamma))


def past(graph: Graph) -> Graph:
    """Return the graph with each node's edges to nodes before it alone; each edge once."""
    earlier = graph.neighbour < graph.ends()
    return graph._replace(begin=np.append(0, np.cumsum(earlier))[graph.begin], neighbour=graph.neighbour[earlier],
                          weight=graph.weight[earlier])


def _decided(graph: Graph, fullness: float, marginal: float, power: float) -> IntArray:
    home = np.full(graph.nodes, -1, np.int64)
    assign(past(graph), home, np.arange(graph.nodes), 1.0, fullness, marginal, power)
    return home


def _streamed(
    instance: GraphPartitionInstance, run: Run, start: GraphPartitionSchedule | None, policy: Partitioner,
) -> Outcome:
    ground = prepared(instance, run, start)
    if isinstance(ground, Outcome):
        return ground
    homes = constructed(ground, policy)
    run.tick(1, 1)
    ground.offer(run, homes)
    return ended(run)
