"""Searches: greedy with moves and swaps, the same from random starts, and a swarm on keys of order."""

from collections.abc import Iterator
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.heuristics.engines.pso import PsoSettings, SearchSpace, minimise
from ecoopt.heuristics.graph_partition.baselines import random_parts
from ecoopt.heuristics.graph_partition.epochs import constructed, one_by_one, search_epochs
from ecoopt.heuristics.graph_partition.graph import Graph
from ecoopt.heuristics.graph_partition.ground import Ground, ended, prepared
from ecoopt.heuristics.graph_partition.levels import Hurry, improve
from ecoopt.heuristics.graph_partition.refinement import refine
from ecoopt.heuristics.graph_partition.rounds import assign
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule

Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]

_DECODING_PATIENCE = 5


def greedy(instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None) -> Outcome:
    """Put entities of most load first, each where most weight ties it, then move and swap while that gains.

    Moves and swaps are passes of Fiduccia and Mattheyses; the seed gives the order in which they begin.
    """
    ground = prepared(instance, run, start)
    if isinstance(ground, Outcome):
        return ground
    rng = np.random.default_rng(seed)

    def partition(graph: Graph) -> IntArray:
        home = np.full(graph.nodes, -1, np.int64)
        assign(graph, home, np.argsort(-graph.need[:, 0], kind="stable"), 1.0, 1.0, 0.0, 1.5)
        improve(graph, home, rng, lambda: run.seconds_left <= 0)
        return home

    homes = constructed(ground, partition)
    run.tick(1, 1)
    ground.offer(run, homes)
    return ended(run)


def local_search(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None,
    patience: Count = 50,
) -> Outcome:
    """Move and swap from the start, or from entities placed one by one, and then from random parts again and again.

    An iteration is a descent: passes of Fiduccia and Mattheyses until none gains.

    Parameters
    ----------
    patience : int
        Descents in a row without gain that end the search.
    """
    ground = prepared(instance, run, start)
    if isinstance(ground, Outcome):
        return ground
    rng = np.random.default_rng(seed)

    def search(graph: Graph, home: IntArray | None, hurry: Hurry) -> Iterator[IntArray]:
        first = one_by_one(graph) if home is None else home
        best, idle = None, 0
        while idle < patience and not (best is not None and (hurry() or run.stop() is not None)):
            here = random_parts(graph, rng) if best is not None else first.copy()
            improve(graph, here, rng, hurry)
            run.tick(1, 1)
            judged, idle = graph.judged(here), idle + 1
            if best is None or judged > best:
                best, idle = judged, 0
            yield here

    return ended(run, search_epochs(ground, run, rng, search, start))


def pso(
    instance: GraphPartitionInstance, run: Run, *, seed: int, start: GraphPartitionSchedule | None,
    swarm_size: Count = 20, patience: Count = 60,
) -> Outcome:
    """Search a key per entity and epoch: entities are placed in the order of their keys, and moved while that gains.

    Each goes where most weight ties it to those before, less where a device is full; a short pass of moves and swaps
    follows. The first particle has the order of load, or one that lists the start's devices one after the other.

    Parameters
    ----------
    swarm_size : int
        Number of particles.
    patience : int
        Iterations in a row without improvement that end the search.
    """
    ground = prepared(instance, run, start)
    if isinstance(ground, Outcome):
        return ground
    epochs, n = instance.epochs, instance.entities
    decoder = _Decoder(ground)
    first = np.tile(-instance.load, (epochs, 1)) if start is None else start.home
    rank = np.argsort(np.argsort(first, axis=1, kind="stable"), axis=1)
    space = SearchSpace(np.zeros(epochs * n), np.ones(epochs * n))
    found = minimise(decoder.values, space, rng=np.random.default_rng(seed), run=run, decode=decoder.schedule,
                     settings=PsoSettings.constricted(swarm_size=swarm_size), start=((rank + 0.5) / n).reshape(1, -1),
                     patience=patience)
    return ended(run, found.termination)


class _Decoder:
    """From keys to schedules."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def values(self, positions: FloatArray) -> FloatArray:
        """Return the objectives of rows of keys, minus, float array [rows]; infinite where limits are broken."""
        return np.array([np.inf if schedule is None else -self.ground.objective(schedule)
                         for schedule in map(self._schedule, positions)])

    def schedule(self, position: FloatArray) -> GraphPartitionSchedule:
        """Return the schedule of a row of keys that has a value."""
        schedule = self._schedule(position)
        assert schedule is not None
        return schedule

    def _schedule(self, position: FloatArray) -> GraphPartitionSchedule | None:
        keys = iter(position.reshape(self.ground.instance.epochs, -1))
        homes = constructed(self.ground, lambda graph: _placed(graph, next(keys)))
        return self.ground.schedule(homes) if self.ground.fits(homes) else None


def _placed(graph: Graph, key: FloatArray) -> IntArray:
    """Return the parts that keys stand for."""
    home, order = np.full(graph.nodes, -1, np.int64), np.argsort(key, kind="stable")
    assign(graph, home, order, 1.0, 1.0, 0.0, 1.5)
    refine(graph, home, order, graph.nodes, _DECODING_PATIENCE)
    return home
