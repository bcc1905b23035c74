"""Ground: what all methods of an instance stand on, from homes of entities to schedules with copies and places."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.outcome import Outcome
from ecoopt.core.run import Run
from ecoopt.core.status import Status, Termination
from ecoopt.heuristics.graph_partition.copies import copied
from ecoopt.heuristics.graph_partition.graph import Graph
from ecoopt.heuristics.graph_partition.places import placed
from ecoopt.instances.graph_partition import (
    Adjacency,
    GraphPartitionInstance,
    GraphPartitionSchedule,
    Resources,
    adjacency,
    resources,
)

NO_ROOM = "no partition was found that keeps all limits"


@dataclass(eq=False)
class Ground:
    """An instance made ready.

    Parameters
    ----------
    instance : GraphPartitionInstance
        What is asked.
    """

    instance: GraphPartitionInstance
    adjacency: Adjacency = field(init=False)
    resources: Resources = field(init=False)

    def __post_init__(self) -> None:
        self.adjacency, self.resources = adjacency(self.instance), resources(self.instance)

    @property
    def impossible(self) -> bool:
        """Whether some entity has no device, or all together lack room, so that no schedule exists."""
        limits = self.resources
        short = limits.need.sum(axis=0) > np.maximum(limits.room, 0).sum(axis=0) * (1 + 1e-12)
        return bool(not limits.allowed.any(axis=1).all() or short.any() or (limits.room < 0).any())

    @cached_property
    def room(self) -> FloatArray:
        """Room of devices for entities, float array [K, D].

        Where concepts are placed, it leaves room for as many of them as can be, for all at most.
        """
        limits, instance = self.resources, self.instance
        if instance.replication != "selective":
            return limits.room
        least = len(instance.everywhere) + -(-(instance.concepts - len(instance.everywhere)) // instance.devices)
        spare = limits.room.sum(axis=0) - limits.need.sum(axis=0) * 1.02
        each = instance.devices * limits.concept_need
        fits = np.divide(spare, each, out=np.full(len(each), np.inf), where=each > 0).min(initial=np.inf)
        held = min(max(fits, least), instance.concepts)
        room: FloatArray = limits.room - held * limits.concept_need
        return room

    @cached_property
    def kind(self) -> IntArray:
        """Number of each entity's row of allowed devices among the different ones, int array [n]."""
        kind = np.zeros(self.instance.entities, np.int64)
        limited = np.flatnonzero(~self.resources.allowed.all(axis=1))
        if len(limited):
            kind[limited] = 1 + np.unique(self.resources.allowed[limited], axis=0, return_inverse=True)[1].ravel()
        return kind

    def graph(self, covered: NDArray[np.bool_] | None = None) -> Graph:
        """Return the graph of entities, without the edges that are covered already."""
        adjacent, n = self.adjacency, self.instance.entities
        begin, neighbour, weight = adjacent.begin, adjacent.neighbour, adjacent.weight
        if covered is not None and covered.any():
            left = ~covered[adjacent.edge]
            neighbour, weight = neighbour[left], weight[left]
            begin = np.append(0, np.cumsum(left))[begin]
        return Graph(begin, neighbour, weight, self.resources.need, self.room, self.resources.allowed,
                     np.zeros((n, self.instance.devices)), np.ones(n), self.kind)

    def kept(self, home: IntArray) -> NDArray[np.bool_]:
        """Return which edges one epoch keeps without copies, bool array [m]."""
        within: NDArray[np.bool_] = home[self.instance.edge_u] == home[self.instance.edge_v]
        return within

    def covered(self, schedule: GraphPartitionSchedule, but: int | None = None) -> NDArray[np.bool_]:
        """Return which edges a schedule keeps in some epoch, or in one but a certain one, bool array [m]."""
        instance = self.instance
        covered = np.zeros(instance.edges, bool)
        for s, home in enumerate(schedule.home):
            if s == but:
                continue
            covered |= home[instance.edge_u] == home[instance.edge_v]
            mine = schedule.copy_epoch == s
            for k in np.unique(schedule.copy_device[mine]):
                here = home == k
                here[schedule.copy_entity[mine & (schedule.copy_device == k)]] = True
                covered |= here[instance.edge_u] & here[instance.edge_v]
        return covered

    def seen(self, schedule: GraphPartitionSchedule, but: int | None = None) -> NDArray[np.bool_]:
        """Return which semantic edges a schedule keeps in some epoch, or in one but a certain one, bool array [L]."""
        instance = self.instance
        if instance.replication != "selective":
            return np.ones(instance.links, bool)
        seen = np.zeros(instance.links, bool)
        for s, home in enumerate(schedule.home):
            if s != but:
                there = np.zeros((instance.concepts, instance.devices), bool)
                mine = schedule.place_epoch == s
                there[schedule.place_concept[mine], schedule.place_device[mine]] = True
                seen |= there[instance.link_concept, home[instance.link_entity]]
        return seen

    def objective(self, schedule: GraphPartitionSchedule) -> float:
        """Return the objective of a feasible schedule."""
        instance = self.instance
        places = instance.epochs * instance.concepts * instance.devices
        if instance.replication == "selective":
            places = len(schedule.place_concept)
        extra = places - instance.epochs * instance.concepts
        return float(instance.edge_weight[self.covered(schedule)].sum()
                     + instance.link_weight * self.seen(schedule).sum()
                     - instance.copy_price * len(schedule.copy_entity) - instance.concept_price * extra)

    def schedule(self, homes: IntArray) -> GraphPartitionSchedule | None:
        """Return the schedule of homes [S, n], copies and places added; None where there is no room for concepts."""
        instance = self.instance
        if instance.replication == "halo":
            epoch, entity, device = copied(instance, self.adjacency, self.resources, homes)
            return GraphPartitionSchedule(home=homes, copy_epoch=epoch, copy_entity=entity, copy_device=device)
        if instance.replication == "selective":
            if (places := placed(instance, self.resources, homes)) is None:
                return None
            epoch, concept, device = places
            return GraphPartitionSchedule(home=homes, place_epoch=epoch, place_concept=concept, place_device=device)
        return GraphPartitionSchedule(home=homes)

    def fits(self, homes: IntArray) -> bool:
        """Return whether homes [S, n] are allowed and keep all limits."""
        limits, devices = self.resources, self.instance.devices
        used = (np.stack([np.bincount(home, column, devices) for column in limits.need.T], 1) for home in homes)
        return bool(limits.allowed[np.arange(homes.shape[1]), homes].all()
                    and all((amount <= limits.room).all() for amount in used))

    def offer(self, run: Run, homes: IntArray) -> bool:
        """Offer a run the schedule of homes [S, n] if they keep all limits; return whether it is its best."""
        schedule = self.schedule(homes) if self.fits(homes) else None
        return schedule is not None and run.offer(self.objective(schedule), schedule)


def prepared(instance: GraphPartitionInstance, run: Run, start: GraphPartitionSchedule | None) -> Ground | Outcome:
    """Return the ground of an instance, with the start offered; the outcome where there is nothing to do.

    When time is up before anything is found, a method still makes its first partition.
    """
    ground = Ground(instance)
    if ground.impossible:
        return run.outcome(Termination.PROOF, Status.INFEASIBLE,
                           reason="an entity has no device, or devices lack room; see ecoopt explain")
    if start is not None:
        run.offer(ground.objective(start), start)
    nothing_left = not run.iterations_left or not run.evaluations_left
    return run.outcome() if nothing_left or (start is not None and run.stop() is not None) else ground


def ended(run: Run, termination: Termination | None = None) -> Outcome:
    """Close a run, with the reason where it has found no schedule."""
    return run.outcome(termination) if run.objective is not None else run.outcome(termination, reason=NO_ROOM)
