"""Optima by enumeration: every choice of homes, copies and places in an epoch, and every way to join epochs.

Written in plain Python from the rules, apart from the referee and from what solvers use.
"""

from collections.abc import Iterator
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from ecoopt.core.errors import InputError
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule

MOST_CHOICES = 200_000
_CLOSE = 1e-9

Pairs = tuple[tuple[int, int], ...]


class _Choice(NamedTuple):
    """What is decided in an epoch: homes, copies as (entity, device), places as (concept, device)."""

    home: tuple[int, ...]
    copies: Pairs
    places: Pairs


def enumerate_optimum(instance: GraphPartitionInstance) -> tuple[float, GraphPartitionSchedule] | None:
    """Return the largest objective and a schedule that has it, None where nothing is feasible.

    Parameters
    ----------
    instance : GraphPartitionInstance
        A tiny one.

    Raises
    ------
    InputError
        When an epoch has too many choices.
    """
    n, devices = instance.entities, instance.devices
    bits = n * (devices - 1) * (instance.replication == "halo") + (
        instance.concepts * devices * (instance.replication == "selective"))
    if devices**n * 2**bits > MOST_CHOICES:
        raise InputError.one("enumerate_optimum", "instance", "has too many choices", "take a smaller one")
    best_of_mask: dict[tuple[int, int], tuple[float, _Choice]] = {}
    for choice in _choices(instance):
        masks, cost = _kept(instance, choice), _cost(instance, choice)
        if masks not in best_of_mask or cost < best_of_mask[masks][0]:
            best_of_mask[masks] = cost, choice
    joined: dict[tuple[int, int], tuple[float, tuple[_Choice, ...]]] = {(0, 0): (0.0, ())}
    for _ in range(instance.epochs):
        grown: dict[tuple[int, int], tuple[float, tuple[_Choice, ...]]] = {}
        for (edges, links), (before, chosen) in joined.items():
            for (more, seen), (cost, choice) in best_of_mask.items():
                masks = (edges | more, links | seen)
                if masks not in grown or before + cost < grown[masks][0]:
                    grown[masks] = before + cost, (*chosen, choice)
        joined = grown
    if not joined:
        return None
    value, masks = max((_worth(instance, masks) - cost, masks) for masks, (cost, _) in joined.items())
    return value, _schedule(joined[masks][1], instance.replication == "selective")


def _choices(instance: GraphPartitionInstance) -> Iterator[_Choice]:
    """Yield every feasible choice of an epoch."""
    devices = range(instance.devices)
    forced = dict(zip(instance.forced_entity.tolist(), instance.forced_device.tolist(), strict=True))
    forbidden = set(zip(instance.forbidden_entity.tolist(), instance.forbidden_device.tolist(), strict=True))
    for home in product(devices, repeat=instance.entities):
        if any(home[v] != k for v, k in forced.items()) or any(home[v] == k for v, k in forbidden):
            continue
        elsewhere = [(v, k) for v in range(instance.entities) for k in devices
                     if k != home[v] and (v, k) not in forbidden and instance.replication == "halo"]
        most = len(elsewhere) if instance.most_copies is None else min(instance.most_copies, len(elsewhere))
        for number in range(most + 1):
            for copies in combinations(elsewhere, number):
                for places in _all_places(instance):
                    choice = _Choice(home, copies, places)
                    if _fits(instance, choice):
                        yield choice


def _all_places(instance: GraphPartitionInstance) -> Iterator[Pairs]:
    """Yield every way to place the concepts, each somewhere."""
    devices = range(instance.devices)
    if instance.replication != "selective":
        yield tuple(product(range(instance.concepts), devices))
        return
    somewhere = [chosen for number in range(1, instance.devices + 1) for chosen in combinations(devices, number)]
    everywhere = [tuple(devices)]
    options = [everywhere if j in instance.everywhere else somewhere for j in range(instance.concepts)]
    for chosen in product(*options):
        yield tuple((j, k) for j, those in enumerate(chosen) for k in those)


def _fits(instance: GraphPartitionInstance, choice: _Choice) -> bool:
    """Return whether every device has room."""
    total_speed = sum(instance.speed.tolist())
    edges = list(zip(instance.edge_u.tolist(), instance.edge_v.tolist(), strict=True))
    degree = [sum(v in edge for edge in edges) for v in range(instance.entities)]
    for k in range(instance.devices):
        here = [v for v in range(instance.entities) if choice.home[v] == k]
        copied = [v for v, device in choice.copies if device == k]
        if sum(float(instance.load[v]) for v in here) > float(instance.capacity[k]) * (1 + _CLOSE):
            return False
        relations = [int(r) for v, r in zip(instance.link_entity, instance.link_relation, strict=True) if v in here]
        if (memory := instance.memory) is not None:
            nodes = len(here) + len(copied) + sum(device == k for _, device in choice.places)
            stored = len(relations) + sum(degree[v] for v in (*here, *copied)) / 2
            if memory.node_gb * nodes + memory.edge_gb * stored > float(memory.device_gb[k]) * (1 + _CLOSE):
                return False
        if instance.relation_slack is not None:
            share = (1 + instance.relation_slack) * float(instance.speed[k]) / total_speed
            for r in range(len(instance.relations)):
                if relations.count(r) > share * instance.link_relation.tolist().count(r) * (1 + _CLOSE):
                    return False
    return True


def _kept(instance: GraphPartitionInstance, choice: _Choice) -> tuple[int, int]:
    """Return the edges and the semantic edges that are kept, as bits."""
    held = {*enumerate(choice.home), *choice.copies}
    places = set(choice.places)
    edges = sum(1 << e for e, (u, v) in enumerate(zip(instance.edge_u.tolist(), instance.edge_v.tolist(), strict=True))
                if any((u, k) in held and (v, k) in held for k in range(instance.devices)))
    links = sum(1 << i for i, (v, j) in enumerate(zip(
        instance.link_entity.tolist(), instance.link_concept.tolist(), strict=True)) if (j, choice.home[v]) in places)
    return edges, links


def _cost(instance: GraphPartitionInstance, choice: _Choice) -> float:
    """Return the price of copies and of places beyond each concept's first."""
    return (instance.copy_price * len(choice.copies)
            + instance.concept_price * (len(choice.places) - instance.concepts))


def _worth(instance: GraphPartitionInstance, masks: tuple[int, int]) -> float:
    """Return the weight of edges and semantic edges."""
    edges, links = masks
    weight = sum(float(w) for e, w in enumerate(instance.edge_weight) if edges >> e & 1)
    return weight + instance.link_weight * links.bit_count()


def _schedule(chosen: tuple[_Choice, ...], placed: bool) -> GraphPartitionSchedule:
    """Return the schedule of a choice for each epoch, with places where concepts have some."""
    copies = [(s, v, k) for s, choice in enumerate(chosen) for v, k in choice.copies]
    places = [(s, j, k) for s, choice in enumerate(chosen) for j, k in choice.places if placed]
    copied, placed_at = (np.array(rows, np.int64).reshape(-1, 3).T for rows in (copies, places))
    return GraphPartitionSchedule(
        home=np.array([choice.home for choice in chosen]), copy_epoch=copied[0], copy_entity=copied[1],
        copy_device=copied[2], place_epoch=placed_at[0], place_concept=placed_at[1], place_device=placed_at[2])
