"""From files to an instance: lists of co-engagement and semantic edges, and reference graphs."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError, Problem
from ecoopt.core.files import read_bytes
from ecoopt.core.instance import Provenance
from ecoopt.instances.arguments import Arguments
from ecoopt.instances.graph_partition.devices import balanced_capacity
from ecoopt.instances.graph_partition.edges import merged_edges
from ecoopt.instances.graph_partition.reference import read_reference
from ecoopt.instances.graph_partition.schema import MOST_DEVICES, GraphPartitionInstance

_MOST_TOLD = 20
_HEADERS = (("source", "target"), ("src", "dst"), ("from", "to"), ("entity", "concept"))


def read_edge_list(
    edges: Path, links: Path | None = None, *, devices: int = 2, slack: float = 0.1,
) -> GraphPartitionInstance:
    """Read a graph from lists of edges.

    Columns are divided by spaces, tabs or commas; lines that begin with ``#`` or ``%`` are left out. Entities and
    concepts are any words; they are numbered in order of appearance, those of `edges` first. Duplicates are merged,
    loops left out. A first line that names the columns is left out, too: in `edges` one whose third column is no
    number, in either file one that begins with ``source target``, ``src dst``, ``from to`` or ``entity concept``.

    Parameters
    ----------
    edges : Path
        Co-engagement edges: two entities and, where it is not 1, a weight.
    links : Path, optional
        Semantic edges: an entity, a concept and, where there are several, a relation type.
    devices : int
        Number K of equal devices.
    slack : float
        Capacities are (1 + slack) n / K entities.

    Raises
    ------
    InputError
        With every line that cannot be read, the first twenty of them.
    """
    check = Arguments("read_edge_list")
    check.whole("devices", devices, 1, MOST_DEVICES)
    check.number("slack", slack, 0, 1e6)
    check.refuse()
    problems: list[Problem] = []
    rows = _rows(edges, problems)
    weight = np.ones(len(rows))
    if rows and len(rows[0][1]) == 3 and not _is_number(rows[0][1][2]):
        rows, weight = rows[1:], weight[1:]
    for index, (line, words) in enumerate(rows):
        if len(words) == 3:
            weight[index] = _weight(words[2], f"{edges.name}:{line}", problems)
    link_rows = [] if links is None else _rows(links, problems)
    if problems:
        raise InputError("import edge-list", problems[:_MOST_TOLD])
    entities, ends = _numbered([word for _, words in rows for word in words[:2]]
                               + [words[0] for _, words in link_rows])
    concepts, link_concept = _numbered([words[1] for _, words in link_rows])
    relations, relation = _numbered([words[2] if len(words) == 3 else "concept" for _, words in link_rows])
    pairs, link_entity = ends[:2 * len(rows)].reshape(-1, 2), ends[2 * len(rows):]
    edge_u, edge_v, edge_weight = merged_edges(pairs[:, 0], pairs[:, 1], weight, max(len(entities), 1))
    _, first = np.unique(link_entity * np.int64(max(len(concepts), 1)) + link_concept, return_index=True)
    speed, load = np.ones(devices), np.ones(len(entities))
    content = {
        "name": f"edges-{edges.stem}-k{devices}",
        "provenance": Provenance(source=f"edge lists: {edges.name}" + (f", {links.name}" if links else "")),
        "load": load, "edge_u": edge_u, "edge_v": edge_v, "edge_weight": edge_weight, "concepts": len(concepts),
        "link_entity": link_entity[first], "link_concept": link_concept[first], "link_relation": relation[first],
        "relations": tuple(relations), "capacity": balanced_capacity(load, speed, slack), "speed": speed,
        "entity_names": tuple(entities), "concept_names": tuple(concepts)}
    instance: GraphPartitionInstance = GraphPartitionInstance.from_content(content, str(edges))
    return instance


def _rows(path: Path, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    """Return the number and words of each line with two or three words, and note the others."""
    try:
        text = read_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError.one(str(path), "", "is not UTF-8 text", "save it as UTF-8") from None
    found = []
    for number, line in enumerate(io.StringIO(text), 1):
        words = line.replace(",", " ").split()
        if not words or words[0][0] in "#%":
            continue
        if len(words) in (2, 3):
            found.append((number, words))
        else:
            problems.append(Problem(f"{path.name}:{number}", f"has {len(words)} columns", "give two or three"))
    if found and tuple(word.lower() for word in found[0][1][:2]) in _HEADERS:
        del found[0]
    return found


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _weight(word: str, where: str, problems: list[Problem]) -> float:
    """Return a weight, and note one that is none."""
    value = float(word) if _is_number(word) else -1.0
    if not 0 < value < float("inf"):
        problems.append(Problem(where, f"{word[:40]!r} is no weight above 0", "correct it"))
    return value


def _numbered(words: Sequence[str]) -> tuple[list[str], IntArray]:
    """Return the distinct words in order of appearance, and the number of each word."""
    number: dict[str, int] = {}
    numbers = np.fromiter((number.setdefault(word, len(number)) for word in words), np.int64, len(words))
    return list(number), numbers


READERS = {"edge-list": read_edge_list, "graph-reference": read_reference}
