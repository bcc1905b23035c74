"""From a networkx graph to an instance: entities and concepts told by an attribute of the nodes."""

from typing import Any

import numpy as np

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments
from ecoopt.instances.graph_partition.devices import balanced_capacity
from ecoopt.instances.graph_partition.edges import merged_edges
from ecoopt.instances.graph_partition.schema import MOST_DEVICES, GraphPartitionInstance

_MOST_TOLD = 20


def from_networkx(graph: Any, *, devices: int = 2, slack: float = 0.1, **fields: Any) -> GraphPartitionInstance:
    """Return the instance of a networkx graph.

    Nodes are entities, and concepts where their attribute ``kind`` is ``"concept"``; an entity's ``load`` is 1 by
    default. Edges between entities have a weight ``w`` or ``weight``, 1 by default; an edge between an entity and a
    concept has a relation type ``rel``, "concept" by default. Directions are not looked at, parallel edges are added
    up, loops and repeated semantic edges left out.

    Parameters
    ----------
    graph : networkx graph
        Of any class.
    devices : int
        Number K of equal devices, where no `speed` is given.
    slack : float
        Capacities are (1 + slack) times each device's share of the load, where no `capacity` is given.
    **fields
        Further fields of the instance, as in ``relation_slack=0.2``; entities are numbered in the graph's order.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    check = Arguments("from_networkx")
    check.whole("devices", devices, 1, MOST_DEVICES)
    check.number("slack", slack, 0, 1e6)
    check.refuse()
    concept_of: dict[Any, int] = {}
    entity_of: dict[Any, int] = {}
    loads = []
    for node, attributes in graph.nodes(data=True):
        if attributes.get("kind") == "concept":
            concept_of[node] = len(concept_of)
        else:
            entity_of[node] = len(entity_of)
            loads.append(attributes.get("load", 1.0))
    ends, weights, links, problems = _edges(graph, entity_of, concept_of)
    if problems:
        raise InputError("from_networkx", problems[:_MOST_TOLD])
    edge_u, edge_v, edge_weight = merged_edges(ends[:, 0], ends[:, 1], weights, max(len(entity_of), 1))
    relations = tuple(dict.fromkeys(relation for _, _, relation in links))
    place = {relation: index for index, relation in enumerate(relations)}
    table = np.array([(v, j, place[relation]) for v, j, relation in links], np.int64).reshape(-1, 3)
    _, first = np.unique(table[:, 0] * max(len(concept_of), 1) + table[:, 1], return_index=True)
    content: dict[str, Any] = {
        "name": str(graph.name) or "networkx", "provenance": Provenance(source="networkx graph"), "load": loads,
        "edge_u": edge_u, "edge_v": edge_v, "edge_weight": edge_weight, "concepts": len(concept_of),
        "link_entity": table[first, 0], "link_concept": table[first, 1], "link_relation": table[first, 2],
        "relations": relations, "speed": np.ones(devices), "entity_names": tuple(map(str, entity_of)),
        "concept_names": tuple(map(str, concept_of))} | fields
    if "capacity" not in fields:
        try:
            load, speed = np.asarray(loads, float), np.asarray(content["speed"], float)
            content["capacity"] = balanced_capacity(load, speed, slack)
        except (TypeError, ValueError):
            raise InputError.one("from_networkx", "load", "a load or speed is no number", "correct it") from None
    instance: GraphPartitionInstance = GraphPartitionInstance.from_content(content, "from_networkx")
    return instance


def _edges(
    graph: Any, entity_of: dict[Any, int], concept_of: dict[Any, int],
) -> tuple[IntArray, FloatArray, list[tuple[int, int, str]], list[Problem]]:
    """Return ends and weights of co-engagement edges, semantic edges, and what is wrong with others."""
    ends, weights, links, problems = [], [], [], []
    for u, v, attributes in graph.edges(data=True):
        where = f"edge {u!r}, {v!r}"[:80]
        if u in entity_of and v in entity_of:
            weight = attributes.get("w", attributes.get("weight", 1.0))
            if isinstance(weight, bool) or not isinstance(weight, (int, float, np.number)) or not 0 < weight < np.inf:
                problems.append(Problem(where, f"{str(weight)[:40]!r} is no weight above 0", "correct it"))
                continue
            ends.append((entity_of[u], entity_of[v]))
            weights.append(float(weight))
        elif u in concept_of and v in concept_of:
            problems.append(Problem(where, "joins two concepts", "leave it out, or make one of them an entity"))
        else:
            entity, concept = (u, v) if u in entity_of else (v, u)
            links.append((entity_of[entity], concept_of[concept], str(attributes.get("rel", "concept"))))
    return np.array(ends, np.int64).reshape(-1, 2), np.array(weights), links, problems
