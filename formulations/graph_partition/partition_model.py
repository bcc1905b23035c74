"""The integer program: homes, copies and places of concepts over epochs, and what they keep; pairs where they are few.

Equation numbers are those of the family's page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pyomo.environ as pyo

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.run import Run
from ecoopt.formulations.expressions import go_on, linear, uncollected
from ecoopt.formulations.graph_partition.pair_cuts import Cut
from ecoopt.formulations.graph_partition.pair_problem import interchangeable
from ecoopt.formulations.graph_partition.size_rows import pair_index
from ecoopt.formulations.graph_partition.value_bounds import homes_decide
from ecoopt.formulations.highs import HandedOver, LinearModel, hand_over
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule, Resources, resources

MOST_PAIRS = 2000
_MOST_OPENED = 64
_LOOK = 100


@dataclass(frozen=True, eq=False)
class PartitionModel:
    """The program in arrays, with the way to and from schedules.

    Parameters
    ----------
    instance : GraphPartitionInstance
        What is asked.
    handed : HandedOver
        The arrays, and Pyomo's names of them.
    model : pyomo ConcreteModel
        Variables ``home[s,v,k]``, ``copy[s,v,k]``, ``place[s,j,k]``, ``both[s,e,k]``, ``covered[e]``, ``link[s,l,k]``,
        ``seen[l]``, ``together[p]``, as far as there are any.
    order : int array [n]
        Entities in the order in which they open devices, where these are alike.
    """

    instance: GraphPartitionInstance
    handed: HandedOver
    model: Any
    order: IntArray
    pairs: bool

    @property
    def linear(self) -> LinearModel:
        """The arrays."""
        return self.handed.model

    def schedule(self, x: FloatArray) -> GraphPartitionSchedule:
        """Return the schedule of a solution."""
        one = self.instance
        home = self._values(x, "home", one.entities).argmax(axis=2)
        content: dict[str, Any] = {"home": home}
        for name, size, columns in (
                ("copy", one.entities, ("copy_epoch", "copy_entity", "copy_device")),
                ("place", one.concepts, ("place_epoch", "place_concept", "place_device"))):
            if hasattr(self.model, name):
                content |= dict(zip(columns, np.nonzero(self._values(x, name, size) > 0.5), strict=True))
        return GraphPartitionSchedule(**content)

    def start(self, schedule: GraphPartitionSchedule) -> FloatArray:
        """Return the columns of a feasible schedule, devices renamed where they are alike."""
        one = self.instance
        x = np.zeros(self.linear.columns)
        home, copies, places = _tables(one, schedule)
        if interchangeable(one):
            for s in range(one.epochs):
                new = _names(home[s][self.order], one.devices)
                old = np.argsort(new)
                home[s], copies[s], places[s] = new[home[s]], copies[s][:, old], places[s][:, old]
        at = home[:, :, None] == np.arange(one.devices)
        held = at | copies
        both = held[:, one.edge_u] & held[:, one.edge_v]
        link = at[:, one.link_entity] & places[:, one.link_concept]
        first, second = np.triu_indices(one.entities, 1)
        values: dict[str, Any] = {
            "home": at, "copy": copies & ~at, "place": places, "both": both, "covered": both.any(axis=(0, 2)),
            "link": link, "seen": link.any(axis=(0, 2)), "together": home[0][first] == home[0][second]}
        for variable, table in values.items():
            if hasattr(self.model, variable):
                x[self.handed.columns_of(getattr(self.model, variable))] = table.ravel()
        return x

    def point(self, x: FloatArray) -> FloatArray:
        """Return the point Z of a solution of a model with pairs, float array [n, n]."""
        n = self.instance.entities
        point = np.eye(n)
        point[np.triu_indices(n, 1)] = x[self.handed.columns_of(self.model.together)]
        return np.maximum(point, point.T)

    def _values(self, x: FloatArray, name: str, size: int) -> FloatArray:
        found: FloatArray = x[self.handed.columns_of(getattr(self.model, name))]
        return found.reshape(self.instance.epochs, size, self.instance.devices)


def has_pairs(instance: GraphPartitionInstance) -> bool:
    """Return whether the model has a variable for every pair of entities."""
    n = instance.entities
    return homes_decide(instance) and instance.devices > 1 and n * (n - 1) // 2 <= MOST_PAIRS


@uncollected
def partition_model(
    instance: GraphPartitionInstance, cuts: Sequence[Cut] = (), run: Run | None = None,
) -> PartitionModel:
    """Return the program of an instance.

    Parameters
    ----------
    instance : GraphPartitionInstance
        What is asked.
    cuts : sequence of Cut
        Over entities; only where the model has pairs.
    run : Run, optional
        Says when to stop building.

    Raises
    ------
    StoppedError
        When the run must stop.

    Notes
    -----
    Rows by their equations on the page: ``one_home`` (1), ``room`` (2), ``kept`` (3) or ``split`` (8), ``cover`` (4),
    ``no_copy_at_home``, ``few_copies`` (5), ``placed``, ``linked``, ``see`` (6), ``opened`` (7), ``size``, ``cut`` (9).
    """
    limits = resources(instance)
    model = pyo.ConcreteModel(name=instance.name)
    weight = np.bincount(instance.edge_u, instance.edge_weight, instance.entities) + np.bincount(
        instance.edge_v, instance.edge_weight, instance.entities)
    order = np.argsort(-weight, kind="stable")
    pairs = has_pairs(instance)
    terms: list[tuple[list[float], list[Any]]] = []
    _homes(model, instance, limits)
    go_on(run)
    if instance.replication == "halo":
        terms.append(_copies(model, instance, limits))
    if instance.replication == "selective":
        terms += _places(model, instance)
    _rooms(model, instance, limits)
    go_on(run)
    terms.append(_pairs(model, instance, limits, cuts) if pairs else _kept(model, instance, run))
    go_on(run)
    if interchangeable(instance):
        _opened(model, instance, order)
    links = instance.link_weight * instance.links if instance.replication != "selective" else 0.0
    extra = instance.epochs * instance.concepts * (
        -1 if instance.replication == "selective" else instance.devices - 1)
    model.objective = pyo.Objective(
        sense=pyo.maximize, expr=linear([c for one, _ in terms for c in one], [v for _, some in terms for v in some],
                                        links - instance.concept_price * extra))
    go_on(run)
    return PartitionModel(instance, hand_over(model), model, order, pairs)


def _homes(model: Any, one: GraphPartitionInstance, limits: Resources) -> None:
    """Every entity has one home, where it may be."""
    allowed = limits.allowed.tolist()
    model.home = pyo.Var(range(one.epochs), range(one.entities), range(one.devices), within=pyo.Binary,
                         bounds=lambda _, s, v, k: (0, int(allowed[v][k])))
    model.one_home = pyo.Constraint(range(one.epochs), range(one.entities), rule=lambda m, s, v: linear(
        [1.0] * one.devices, [m.home[s, v, k] for k in range(one.devices)]) == 1)


def _copies(model: Any, one: GraphPartitionInstance, limits: Resources) -> tuple[list[float], list[Any]]:
    """Entities may be copied to where they are not at home."""
    allowed = limits.copy_allowed.tolist()
    model.copy = pyo.Var(range(one.epochs), range(one.entities), range(one.devices), within=pyo.Binary,
                         bounds=lambda _, s, v, k: (0, int(allowed[v][k])))
    model.no_copy_at_home = pyo.Constraint(
        range(one.epochs), range(one.entities), range(one.devices),
        rule=lambda m, s, v, k: linear([1.0, 1.0], [m.home[s, v, k], m.copy[s, v, k]]) <= 1)
    copies = list(model.copy.values())
    if one.most_copies is not None:
        each = one.entities * one.devices
        model.few_copies = pyo.Constraint(range(one.epochs), rule=lambda _, s: linear(
            [1.0] * each, copies[s * each:(s + 1) * each]) <= one.most_copies)
    return [-one.copy_price] * len(copies), copies


def _places(model: Any, one: GraphPartitionInstance) -> list[tuple[list[float], list[Any]]]:
    """Concepts are placed, and a semantic edge is seen where its concept is at its entity's home."""
    must = set(one.everywhere.tolist())
    epochs, devices = range(one.epochs), range(one.devices)
    model.place = pyo.Var(epochs, range(one.concepts), devices, within=pyo.Binary,
                          bounds=lambda _, s, j, k: (int(j in must), 1))
    model.placed = pyo.Constraint(epochs, range(one.concepts), rule=lambda m, s, j: linear(
        [1.0] * one.devices, [m.place[s, j, k] for k in devices]) >= 1)
    places = list(model.place.values())
    terms = [([-one.concept_price] * len(places), places)]
    if not one.links or not one.link_weight:
        return terms
    ends = list(zip(one.link_entity.tolist(), one.link_concept.tolist(), strict=True))
    model.link = pyo.Var(epochs, range(one.links), devices, bounds=(0, 1))
    model.seen = pyo.Var(range(one.links), bounds=(0, 1))
    model.linked = pyo.Constraint(epochs, range(one.links), devices, (0, 1), rule=lambda m, s, i, k, end: linear(
        [1.0, -1.0], [m.link[s, i, k], m.place[s, ends[i][1], k] if end else m.home[s, ends[i][0], k]]) <= 0)
    model.see = pyo.Constraint(range(one.links), rule=lambda m, i: linear(
        [1.0, *[-1.0] * (one.epochs * one.devices)],
        [m.seen[i], *(m.link[s, i, k] for s in epochs for k in devices)]) <= 0)
    return [*terms, ([one.link_weight] * one.links, list(model.seen.values()))]


def _rooms(model: Any, one: GraphPartitionInstance, limits: Resources) -> None:
    """No device has more than it has room for."""
    need, copy_need = limits.need.T.tolist(), limits.copy_need.T.tolist()

    def room(m: Any, s: int, k: int, d: int) -> Any:
        coefficients, variables = list(need[d]), [m.home[s, v, k] for v in range(one.entities)]
        if one.replication == "halo" and any(copy_need[d]):
            coefficients += copy_need[d]
            variables += [m.copy[s, v, k] for v in range(one.entities)]
        if one.replication == "selective" and limits.concept_need[d]:
            coefficients += [float(limits.concept_need[d])] * one.concepts
            variables += [m.place[s, j, k] for j in range(one.concepts)]
        return linear(coefficients, variables) <= float(limits.room[k, d])

    model.room = pyo.Constraint(range(one.epochs), range(one.devices), range(len(need)), rule=room)


def _kept(model: Any, one: GraphPartitionInstance, run: Run | None) -> tuple[list[float], list[Any]]:
    """Keep an edge where a device has both its ends, and cover it if that is so once."""
    epochs, devices, halo = range(one.epochs), range(one.devices), one.replication == "halo"
    ends = (one.edge_u.tolist(), one.edge_v.tolist())
    model.both = pyo.Var(epochs, range(one.edges), devices, bounds=(0, 1))

    model.kept = pyo.Constraint(epochs, range(one.edges), devices, (0, 1))
    for s, e in product(epochs, range(one.edges)):
        if not e % _LOOK:
            go_on(run)
        for k, end in product(devices, (0, 1)):
            v = ends[end][e]
            held = [model.home[s, v, k], *([model.copy[s, v, k]] if halo else [])]
            model.kept.add((s, e, k, end), linear([1.0, *[-1.0] * len(held)], [model.both[s, e, k], *held]) <= 0)
    model.covered = pyo.Var(range(one.edges), bounds=(0, 1))
    model.cover = pyo.Constraint(range(one.edges), rule=lambda m, e: linear(
        [1.0, *[-1.0] * (one.epochs * one.devices)],
        [m.covered[e], *(m.both[s, e, k] for s in epochs for k in devices)]) <= 0)
    return one.edge_weight.tolist(), list(model.covered.values())


def _pairs(
    model: Any, one: GraphPartitionInstance, limits: Resources, cuts: Sequence[Cut],
) -> tuple[list[float], list[Any]]:
    """Whether two entities are together is a variable of its own, so that sizes and cuts can speak of it."""
    n, index = one.entities, pair_index(one.entities)
    model.together = pyo.Var(range(n * (n - 1) // 2), bounds=(0, 1))
    together = list(model.together.values())
    number = index[one.edge_u, one.edge_v].tolist()
    ends = list(zip(one.edge_u.tolist(), one.edge_v.tolist(), strict=True))

    def split(m: Any, e: int, k: int, end: int) -> Any:
        u, v = ends[e] if end else ends[e][::-1]
        return linear([1.0, 1.0, -1.0], [together[number[e]], m.home[0, u, k], m.home[0, v, k]]) <= 1

    model.split = pyo.Constraint(range(one.edges), range(one.devices), (0, 1), rule=split)
    most, need = limits.room.max(axis=0), limits.need

    def size(_: Any, v: int, d: int) -> Any:
        others = [u for u in range(n) if u != v]
        return linear(need[others, d].tolist(), [together[p] for p in index[v, others].tolist()]) <= float(
            most[d] - need[v, d])

    model.size = pyo.Constraint(range(n), range(need.shape[1]), rule=size)
    model.cut = pyo.Constraint(range(len(cuts)), rule=lambda _, i: linear(
        list(cuts[i].sign), [together[p] for p in index[list(cuts[i].first), list(cuts[i].second)].tolist()])
        <= cuts[i].limit)
    return one.edge_weight.tolist(), [together[p] for p in number]


def _opened(model: Any, one: GraphPartitionInstance, order: IntArray) -> None:
    """Let an entity open device k only where one before it is on device k - 1; devices are alike."""
    entities = order.tolist()
    for s in range(one.epochs):
        for place, v in enumerate(entities[:one.devices]):
            for k in range(place + 1, one.devices):
                model.home[s, v, k].setub(0)
    model.opened = pyo.Constraint(
        range(one.epochs), range(1, min(one.entities, _MOST_OPENED)), range(1, one.devices),
        rule=lambda m, s, i, k: linear(
            [1.0, *[-1.0] * i], [m.home[s, entities[i], k], *(m.home[s, v, k - 1] for v in entities[:i])]) <= 0
        if k <= i else pyo.Constraint.Skip)


def _tables(
    one: GraphPartitionInstance, schedule: GraphPartitionSchedule,
) -> tuple[IntArray, np.ndarray, np.ndarray]:
    """Return homes [S, n], copies [S, n, K] and places [S, J, K] of a schedule."""
    copies = np.zeros((one.epochs, one.entities, one.devices), bool)
    copies[schedule.copy_epoch, schedule.copy_entity, schedule.copy_device] = True
    places = np.zeros((one.epochs, one.concepts, one.devices), bool)
    places[schedule.place_epoch, schedule.place_concept, schedule.place_device] = True
    return schedule.home.astype(np.int64), copies, places


def _names(home: IntArray, devices: int) -> IntArray:
    """Return a new number for each device: in order of their first entity, then those without one."""
    used = list(dict.fromkeys(home.tolist()))
    names = np.zeros(devices, np.int64)
    names[[*used, *(k for k in range(devices) if k not in used)]] = np.arange(devices)
    return names
