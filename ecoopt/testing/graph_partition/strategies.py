"""Hypothesis strategies for tiny graphs to cut, and for schedules of them, right and wrong."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule, Memory, merged_edges


@st.composite
def graph_partition_instances(
    draw: st.DrawFn, *, entities: int = 6, devices: int = 3, epochs: int = 2, replication: str | None = None,
) -> GraphPartitionInstance:
    """Draw a tiny instance: ties, free entities, tight and roomy devices, equal or not, all kinds of limits.

    Parameters
    ----------
    entities, devices, epochs : int
        The most of each.
    replication : str, optional
        As in the instance; drawn when None.
    """
    mode = replication or draw(st.sampled_from(("full", "full", "halo", "selective")))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    small = mode != "full"
    n = draw(st.integers(1, entities - 2 * small))
    k = draw(st.integers(1, devices - small))
    m = draw(st.integers(0, 2 * n))
    edge_u, edge_v, weight = merged_edges(
        rng.integers(0, n, m), rng.integers(0, n, m), rng.integers(1, 5, m) / draw(st.sampled_from((1, 1, 3))), n)
    concepts = draw(st.integers(0, 2))
    pairs = np.unique(rng.integers(0, n * concepts, rng.integers(0, 2 * n))) if concepts else np.zeros(0, np.int64)
    even = draw(st.booleans())
    load = np.ones(n) if even else rng.integers(0, 4, n) / draw(st.sampled_from((1, 3)))
    speed = np.ones(k) if draw(st.booleans()) else rng.integers(1, 4, k).astype(float)
    capacity = load.sum() * speed / speed.sum() * draw(st.sampled_from((1.0, 1.3, 2.0)))
    content: dict[str, Any] = {
        "name": "tiny", "load": load, "edge_u": edge_u, "edge_v": edge_v, "edge_weight": weight, "concepts": concepts,
        "link_entity": pairs // max(concepts, 1), "link_concept": pairs % max(concepts, 1),
        "link_relation": pairs % 2, "relations": ("genre", "mood"), "capacity": np.ceil(capacity) if even else capacity,
        "speed": speed, "replication": mode, "epochs": draw(st.integers(1, epochs if n <= 4 else 1)),
        "link_weight": draw(st.sampled_from((0.0, 1.0, 0.5))), "concept_price": draw(st.sampled_from((0.0, 0.75, 2.0)))}
    if draw(st.integers(0, 2)) == 0:
        content["memory"] = Memory(node_gb=1.0, edge_gb=draw(st.sampled_from((0.0, 0.5))),
                                   device_gb=np.full(k, float(draw(st.integers(2, 12)))))
    if draw(st.integers(0, 2)) == 0:
        content["relation_slack"] = draw(st.sampled_from((0.2, 1.0)))
    if draw(st.integers(0, 2)) == 0:
        content |= {"forced_entity": [int(rng.integers(0, n))], "forced_device": [int(rng.integers(0, k))]}
    if draw(st.integers(0, 2)) == 0:
        content |= {"forbidden_entity": [int(rng.integers(0, n))], "forbidden_device": [int(rng.integers(0, k))]}
    if mode == "halo":
        content |= {"copy_price": draw(st.sampled_from((0.0, 0.5, 1.5, 100.0))),
                    "most_copies": draw(st.sampled_from((None, 0, 1, 3)))}
    if mode == "selective" and concepts and draw(st.booleans()):
        content["everywhere"] = [int(rng.integers(0, concepts))]
    return GraphPartitionInstance(**content)


@st.composite
def graph_partition_schedules(draw: st.DrawFn, instance: GraphPartitionInstance) -> GraphPartitionSchedule:
    """Draw any schedule of an instance: most break rules, some name devices and entities that do not exist."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    beyond = draw(st.integers(0, 1))
    home = rng.integers(0, instance.devices + beyond, (instance.epochs, instance.entities))
    rows = [np.unique(np.stack([rng.integers(0, instance.epochs + beyond, size),
                                rng.integers(0, max(kinds, 1) + beyond, size),
                                rng.integers(0, instance.devices + beyond, size)], axis=1), axis=0)
            for kinds, size in ((instance.entities, draw(st.integers(0, 4))),
                                (instance.concepts, draw(st.integers(0, 6))))]
    return GraphPartitionSchedule(
        home=home, copy_epoch=rows[0][:, 0], copy_entity=rows[0][:, 1], copy_device=rows[0][:, 2],
        place_epoch=rows[1][:, 0], place_concept=rows[1][:, 1], place_device=rows[1][:, 2])
