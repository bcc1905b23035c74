"""Tuning: homes moved again once copies and places are known, by what these are worth to each entity."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.graph_partition.graph import Graph
from ecoopt.heuristics.graph_partition.ground import Ground
from ecoopt.heuristics.graph_partition.levels import improve, kicked
from ecoopt.heuristics.graph_partition.refinement import refine
from ecoopt.heuristics.graph_partition.rounds import assign
from ecoopt.instances.graph_partition import GraphPartitionSchedule

_LEAST_GAIN = 1e-9
_AFRESH, _SHORT = 0.5, 5


def offer_tuned(
    ground: Ground, run: Run, homes: IntArray, rng: np.random.Generator,
) -> GraphPartitionSchedule | None:
    """Offer a run the schedule of homes [S, n], and what it becomes when homes, and copies and places, move in turn.

    Returns the last one; None where homes break limits or concepts do not find room.
    """
    schedule = ground.schedule(homes) if ground.fits(homes) else None
    if schedule is None:
        return None
    value = ground.objective(schedule)
    run.offer(value, schedule)
    better = ground.instance.replication != "full"
    while better:
        better = False
        for s in range(ground.instance.epochs):
            if run.stop() is not None:
                return schedule
            moved = schedule.home.astype(np.int64)
            improve(_biased(ground, schedule, s), moved[s], rng)
            other = ground.schedule(moved) if (moved != schedule.home).any() and ground.fits(moved) else None
            if other is not None and ground.objective(other) > value + _LEAST_GAIN:
                schedule, value, better = other, ground.objective(other), True
                run.offer(value, schedule)
    return schedule


def kick_homes(ground: Ground, run: Run, rng: np.random.Generator, patience: int) -> None:
    """Kick the homes of an epoch of a run's best and tune what comes of it, until so many kicks in a row gain nothing.

    A kick swaps entities near each other, or places all of the epoch anew, in random order. What is as good as before
    is gone on from.
    """
    best = run.schedule()
    assert isinstance(best, GraphPartitionSchedule)
    here, value, idle = best, ground.objective(best), 0
    while run.stop() is None and idle < patience:
        homes, s = here.home.astype(np.int64), int(rng.integers(ground.instance.epochs))
        if rng.random() < _AFRESH:
            graph = ground.graph(ground.covered(here, s))
            homes[s] = -1
            assign(graph, homes[s], rng.permutation(graph.nodes), 1.0, 1.0, 0.0, 1.5)
            refine(graph, homes[s], rng.permutation(graph.nodes), graph.nodes, _SHORT)
        else:
            homes[s] = kicked(_biased(ground, here, s), homes[s], rng)
        found = offer_tuned(ground, run, homes, rng)
        run.tick(1, 1)
        idle += 1
        if found is not None and (now := ground.objective(found)) >= value:
            idle = 0 if now > value + _LEAST_GAIN else idle
            here, value = found, now


def _biased(ground: Ground, schedule: GraphPartitionSchedule, s: int) -> Graph:
    """Return the graph of an epoch's entities in which copies and places of now count where they are.

    An edge that is kept by a copy of one end counts for the other end alone.
    """
    instance, devices = ground.instance, ground.instance.devices
    homes = schedule.home.astype(np.int64)
    covered = ground.covered(schedule, s)
    bias = np.zeros((instance.entities, devices))
    if instance.replication == "selective":
        there = np.zeros((instance.concepts, devices))
        mine = schedule.place_epoch == s
        there[schedule.place_concept[mine], schedule.place_device[mine]] = instance.link_weight
        seen = ground.seen(schedule, s)
        np.add.at(bias, instance.link_entity[~seen], there[instance.link_concept[~seen]])
        return ground.graph(covered)._replace(bias=bias)
    copies = np.zeros((instance.entities, devices), bool)
    mine = schedule.copy_epoch == s
    copies[schedule.copy_entity[mine], schedule.copy_device[mine]] = True
    for one, other in ((instance.edge_u, instance.edge_v), (instance.edge_v, instance.edge_u)):
        left = ~covered
        for k in range(devices):
            near = left & copies[other, k]
            bias[:, k] += np.bincount(one[near], instance.edge_weight[near], instance.entities)
    home = homes[s]
    by_copy = copies[instance.edge_u, home[instance.edge_v]] | copies[instance.edge_v, home[instance.edge_u]]
    return ground.graph(covered | by_copy)._replace(bias=bias)
