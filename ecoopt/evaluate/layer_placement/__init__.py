"""The referee of layer placements: the largest flow through the machines, by networkx, and which rules are broken.

The network is that of Helix (Mei et al., ASPLOS'25, section 4.3), written from its description; no closed form is used.
"""

from math import fsum

import networkx as nx
import numpy as np

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.core.score import Score, Term, Violation
from ecoopt.evaluate.violations import broken
from ecoopt.instances.layer_placement import LayerPlacementInstance, LayerPlacementSchedule

__all__ = ["BEYOND", "SHORT", "TOO_MANY", "evaluate"]

TOO_MANY = "a machine holds more layers than it can"
BEYOND = "a machine holds layers beyond the model's last"
SHORT = "the throughput does not reach the demand"


def evaluate(instance: Instance, schedule: Schedule) -> Score:
    """Return objective, terms and all violations of a placement; a machine that breaks a rule carries nothing.

    Parameters
    ----------
    instance : LayerPlacementInstance
        What is asked.
    schedule : LayerPlacementSchedule
        What was decided.

    Raises
    ------
    InputError
        When either is of another type, or there is not one entry per machine.
    """
    if not isinstance(instance, LayerPlacementInstance) or not isinstance(schedule, LayerPlacementSchedule):
        raise InputError.one("evaluate", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a LayerPlacementInstance and a LayerPlacementSchedule")
    if len(schedule.held) != len(instance.kind):
        raise InputError.one("schedule", "held", f"has {len(schedule.held)} entries for {len(instance.kind)} machines",
                             "give one for each")
    types = [instance.types[q] for q in instance.kind.tolist()]
    most = np.array([len(each.tokens_per_s) for each in types])
    over = np.where(schedule.held > 0, schedule.held - most, 0)
    beyond = np.where(schedule.held > 0, schedule.first + schedule.held - instance.layers, 0)
    tokens_per_s = _largest_flow(instance, schedule, np.flatnonzero((schedule.held > 0) & (over <= 0) & (beyond <= 0)))
    used = [types[i] for i in np.flatnonzero(schedule.held)]
    power_w = fsum(each.power_w for each in used)
    carbon_g = power_w * instance.pue * instance.intensity_g_per_kwh / 1000 + fsum(
        each.embodied_g_per_h for each in used)
    price = fsum(each.price_per_h for each in used)
    objective = {"throughput": float(tokens_per_s), "cost": -price, "carbon": -carbon_g}[instance.objective]
    demand = instance.demand_tokens_per_s or 0

    def machine(i: int) -> str:
        return f"machine {i} ({types[i].name})"

    violations: list[Violation] = [
        *broken(TOO_MANY, "layers", over, machine), *broken(BEYOND, "layers", beyond, machine),
        *broken(SHORT, "tokens/s", [demand - tokens_per_s], lambda _: "throughput")]
    terms = {"throughput_tokens_per_s": (tokens_per_s, "tokens/s"), "machines": (len(used), ""),
             "price_per_h": (price, "$/h"), "carbon_g_per_h": (carbon_g, "gCO2e/h"), "power_w": (power_w, "W")}
    return Score(objective=objective, violations=tuple(violations),
                 terms={name: Term(value=float(value), unit=unit) for name, (value, unit) in terms.items()})


def _largest_flow(instance: LayerPlacementInstance, schedule: LayerPlacementSchedule, sound: IntArray) -> int:
    """Return the maximum flow from where requests come to where answers go.

    A machine is an edge from its entrance to its exit. From the exit of a machine whose last layer is e - 1 links lead
    to the entrance of every machine that holds layer e. Where links do not bind, they meet in one node for each e.
    """
    network = nx.DiGraph()
    network.add_nodes_from(["source", "sink"])
    links, layers = instance.links, instance.layers
    kind, first = instance.kind.tolist(), schedule.first.tolist()
    end = (schedule.first + schedule.held).tolist()
    for i in sound.tolist():
        speed = int(instance.types[kind[i]].tokens_per_s[end[i] - first[i] - 1])
        network.add_edge(("in", i), ("out", i), capacity=speed)
        if links is None:
            network.add_edges_from((("before", e), ("in", i)) for e in range(first[i], end[i]))
            network.add_edge(("out", i), ("before", end[i]))
            continue
        if first[i] == 0:
            network.add_edge("source", ("in", i), capacity=int(links.entry[kind[i]]))
        if end[i] == layers:
            network.add_edge(("out", i), "sink", capacity=int(links.leaving[kind[i]]))
        network.add_edges_from(
            (("out", i), ("in", j), {"capacity": int(links.between[kind[i], kind[j]])})
            for j in sound.tolist() if first[j] <= end[i] < end[j])
    if links is None:
        network.add_edge("source", ("before", 0))
        network.add_edge(("before", layers), "sink")
    return int(nx.maximum_flow_value(network, "source", "sink"))
