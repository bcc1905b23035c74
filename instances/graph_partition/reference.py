"""Reference instances: small graphs with planted communities, as JSON lists keep them."""

from pathlib import Path
from typing import Any

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.core.files import read_json
from ecoopt.core.instance import Provenance
from ecoopt.instances.graph_partition.edges import merged_edges
from ecoopt.instances.graph_partition.schema import GraphPartitionInstance


def read_reference(file: Path, *, name: str) -> GraphPartitionInstance:
    """Read one graph of a JSON list of graphs.

    Each has ``name``, ``nodes``, ``parts``, ``max_part``, ``edges`` as triples of ends and weight, and
    ``concepts_of_node``. All loads and speeds are 1.

    Parameters
    ----------
    file : Path
        Plain or compressed.
    name : str
        Which graph.

    Raises
    ------
    InputError
        When the file is no such list, or has no graph of the name.
    """
    entries = read_json(file)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError.one(str(file), "", "is no list of graphs", "give a JSON list of objects")
    known = {str(entry.get("name")): entry for entry in entries}
    if name not in known:
        raise InputError.one(str(file), "name", f"has no graph {name!r}", f"use one of {', '.join(known)}")
    try:
        content = _content(known[name], file)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError.one(str(file), name, f"cannot be read: {type(error).__name__}: {error}",
                             "give nodes, parts, max_part, edges and concepts_of_node") from None
    instance: GraphPartitionInstance = GraphPartitionInstance.from_content(content, f"{file}: {name}")
    return instance


def _content(entry: dict[str, Any], file: Path) -> dict[str, Any]:
    """Return the fields of an instance."""
    nodes, parts = int(entry["nodes"]), int(entry["parts"])
    edges = np.array(entry["edges"], dtype=float).reshape(-1, 3)
    ends = edges[:, :2].astype(np.int64)
    if nodes < 1 or not 1 <= parts <= 4096 or (ends.size and not 0 <= ends.min() <= ends.max() < nodes):
        raise ValueError("nodes, parts or ends of edges are out of range")
    edge_u, edge_v, weight = merged_edges(ends[:, 0], ends[:, 1], edges[:, 2], nodes)
    links = [(v, int(j)) for v, row in enumerate(entry["concepts_of_node"]) for j in row]
    table = np.array(links, dtype=np.int64).reshape(-1, 2)
    return {
        "name": str(entry["name"]), "provenance": Provenance(source=f"reference graphs: {file.name}"),
        "load": np.ones(nodes), "edge_u": edge_u, "edge_v": edge_v, "edge_weight": weight,
        "concepts": int(table[:, 1].max(initial=-1)) + 1, "link_entity": table[:, 0], "link_concept": table[:, 1],
        "link_relation": np.zeros(len(table), np.int64), "relations": ("concept",),
        "capacity": np.full(parts, float(entry["max_part"])), "speed": np.ones(parts)}
