"""Pictures of a graph cut for devices: entities by device with kept and cut edges, and what each device has to do."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.graph_partition import GraphPartitionInstance, GraphPartitionSchedule
from ecoopt.plot.style import MUTED, OTHERS, SERIES, new_figure, style

TRADEOFF = ("epoch_s", "kept_weight")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

MOST_ENTITIES, MOST_DEVICES = 400, 20
"""Entities and devices up to which every entity is drawn; beyond, the weight between devices is."""

_GOLDEN = np.pi * (3 - np.sqrt(5))


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a partition.

    Parameters
    ----------
    instance : GraphPartitionInstance
        What was asked.
    schedule : GraphPartitionSchedule
        What was decided; drawn as written, allowed or not, entities at unknown homes excepted.

    Returns
    -------
    dict of str to Figure
        ``partition``: the first epoch. Left, entities by device with their edges, those cut grey; where there are many,
        the weight between any two devices. Right, the load of each device beside its capacity.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, GraphPartitionInstance) or not isinstance(schedule, GraphPartitionSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a GraphPartitionInstance and a GraphPartitionSchedule")
    home = np.full(instance.entities, -1, np.int64)
    if len(schedule.home):
        row = schedule.home[0, :instance.entities].astype(np.int64)
        home[:len(row)] = np.where(row < instance.devices, row, -1)
    with style():
        return {"partition": _partition(instance, home)}


def _partition(instance: GraphPartitionInstance, home: IntArray) -> Figure:
    """Draw the graph, and the devices' loads."""
    ends = home[instance.edge_u], home[instance.edge_v]
    kept = float(instance.edge_weight[(ends[0] == ends[1]) & (ends[0] >= 0)].sum())
    total = instance.total_weight
    share = kept / total if total else 1.0
    figure = new_figure(7.6, 3.9, f"{instance.entities} entities on {instance.devices} devices: {100 * share:.1f} % of "
                                  "the co-engagement weight is kept.")
    figure.suptitle(_short(instance.name, 90), x=0.01, ha="left")
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1.0])
    left.set_title(f"kept {kept:g} of {total:g}, {100 * share:.1f} %")
    if instance.entities <= MOST_ENTITIES and instance.devices <= MOST_DEVICES:
        _graph(left, instance, home)
    else:
        _matrix(left, instance, ends, figure)
    _loads(right, instance, home)
    return figure


def _graph(panel: Axes, instance: GraphPartitionInstance, home: IntArray) -> None:
    """Draw the entities of each device in a disc, and all edges."""
    place = _places(home, instance.devices)
    lines = np.stack([place[instance.edge_u], place[instance.edge_v]], axis=1)
    ends = home[instance.edge_u], home[instance.edge_v]
    known = (ends[0] >= 0) & (ends[1] >= 0)
    width = 0.3 + 0.9 * instance.edge_weight / max(float(instance.edge_weight.max(initial=1.0)), 1e-12)
    cut = known & (ends[0] != ends[1])
    panel.add_collection(LineCollection(list(lines[cut]), linewidths=width[cut], colors=OTHERS.light))
    for k in range(instance.devices):
        shade = SERIES[k % len(SERIES)].light
        inner = known & (ends[0] == k) & (ends[1] == k)
        panel.add_collection(LineCollection(list(lines[inner]), linewidths=width[inner], colors=shade))
        here = home == k
        panel.scatter(place[here, 0], place[here, 1], s=12, color=shade, linewidths=0, zorder=3)
    panel.set_aspect("equal")
    panel.autoscale_view()
    panel.set_axis_off()


def _places(home: IntArray, devices: int) -> FloatArray:
    """Return where each entity is drawn, float array [n, 2]: in a spiral around its device's place on a circle."""
    place = np.zeros((len(home), 2))
    size = np.sqrt(max(int(np.bincount(home[home >= 0], minlength=devices).max(initial=1)), 1))
    around = 0.0 if devices == 1 else 1.3 * size / np.sin(np.pi / devices)
    for k in range(devices):
        here = np.flatnonzero(home == k)
        order = np.arange(len(here))
        radius, angle = np.sqrt(order + 0.5), order * _GOLDEN
        turn = 2 * np.pi * k / devices + np.pi / 2
        place[here, 0] = around * np.cos(turn) + radius * np.cos(angle)
        place[here, 1] = around * np.sin(turn) + radius * np.sin(angle)
    return place


def _matrix(panel: Axes, instance: GraphPartitionInstance, ends: tuple[IntArray, IntArray], figure: Figure) -> None:
    """Draw the weight between any two devices, darker the more there is."""
    devices = instance.devices
    known = (ends[0] >= 0) & (ends[1] >= 0)
    weight = np.zeros((devices, devices))
    np.add.at(weight, (ends[0][known], ends[1][known]), instance.edge_weight[known])
    weight = np.where(np.eye(devices, dtype=bool), weight, weight + weight.T)
    image = panel.imshow(np.log10(1 + weight), cmap="Greys", vmin=0)
    figure.colorbar(image, ax=panel, shrink=0.8, label="log10 (1 + weight)")
    panel.set_xlabel("device")
    panel.set_ylabel("device")
    panel.grid(visible=False)


def _loads(panel: Axes, instance: GraphPartitionInstance, home: IntArray) -> None:
    """Draw each device's load, and its capacity as a line."""
    devices = np.arange(instance.devices)
    there = home >= 0
    load = np.bincount(home[there], instance.load[there], instance.devices)
    colours = [SERIES[k % len(SERIES)].light for k in devices.tolist()]
    panel.barh(devices, load, color=colours, height=0.7)
    panel.plot(np.stack([instance.capacity] * 2), np.stack([devices - 0.45, devices + 0.45]), color=MUTED.light,
               linewidth=1.2)
    panel.set_ylim(instance.devices - 0.4, -0.6)
    if instance.devices <= MOST_DEVICES:
        panel.set_yticks(devices, [f"device {k}" for k in devices.tolist()])
    panel.set_xlim(0, 1.05 * max(float(load.max()), float(instance.capacity.max()), 1e-12))
    panel.set_title("load and capacity")
    panel.set_xlabel("load")


def _short(text: str, longest: int) -> str:
    """Return `text` on one line, cut where it is long, without matplotlib reading mathematics into it."""
    line = " ".join(text.split())
    line = line if len(line) <= longest else line[:longest - 1] + "…"
    return line.replace("$", r"\$")
