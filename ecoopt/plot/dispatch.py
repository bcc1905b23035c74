"""Pictures of dispatch: machines as lanes, queries as blocks over time, coloured by batch size; below, who waits."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.dispatch import NEVER, DispatchInstance, DispatchSchedule
from ecoopt.plot.style import MUTED, SERIES, legend_below, new_figure, style

TRADEOFF = ("late", "unserved")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

_MOST_QUERIES, _MOST_MACHINES = 300, 32
_LANE_IN, _GAP = 0.2, 0.16
_CLASSES = 4


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a schedule.

    Parameters
    ----------
    instance : DispatchInstance
        What was asked.
    schedule : DispatchSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``gantt``: when each of the first 300 queries runs on which of the first 32 machines, coloured by batch size, a
        late one pale; below, how many queries wait, and which were never served.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, DispatchInstance) or not isinstance(schedule, DispatchSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a DispatchInstance and a DispatchSchedule")
    with style():
        return {"gantt": _gantt(instance, schedule)}


def _gantt(instance: DispatchInstance, schedule: DispatchSchedule) -> Figure:
    """Draw the lanes of the machines, and the queue below."""
    queries, machines = min(instance.queries, _MOST_QUERIES), min(instance.machines, _MOST_MACHINES)
    known = np.minimum(schedule.machine, instance.machines - 1)[:queries]
    took = instance.service_tick[np.arange(queries), instance.machine_type[known]]
    begin = schedule.start_tick[:queries]
    late = begin + took > instance.arrival_tick[:queries] + instance.qos_ticks
    served = (schedule.machine[:queries] != NEVER) & (schedule.machine[:queries] < instance.machines)
    figure = new_figure(7.6, 2.6 + _LANE_IN * machines, _alt(instance, served, late))
    figure.suptitle(_short(instance.name, 90), x=0.01, ha="left")
    lanes, queue = figure.subplots(2, 1, sharex=True, height_ratios=[_LANE_IN * machines + 0.4, 0.9])
    _blocks(lanes, instance, served & (schedule.machine[:queries] < machines), late, known, begin, took)
    lanes.set_ylim(machines, 0)
    lanes.set_yticks(np.arange(machines) + 0.5, _lane_names(instance, machines))
    lanes.grid(visible=False)
    lanes.set_title(f"{queries} of {instance.queries} queries: {int((served & ~late).sum())} on time, "
                    f"{int((served & late).sum())} late (pale), {int((~served).sum())} never served")
    _queue(queue, instance, served, begin)
    legend_below(figure, lanes, _CLASSES)
    return figure


def _blocks(
    panel: Axes, instance: DispatchInstance, drawn: NDArray[np.bool_], late: NDArray[np.bool_], machine: IntArray,
    begin: IntArray, took: IntArray,
) -> None:
    """Draw queries, those of equally many batch sizes in a colour."""
    batch = instance.batch[:len(drawn)]
    limits = np.unique(np.quantile(batch, np.arange(1, _CLASSES + 1) / _CLASSES, method="inverted_cdf"))
    kind = np.searchsorted(limits, batch, side="left")
    left_s, right_s = begin * (instance.tick_ms / 1000), (begin + took) * (instance.tick_ms / 1000)
    corners = np.stack([np.stack([left_s, left_s, right_s, right_s], axis=1),
                        np.stack([machine + _GAP / 2, machine + 1 - _GAP / 2, machine + 1 - _GAP / 2,
                                  machine + _GAP / 2], axis=1)], axis=2)
    for place, limit in enumerate(limits):
        here = drawn & (kind == place)
        name = f"up to {limit} items"
        for some, alpha in ((here & ~late, 1.0), (here & late, 0.35)):
            if some.any():
                panel.add_collection(PolyCollection(list(corners[some]), facecolors=SERIES[place].light, alpha=alpha,
                                                    edgecolors="white", linewidths=0.3, label=name))
                name = "_" + name
    panel.set_xlim(float(instance.arrival_tick[0]) * instance.tick_ms / 1000,
                   max(float(right_s[drawn].max(initial=0.0)), float(instance.arrival_tick[len(drawn) - 1])
                       * instance.tick_ms / 1000) + instance.tick_ms / 1000)


def _queue(panel: Axes, instance: DispatchInstance, served: NDArray[np.bool_], begin: IntArray) -> None:
    """Draw how many queries wait that will be served, and the arrivals of those that never are."""
    arrival, tick_s = instance.arrival_tick[:len(served)], instance.tick_ms / 1000
    ticks, level = _level(arrival[served], begin[served])
    panel.step(ticks * tick_s, level, where="post", color=SERIES[0].light, linewidth=1.2)
    lost_s = arrival[~served] * tick_s
    panel.plot(lost_s, np.zeros(len(lost_s)), linestyle="none", marker="x", markersize=4, color=MUTED.light)
    panel.set_title(f"waiting, at most {level.max(initial=0.0):.0f}; × never served")
    panel.set_ylim(-0.12 * max(level.max(initial=1.0), 1.0), 1.2 * max(level.max(initial=1.0), 1.0))
    panel.set_ylabel("queries")
    panel.set_xlabel("time (s)")


def _level(begin: IntArray, end: IntArray) -> tuple[IntArray, FloatArray]:
    """Return the ticks at which the number of intervals under way changes, and the numbers from then on."""
    ticks = np.unique(np.concatenate([begin, end]))
    change = np.zeros(len(ticks))
    np.add.at(change, np.searchsorted(ticks, begin), 1.0)
    np.add.at(change, np.searchsorted(ticks, end), -1.0)
    return ticks, np.cumsum(change)


def _lane_names(instance: DispatchInstance, machines: int) -> list[str]:
    """Return a name per lane: the type, and the machine's number within it."""
    names = [_short(kind.name, 16) for kind in instance.types]
    first = np.concatenate([[0], np.cumsum(instance.counts)])
    return [f"{names[k]} {m - first[k]}" for m, k in enumerate(instance.machine_type[:machines])]


def _alt(instance: DispatchInstance, served: NDArray[np.bool_], late: NDArray[np.bool_]) -> str:
    """Return what the picture shows, in words."""
    pool = ", ".join(f"{kind.count} {kind.name}" for kind in instance.types)
    return (f"Gantt chart of {len(served)} queries on {pool}: {int((served & ~late).sum())} are answered within "
            f"{instance.qos_ticks * instance.tick_ms:g} ms, {int((served & late).sum())} later, "
            f"{int((~served).sum())} never.")


def _short(text: str, longest: int) -> str:
    """Return `text` on one line, cut where it is long, without matplotlib reading mathematics into it."""
    line = " ".join(text.split())
    line = line if len(line) <= longest else line[:longest - 1] + "…"
    return line.replace("$", r"\$")
