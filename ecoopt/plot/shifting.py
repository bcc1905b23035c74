"""Pictures of a shifting schedule: jobs on the GPUs of every region, coloured by their home, over carbon intensity."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from ecoopt.core.arrays import IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.shifting import ShiftingInstance, ShiftingSchedule
from ecoopt.plot.over_time import period_edges, stack, time_axis
from ecoopt.plot.style import INK, OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import legend_columns, one_line

TRADEOFF = ("operational_g", "mean_delay_h")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

_WIDTH_IN, _MOST_REGIONS, _MOST_RUNS = 7.4, 8, 2000


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a shifting schedule.

    Parameters
    ----------
    instance : ShiftingInstance
        What was asked.
    schedule : ShiftingSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``gantt``: for each of the first eight regions its GPUs over time, coloured by the home of the jobs on them,
        over carbon intensity in grey. Up to 2,000 runs are drawn one by one, more as GPUs in use.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, ShiftingInstance) or not isinstance(schedule, ShiftingSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a ShiftingInstance and a ShiftingSchedule")
    with style():
        return {"gantt": _gantt(instance, schedule)}


def _gantt(instance: ShiftingInstance, schedule: ShiftingSchedule) -> Figure:
    """Draw a panel for each region."""
    shown = min(len(instance.regions), _MOST_REGIONS)
    job = np.repeat(np.arange(len(schedule.region)), np.diff(schedule.run_offsets))
    colour_of = np.minimum(np.arange(len(instance.regions)), len(SERIES) - 1)
    figure = new_figure(_WIDTH_IN, 1.2 + 1.15 * shown, _alt(instance, schedule, job))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    panels = np.atleast_1d(figure.subplots(shown, 1, sharex=True))
    edges = period_edges(instance.start_utc, instance.slots, instance.slot_s)
    highest = max(float(instance.intensity_g_per_kwh.max()), 1e-3)
    for z, panel in enumerate(panels):
        here = np.flatnonzero(schedule.region[job] == z)
        top = 1.12 * max(int(instance.capacity_gpus[z].max()), 1)
        intensity = instance.intensity_g_per_kwh[z]
        stack(panel, edges, intensity[None] * (top / (1.05 * highest)), [("", OTHERS.light)])
        if len(job) <= _MOST_RUNS:
            _blocks(panel, instance, schedule, job, here, colour_of)
        else:
            _in_use(panel, instance, schedule, job, here, colour_of)
        limit = instance.capacity_gpus[z]
        panel.step(edges, np.append(limit, limit[-1]), where="post", color=INK.light, linewidth=0.8)
        panel.set_ylim(0, top)
        panel.set_ylabel("GPUs")
        used = float((instance.gpus[job[here]] * schedule.run_length[here]).sum())
        panel.set_title(f"{one_line(instance.regions[z].name, 30)}: {100 * used / max(int(limit.sum()), 1):.0f} % of "
                        f"GPU-hours in use; {intensity.min():.0f} to {intensity.max():.0f} g/kWh in grey")
    homes = [one_line(region.name, 24) for region in instance.regions[:len(SERIES)]]
    if len(instance.regions) > len(SERIES):
        homes[-1] = "other homes"
    for k, name in enumerate(homes):
        panels[0].fill_between(edges[:2], 0, 0, color=SERIES[k].light, linewidth=0, label=f"from {name}")
    time_axis(panels[-1], edges)
    figure.align_ylabels(list(panels))
    legend_below(figure, panels[0], legend_columns([f"from {name}" for name in homes], _WIDTH_IN))
    return figure


def _blocks(panel: Axes, instance: ShiftingInstance, schedule: ShiftingSchedule, job: IntArray, here: IntArray,
            colour_of: IntArray) -> None:
    """Draw each run on the lowest GPUs that are free when it begins."""
    days = date2num(period_edges(instance.start_utc, instance.slots, instance.slot_s))  # type: ignore[no-untyped-call]
    corners: dict[int, list[list[tuple[float, float]]]] = {}
    free_at: list[int] = []
    for k in here[np.argsort(schedule.run_start[here], kind="stable")].tolist():
        start, end = int(schedule.run_start[k]), int(schedule.run_start[k] + schedule.run_length[k])
        lanes = [lane for lane, when in enumerate(free_at) if when <= start][:instance.gpus[job[k]]]
        more = int(instance.gpus[job[k]]) - len(lanes)
        lanes += range(len(free_at), len(free_at) + more)
        free_at += [0] * more
        left, right = float(days[min(start, instance.slots)]), float(days[min(end, instance.slots)])
        breaks = np.flatnonzero(np.diff(lanes) > 1) + 1
        for group in np.split(np.array(lanes), breaks):
            low, high = float(group[0]) + 0.06, float(group[-1]) + 0.94
            corners.setdefault(int(colour_of[instance.home[job[k]]]), []).append(
                [(left, low), (left, high), (right, high), (right, low)])
        for lane in lanes:
            free_at[lane] = end
    for colour, blocks in sorted(corners.items()):
        panel.add_collection(PolyCollection(blocks, facecolors=SERIES[colour].light, edgecolors="white",
                                            linewidths=0.4))


def _in_use(panel: Axes, instance: ShiftingInstance, schedule: ShiftingSchedule, job: IntArray, here: IntArray,
            colour_of: IntArray) -> None:
    """Stack the GPUs in use by the home of the jobs."""
    change = np.zeros((len(SERIES), instance.slots + 1))
    colour, gpus = colour_of[instance.home[job[here]]], instance.gpus[job[here]]
    np.add.at(change, (colour, np.minimum(schedule.run_start[here], instance.slots)), gpus)
    np.subtract.at(change, (colour, np.minimum(schedule.run_start[here] + schedule.run_length[here], instance.slots)),
                   gpus)
    rows = np.cumsum(change, axis=1)[:, :-1]
    edges = period_edges(instance.start_utc, instance.slots, instance.slot_s)
    stack(panel, edges, rows, [("", shade.light) for shade in SERIES])


def _alt(instance: ShiftingInstance, schedule: ShiftingSchedule, job: IntArray) -> str:
    """Return what the picture shows, in words."""
    moved = int((schedule.region != instance.home).sum())
    counts = np.bincount(schedule.region[schedule.region < len(instance.regions)], minlength=len(instance.regions))
    parts = ", ".join(f"{count} in {region.name}" for region, count in
                      zip(instance.regions[:_MOST_REGIONS], counts.tolist(), strict=False))
    return (f"{instance.jobs} jobs in {len(job)} runs over {instance.slots} slots: {parts}. {moved} jobs are away from "
            "home.")
