"""Tuning: homes moved again once copies and places are known, by what these are worth to each entity."""

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.run import Run
from ecoopt.heuristics.graph_partition.graph import Graph
from ecoopt.heuristics.graph_partition.ground import Ground
from ecoopt.heuristics.graph_partition.levels import improve
from ecoopt.instances.graph_partition import GraphPartitionSchedule

_LEAST_GAIN = 1e-9


def offer_tuned(ground: Ground, run: Run, homes: IntArray, rng: np.random.Generator) -> None:
    """Offer a run the schedule of homes [S, n], and what it becomes when homes, and copies and places, move in turn."""
    ground.offer(run, homes)
    schedule = ground.schedule(homes) if ground.fits(homes) and ground.instance.replication != "full" else None
    better = schedule is not None
    while better and schedule is not None:
        better = False
        for s in range(ground.instance.epochs):
            if run.stop() is not None:
                return
            moved = schedule.home.astype(np.int64)
            improve(_biased(ground, schedule, s), moved[s], rng)
            if (moved == schedule.home).all() or not ground.fits(moved):
                continue
            other = ground.schedule(moved)
            if other is not None and ground.objective(other) > ground.objective(schedule) + _LEAST_GAIN:
                schedule, better = other, True
                run.offer(ground.objective(other), other)


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
