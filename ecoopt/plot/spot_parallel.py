"""Pictures of spot fleets: GPUs there and taken over time by shape, and load against throughput."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.spot_parallel import SpotParallelInstance, SpotParallelSchedule
from ecoopt.plot.over_time import stack
from ecoopt.plot.spot_moves import most_moving, moves
from ecoopt.plot.style import INK, OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import legend_columns, one_line

TRADEOFF = ("rent_usd", "delay_usd")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

_WIDTH_IN = 7.2


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a schedule.

    Parameters
    ----------
    instance : SpotParallelInstance
        What was asked.
    schedule : SpotParallelSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``fleet``: along the most likely course of events, spot GPUs that are there, GPUs taken by shape and those on
        demand, and requests served of those asked. ``moves``, where GPUs have names: what each of them holds while
        layers are moved at the change that moves most.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, SpotParallelInstance) or not isinstance(schedule, SpotParallelSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a SpotParallelInstance and a SpotParallelSchedule")
    with style():
        found = {"fleet": _fleet(instance, schedule)}
        if (node := most_moving(instance, schedule)) is not None:
            found["moves"] = moves(instance, schedule, node)
        return found


def likely_course(instance: SpotParallelInstance) -> IntArray:
    """Return the nodes from a first one to a leaf, each the likeliest child of the one before, the first of equals."""
    course, node = [], -1
    while (children := np.flatnonzero(instance.parent == node)).size:
        node = int(children[instance.probability[children].argmax()])
        course.append(node)
    return np.array(course, dtype=np.int64)


def gpus_by_shape(
    instance: SpotParallelInstance, schedule: SpotParallelSchedule, course: IntArray,
) -> tuple[list[str], FloatArray]:
    """Return names of the shapes taken, and the GPUs of each over a course [T], float array [shapes, T]."""
    config = np.minimum(schedule.config[course], instance.configs - 1)
    shapes = list(zip(instance.pipeline[config].tolist(), instance.tensor[config].tolist(), strict=True))
    kinds = sorted({shape for shape, c in zip(shapes, config.tolist(), strict=True) if instance.data[c]})
    rows = np.array([[float(instance.gpus[c]) if shape == kind else 0.0
                      for shape, c in zip(shapes, config.tolist(), strict=True)] for kind in kinds])
    return [f"{stages} x {shards}" for stages, shards in kinds], rows.reshape(len(kinds), len(course))


def _fleet(instance: SpotParallelInstance, schedule: SpotParallelSchedule) -> Figure:
    """Draw the panels from top to bottom: GPUs, requests."""
    course = likely_course(instance)
    names, rows = gpus_by_shape(instance, schedule, course)
    config = np.minimum(schedule.config[course], instance.configs - 1)
    load = instance.load_rps[course]
    served = np.minimum(load, instance.throughput_rps[config])
    changes = int((np.diff(config) != 0).sum())
    shown = names[:len(SERIES) - 1] + (["other shapes"] if len(names) >= len(SERIES) else [])
    if len(shown) < len(names):
        rows = np.vstack([rows[:len(shown) - 1], rows[len(shown) - 1:].sum(axis=0)])
    figure = new_figure(_WIDTH_IN, 4.4, (
        f"{len(course)} intervals of a spot fleet of {instance.spot_gpus[course].min()} to "
        f"{instance.spot_gpus[course].max()} GPUs; {rows.sum(axis=0).mean() if len(rows) else 0:.3g} are taken on "
        f"average, with {changes} changes of configuration; {_share(served, load)} of the requests are within "
        "throughput."))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    fleet, requests = figure.subplots(2, 1, sharex=True, height_ratios=[1.6, 1.0])
    edges = np.arange(len(course) + 1) * instance.step_s / 3600
    stack(fleet, edges, rows, [(f"stages x shards {name}" if k == 0 else name, SERIES[k].light)
                               for k, name in enumerate(shown)])
    _step(fleet, edges, instance.spot_gpus[course], INK.light, "spot GPUs there")
    _step(fleet, edges, schedule.on_demand[course], OTHERS.light, "on-demand GPUs")
    fleet.set_ylim(0, 1.1 * max(float(instance.spot_gpus[course].max()), float(rows.sum(axis=0).max(initial=1.0))))
    fleet.set_title(f"GPUs taken by shape, {changes} changes"
                    + ("" if len(course) == instance.nodes else ", on the likeliest course of events"))
    fleet.set_ylabel("GPUs")
    _step(requests, edges, load, INK.light, "load")
    _step(requests, edges, instance.throughput_rps[config], SERIES[1].light, "throughput")
    requests.set_ylim(0, None)
    requests.set_title(f"load and throughput: {_share(served, load)} within it, pauses left aside")
    requests.set_ylabel("requests/s")
    requests.set_xlim(0, edges[-1])
    requests.set_xlabel("time (h)")
    requests.legend(loc="lower right")
    figure.align_ylabels([fleet, requests])
    legend_below(figure, fleet, legend_columns([*shown, "spot GPUs there", "on-demand GPUs"], _WIDTH_IN))
    return figure


def _step(panel: Axes, edges: FloatArray, row: FloatArray | IntArray, colour: str, name: str) -> None:
    panel.step(edges, np.append(row, row[-1]), where="post", color=colour, linewidth=1.1, label=name)


def _share(served: FloatArray, load: FloatArray) -> str:
    """Return the share of the load that is served, in words."""
    total = float(load.sum())
    return f"{100 * float(served.sum()) / total:.3g} %" if total else "all"
