"""The graph partition instance: entities and their edges, concepts, devices, and what may be copied."""

from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, StringConstraints, model_validator

from ecoopt.core.arrays import IndexVector, IntArray, NonNegativeVector, PositiveVector
from ecoopt.core.instance import Instance
from ecoopt.core.record import Record

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]

SLACK = 1e-9
"""Share of a limit by which a sum of floats may exceed it."""

MOST_ENTITIES, MOST_EDGES, MOST_DEVICES, LARGEST = 10_000_000, 200_000_000, 4096, 1e12


class Memory(Record):
    """What a device must hold.

    Room is reserved for every edge that an entity may bring: all its semantic edges, and half of each co-engagement
    edge, as each has two ends.

    Parameters
    ----------
    node_gb : float
        Memory of an entity or a concept.
    edge_gb : float
        Memory of an edge.
    device_gb : float array [K]
        Memory of each device.
    """

    node_gb: Annotated[float, Field(ge=0, le=LARGEST)]
    edge_gb: Annotated[float, Field(ge=0, le=LARGEST)]
    device_gb: PositiveVector


class Synchronisation(Record):
    """What devices tell each other in an epoch: the state of replicated concepts and of the model.

    Parameters
    ----------
    exchanged_gb : float
        Size of the state that all devices share, times the exchanges of an epoch.
    bandwidth_gb_per_s : float
        Bandwidth of a device's link.
    """

    exchanged_gb: Annotated[float, Field(ge=0, le=LARGEST)]
    bandwidth_gb_per_s: Annotated[float, Field(gt=0, le=LARGEST)]


class GraphPartitionInstance(Instance):
    """On which device each entity of a graph is trained, so that as much edge weight as can be lies within devices.

    n entities, m co-engagement edges between them, J concepts, L semantic edges from entities to concepts of R relation
    types, K devices, S epochs. Every entity has one device in each epoch, its home. A co-engagement edge is kept in an
    epoch if a device has both ends, at home or as a copy; a semantic edge if its concept is on its entity's home. The
    objective is the weight of all edges kept at least once, less the price of copies.

    Parameters
    ----------
    load : float array [n]
        Work that each entity brings to its home.
    edge_u, edge_v : int array [m]
        Ends of the co-engagement edges: u < v, in order of (u, v), none twice.
    edge_weight : float array [m]
        Their weights.
    concepts : int
        Number J of concepts.
    link_entity, link_concept, link_relation : int array [L]
        Semantic edges.
    relations : tuple of str [R]
        Names of the relation types.
    link_weight : float
        Weight of each semantic edge.
    capacity : float array [K]
        Load that each device may have in an epoch.
    speed : float array [K]
        Load per second of each device.
    memory : Memory, optional
        Limits on what devices hold.
    relation_slack : float, optional
        Device k may have at most (1 + relation_slack) times its share by speed of each relation's edges.
    forced_entity, forced_device : int array
        Entities whose home is given.
    forbidden_entity, forbidden_device : int array
        Pairs that must not be: neither home nor copy.
    replication : {"full", "halo", "selective"}
        ``full``: every concept is on every device, no entity is copied. ``halo``: entities may be copied, too.
        ``selective``: no entity is copied, and concepts are placed.
    copy_price : float
        Price of a copy of an entity, in weight, each epoch.
    most_copies : int, optional
        Copies of entities allowed in an epoch.
    concept_price : float
        Price of each device that a concept is on beyond the first, in weight, each epoch.
    everywhere : int array
        Concepts that are on every device (``selective``).
    epochs : int
        Number S of epochs.
    synchronisation : Synchronisation, optional
        What an epoch takes beside the work; reported alone.
    entity_names : tuple of str [n], optional
        Names for people.
    concept_names : tuple of str [J], optional
        Names for people.
    """

    digest_excludes: ClassVar[frozenset[str]] = Instance.digest_excludes | {"entity_names", "concept_names"}

    family: Literal["graph_partition"] = "graph_partition"
    schema_version: Literal[1] = 1
    load: NonNegativeVector
    edge_u: IndexVector
    edge_v: IndexVector
    edge_weight: PositiveVector
    concepts: Annotated[int, Field(ge=0, le=MOST_ENTITIES)] = 0
    link_entity: IndexVector = np.zeros(0, np.int64)
    link_concept: IndexVector = np.zeros(0, np.int64)
    link_relation: IndexVector = np.zeros(0, np.int64)
    relations: tuple[Name, ...] = ()
    link_weight: Annotated[float, Field(ge=0, le=LARGEST)] = 0.0
    capacity: NonNegativeVector
    speed: PositiveVector
    memory: Memory | None = None
    relation_slack: Annotated[float, Field(ge=0, le=1e6)] | None = None
    forced_entity: IndexVector = np.zeros(0, np.int64)
    forced_device: IndexVector = np.zeros(0, np.int64)
    forbidden_entity: IndexVector = np.zeros(0, np.int64)
    forbidden_device: IndexVector = np.zeros(0, np.int64)
    replication: Literal["full", "halo", "selective"] = "full"
    copy_price: Annotated[float, Field(ge=0, le=LARGEST)] = 0.0
    most_copies: Annotated[int, Field(ge=0, le=LARGEST)] | None = None
    concept_price: Annotated[float, Field(ge=0, le=LARGEST)] = 0.0
    everywhere: IndexVector = np.zeros(0, np.int64)
    epochs: Annotated[int, Field(ge=1, le=1000)] = 1
    synchronisation: Synchronisation | None = None
    entity_names: tuple[Name, ...] | None = None
    concept_names: tuple[Name, ...] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*self._sizes(), *self._ranges()]
        if not problems:
            problems = [*self._edges(), *self._modes()]
        if problems:
            raise ValueError(" | ".join(problems))
        return self

    @property
    def entities(self) -> int:
        """Number of entities n."""
        return len(self.load)

    @property
    def edges(self) -> int:
        """Number of co-engagement edges m."""
        return len(self.edge_u)

    @property
    def links(self) -> int:
        """Number of semantic edges L."""
        return len(self.link_entity)

    @property
    def devices(self) -> int:
        """Number of devices K."""
        return len(self.capacity)

    @property
    def total_weight(self) -> float:
        """Weight of all co-engagement edges."""
        return float(self.edge_weight.sum())

    def _sizes(self) -> list[str]:
        """Return what is wrong with the numbers of things."""
        problems = []
        for name, size, least, most in (("entities", self.entities, 1, MOST_ENTITIES),
                                        ("devices", self.devices, 1, MOST_DEVICES),
                                        ("edges", self.edges, 0, MOST_EDGES),
                                        ("semantic edges", self.links, 0, MOST_EDGES)):
            if not least <= size <= most:
                problems.append(f"{size} {name}; give {least} to {most:,}")
        alike = [("edge_v", "edge_u"), ("edge_weight", "edge_u"), ("link_concept", "link_entity"),
                 ("link_relation", "link_entity"), ("speed", "capacity"), ("forced_device", "forced_entity"),
                 ("forbidden_device", "forbidden_entity")]
        problems += [f"{one} has {have} entries, {other} has {wanted}; give as many" for one, other in alike
                     for have, wanted in [(len(getattr(self, one)), len(getattr(self, other)))] if have != wanted]
        if self.memory is not None and len(self.memory.device_gb) != self.devices:
            problems.append(f"memory.device_gb has {len(self.memory.device_gb)} entries for {self.devices} devices")
        problems += [f"{name} has {len(names)} entries for {size}; give one of each"
                     for name, names, size in (("entity_names", self.entity_names, self.entities),
                                               ("concept_names", self.concept_names, self.concepts))
                     if names is not None and len(names) != size]
        return problems

    def _ranges(self) -> list[str]:
        """Return what is wrong with indices and amounts."""
        problems = []
        for names, size, what in ((("edge_u", "edge_v", "link_entity", "forced_entity", "forbidden_entity"),
                                   self.entities, "entities"),
                                  (("link_concept", "everywhere"), self.concepts, "concepts"),
                                  (("link_relation",), len(self.relations), "relations"),
                                  (("forced_device", "forbidden_device"), self.devices, "devices")):
            problems += [f"{name} names {highest} of {size} {what}, counted from 0; correct it" for name in names
                         if (highest := int(getattr(self, name).max(initial=-1))) >= size]
        problems += [f"{name} goes up to {most:g}; keep it within {LARGEST:g}"
                     for name in ("load", "edge_weight", "capacity", "speed")
                     if (most := float(getattr(self, name).max(initial=0.0))) > LARGEST]
        if len(set(self.relations)) < len(self.relations):
            problems.append("relations are not distinct; rename the duplicates")
        return problems

    def _edges(self) -> list[str]:
        """Return what is wrong with the order of edges and with pairs that repeat."""
        problems = []
        if (self.edge_u >= self.edge_v).any():
            problems.append("edge_u is not below edge_v everywhere; put the smaller end first and leave loops out")
        elif (np.diff(pair_number(self.edge_u, self.edge_v, self.entities)) <= 0).any():
            problems.append("edges are not in order of (edge_u, edge_v), or one stands twice; sort and merge them")
        problems += [f"{name} repeat; keep one of each" for name, keys in (
            ("semantic edges", pair_number(self.link_entity, self.link_concept, max(self.concepts, 1))),
            ("forced entities", self.forced_entity), ("concepts in everywhere", self.everywhere))
            if len(np.unique(keys)) < len(keys)]
        return problems

    def _modes(self) -> list[str]:
        """Return what the kind of replication has no use for."""
        problems = []
        if self.replication != "halo" and (self.copy_price or self.most_copies is not None):
            problems.append(f"copy_price and most_copies say nothing in replication {self.replication!r}; "
                            "leave them out or use 'halo'")
        if self.replication != "selective" and len(self.everywhere):
            problems.append(f"everywhere says nothing in replication {self.replication!r}; "
                            "leave it out or use 'selective'")
        return problems


def pair_number(first: IntArray, second: IntArray, size: int) -> IntArray:
    """Return one number per pair, in lexicographic order; `size` is above every second."""
    numbers: IntArray = first * np.int64(size) + second
    return numbers
