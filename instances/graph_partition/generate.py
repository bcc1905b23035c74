"""Generator: seeded graphs of titles, with communities, concepts of several relations and entities of no catalogue."""

from dataclasses import replace
from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments, plain
from ecoopt.instances.graph_partition.devices import balanced_capacity
from ecoopt.instances.graph_partition.edges import merged_edges
from ecoopt.instances.graph_partition.schema import GraphPartitionInstance, Memory, Synchronisation, pair_number
from ecoopt.instances.graph_partition.shortage import shortages

RELATIONS = ("genre", "maturity", "theme", "mood")
RELATION_SHARE = (0.5, 0.3, 0.15, 0.05)
_MOST_CHECKED = 100_000_000
_MODES = ("full", "halo", "selective")


def generate(
    *, entities: int = 60, devices: int = 2, slack: float = 0.1, communities: int | None = None, degree: float = 6.0,
    inside: float = 0.75, weights: str = "whole", concepts: int = 8, concepts_each: int = 3, external: float = 0.05,
    uneven_speed: float = 1.0, edge_load: float = 0.0, memory_slack: float | None = None,
    relation_slack: float | None = None, forced: int = 0, forbidden: int = 0, replication: str = "full",
    price: float = 1.0, most_copies: int | None = None, link_weight: float | None = None, epochs: int = 1,
    seed: int = 0, name: str | None = None,
) -> GraphPartitionInstance:
    """Return a random instance; the same arguments give the same bytes.

    Entities lie in communities of Zipf sizes. Most co-engagement edges join entities of a community, the others any
    two; external entities (not in the catalogue) have semantic edges alone. Concepts are few, some of them popular,
    their relation types heavily imbalanced.

    Parameters
    ----------
    entities, devices : int
        Numbers n and K.
    slack : float
        Capacities are (1 + slack) times each device's share of the load.
    communities : int, optional
        By default one per 15 entities, at least twice the devices.
    degree : float
        Co-engagement edges drawn for each entity; those drawn twice are one.
    inside : float
        Share of them within the community.
    weights : {"whole", "pareto", "one"}
        Weights 1 to 3, heavy-tailed, or all 1.
    concepts, concepts_each : int
        Number J, and semantic edges of each entity.
    external : float
        Share of entities without co-engagement edges.
    uneven_speed : float
        The fastest device's speed; the slowest has 1.
    edge_load : float
        Load of an entity's edge, half of a co-engagement edge; 1 for the entity itself.
    memory_slack : float, optional
        Device memory is (1 + memory_slack) times what an even share takes, with all concepts where they are everywhere
        and half of them where they are placed; no limit by default.
    relation_slack : float, optional
        Of the instance.
    forced, forbidden : int
        Number of pairs of each kind.
    replication : {"full", "halo", "selective"}
        Of the instance.
    price : float
        Of a copy (``halo``) or a concept's place (``selective``).
    most_copies : int, optional
        Of the instance (``halo``).
    link_weight : float, optional
        Of the instance; by default 0, and 1 in replication ``selective``.
    epochs : int
        Number S.
    seed : int
        Of everything that is drawn.
    name : str, optional
        Name of the instance.

    Raises
    ------
    InputError
        With every argument that is wrong, or where plainly no schedule keeps the limits.
    """
    arguments = dict(locals())
    _check(arguments)
    edge_rng, link_rng, weight_rng, pair_rng = (
        np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(4))
    outside = round(external * entities)
    inner = entities - outside
    groups = communities or max(2 * devices, round(entities / 15))
    first, second = _edges(edge_rng, inner, groups, degree, inside)
    edge_u, edge_v, _ = merged_edges(first, second, np.ones(len(first)), entities)
    m = len(edge_u)
    weight = _weights(weight_rng, m, weights)
    link_entity, link_concept, link_relation = _links(link_rng, entities, concepts, concepts_each)
    ends = np.bincount(edge_u, minlength=entities) + np.bincount(edge_v, minlength=entities)
    own = np.bincount(link_entity, minlength=entities)
    load = 1.0 + edge_load * (ends / 2 + own)
    speed = np.round(np.linspace(1.0, uneven_speed, devices), 3)
    memory = None
    if memory_slack is not None:
        node_gb, edge_gb = 0.002, 0.0005
        held = concepts if replication != "selective" else concepts / 2
        share = speed / speed.sum()
        even_gb = (node_gb * entities + edge_gb * (m + len(link_entity))) * share + node_gb * held
        memory = Memory(node_gb=node_gb, edge_gb=edge_gb, device_gb=np.round((1 + memory_slack) * even_gb, 6))
    forced_entity, forced_device, forbidden_entity, forbidden_device = _pairs(
        pair_rng, entities, devices, forced, forbidden)
    content: dict[str, Any] = {
        "name": name or f"graph-n{entities}-k{devices}-s{seed}",
        "provenance": Provenance(
            source="ecoopt graph generator: shapes of the graph of SemanticGNN (arXiv:2312.04071)",
            generator={field: plain(value) for field, value in arguments.items()}),
        "load": load, "edge_u": edge_u, "edge_v": edge_v, "edge_weight": weight, "concepts": concepts,
        "link_entity": link_entity, "link_concept": link_concept, "link_relation": link_relation,
        "relations": RELATIONS[:min(len(RELATIONS), concepts)],
        "link_weight": link_weight if link_weight is not None else float(replication == "selective"),
        "capacity": balanced_capacity(load, speed, slack), "speed": speed, "memory": memory,
        "relation_slack": relation_slack, "forced_entity": forced_entity, "forced_device": forced_device,
        "forbidden_entity": forbidden_entity, "forbidden_device": forbidden_device, "replication": replication,
        "copy_price": price if replication == "halo" else 0.0,
        "concept_price": price if replication == "selective" else 0.0, "most_copies": most_copies, "epochs": epochs,
        "synchronisation": Synchronisation(exchanged_gb=0.001 * concepts, bandwidth_gb_per_s=25.0)}
    instance: GraphPartitionInstance = GraphPartitionInstance.from_content(content, "generate graph_partition")
    _check_room(instance, arguments)
    return instance


def _check_room(instance: GraphPartitionInstance, given: dict[str, Any]) -> None:
    """Raise InputError where plainly no schedule keeps the limits."""
    if instance.entities * instance.devices > _MOST_CHECKED:
        return
    slacks = ["slack", *(name for name in ("memory_slack", "relation_slack") if given[name] is not None)]
    mend = f"raise {' or '.join(slacks)}, or use fewer devices"
    if problems := [replace(problem, mend=mend) for problem in shortages(instance)]:
        raise InputError("generate graph_partition", problems)


def _edges(
    rng: np.random.Generator, inner: int, groups: int, degree: float, inside: float,
) -> tuple[IntArray, IntArray]:
    """Return the ends of drawn edges; entities lie in communities of Zipf sizes, at random."""
    if inner < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    size = 1 / np.arange(1, groups + 1)
    border = np.round(np.cumsum(size) / size.sum() * inner).astype(np.int64)
    border[-1] = inner
    member = rng.permutation(inner)  # place in the communities to entity
    drawn = round(degree * inner)
    place = rng.integers(0, inner, drawn)
    group = np.searchsorted(border, place, side="right")
    begin = np.where(group > 0, border[group - 1], 0)
    near = begin + (rng.random(drawn) * (border[group] - begin)).astype(np.int64)
    far = rng.integers(0, inner, drawn)
    return member[place], member[np.where(rng.random(drawn) < inside, near, far)]


def _weights(rng: np.random.Generator, edges: int, kind: str) -> FloatArray:
    """Return weights of a kind, float array [edges]."""
    if kind == "one":
        return np.ones(edges)
    if kind == "pareto":
        return np.asarray(np.round(1 + rng.pareto(1.5, edges), 3))
    return rng.integers(1, 4, edges).astype(np.float64)


def _links(
    rng: np.random.Generator, entities: int, concepts: int, each: int,
) -> tuple[IntArray, IntArray, IntArray]:
    """Return semantic edges: `each` for an entity, fewer where a concept is drawn twice; some concepts are popular."""
    kinds = min(len(RELATIONS), concepts)
    if not concepts or not each:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    share = np.array(RELATION_SHARE[:kinds]) / sum(RELATION_SHARE[:kinds])
    relation = np.arange(concepts) % kinds
    popular = 1 / (1 + np.arange(concepts) // kinds)
    chance = popular * share[relation]
    drawn = rng.choice(concepts, (entities, each), p=chance / chance.sum())
    keys = np.unique(pair_number(np.repeat(np.arange(entities), each), drawn.ravel(), concepts))
    concept = keys % concepts
    return keys // concepts, concept, relation[concept]


def _pairs(
    rng: np.random.Generator, entities: int, devices: int, forced: int, forbidden: int,
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return forced and forbidden pairs, of different entities."""
    chosen = rng.permutation(entities)[:forced + forbidden]
    device = rng.integers(0, devices, len(chosen))
    return chosen[:forced], device[:forced], chosen[forced:], device[forced:]


def _check(given: dict[str, Any]) -> None:
    """Raise InputError with every wrong argument of ``generate``."""
    check = Arguments("generate graph_partition")
    entities_right = check.whole("entities", given["entities"], 1, 5_000_000)
    devices_right = check.whole("devices", given["devices"], 1, 4096)
    for field, low, high in (("slack", 0, 100), ("degree", 0, 1000), ("inside", 0, 1), ("external", 0, 1),
                             ("uneven_speed", 1, 1000), ("edge_load", 0, 1e6), ("price", 0, 1e9)):
        check.number(field, given[field], low, high)
    for field in ("memory_slack", "relation_slack", "link_weight"):
        if given[field] is not None:
            check.number(field, given[field], 0, 1e6)
    if given["communities"] is not None:
        check.whole("communities", given["communities"], 1, 1_000_000)
    if given["most_copies"] is not None and check.whole("most_copies", given["most_copies"], 0, 10**9) and (
            given["replication"] != "halo"):
        check.add("most_copies", "says nothing without copies", "leave it out, or use replication 'halo'")
    check.one_of("weights", given["weights"], ("whole", "pareto", "one"))
    check.one_of("replication", given["replication"], _MODES)
    check.whole("concepts", given["concepts"], 0, 1_000_000)
    check.whole("concepts_each", given["concepts_each"], 0, 1000)
    check.whole("epochs", given["epochs"], 1, 1000)
    check.whole("seed", given["seed"], 0, 2**63 - 1)
    limit = given["entities"] if entities_right else 5_000_000
    if check.whole("forced", given["forced"], 0, limit) and check.whole("forbidden", given["forbidden"], 0, limit):
        if given["forced"] + given["forbidden"] > limit:
            check.add("forbidden", "asks for more pairs than entities, together with forced", "lower one of them")
        if devices_right and given["devices"] == 1 and given["forbidden"]:
            check.add("forbidden", "leaves entities without a device", "use at least 2 devices")
    if given["name"] is not None and not (isinstance(given["name"], str) and 1 <= len(given["name"]) <= 200):
        check.add("name", "is no text of 1 to 200 characters", "correct it")
    check.refuse()
