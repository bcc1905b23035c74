"""Pictures of capped jobs: when each runs and under which cap, the power they draw, the limit, and intensity."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.power_cap_jobs import PowerCapJobsInstance, PowerCapJobsSchedule
from ecoopt.instances.power_cap_jobs.schema import ROUNDING_SLOTS
from ecoopt.plot.over_time import period_edges, stack, time_axis
from ecoopt.plot.style import INK, OTHERS, SERIES, legend_below, new_figure, style
from ecoopt.plot.words import legend_columns, one_line

TRADEOFF = ("carbon_g", "gpu_delay_h")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

_WIDTH_IN = 7.2
_MOST_JOBS = 120


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a schedule.

    Parameters
    ----------
    instance : PowerCapJobsInstance
        What was asked.
    schedule : PowerCapJobsSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``jobs``: each of the first 120 jobs in its window, coloured by cap; power by cap, stacked, under the limit;
        carbon intensity.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, PowerCapJobsInstance) or not isinstance(schedule, PowerCapJobsSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a PowerCapJobsInstance and a PowerCapJobsSchedule")
    with style():
        return {"jobs": _jobs(instance, schedule)}


def power_by_cap(instance: PowerCapJobsInstance, schedule: PowerCapJobsSchedule) -> FloatArray:
    """Return the power that jobs add to idle GPUs by cap, and in the last row that of idle GPUs, [C + 1, T]."""
    caps, slots = len(instance.caps_w), instance.slots
    power = np.zeros((caps + 1, slots))
    power[caps] = instance.idle_w * instance.gpus
    until = _until(instance, schedule)
    for j in range(instance.jobs):
        cap = min(int(schedule.cap[j]), caps - 1)
        added_w = instance.classes[instance.job_class[j]].power_at(instance.caps_w[cap]) - instance.idle_w
        power[cap, int(schedule.start_slot[j]):int(until[j])] += instance.job_gpus[j] * added_w
    return power


def _until(instance: PowerCapJobsInstance, schedule: PowerCapJobsSchedule) -> IntArray:
    """Return the slot after each job's last one, int array [J]."""
    ratio = np.array([curve.time_at(instance.caps_w) for curve in instance.classes])
    column = np.minimum(schedule.cap, ratio.shape[1] - 1)
    runs = instance.base_h * ratio[instance.job_class, column] / instance.slot_h
    held = np.maximum(np.ceil(runs - ROUNDING_SLOTS), 1).astype(np.int64)
    return np.asarray(schedule.start_slot + held)


def _jobs(instance: PowerCapJobsInstance, schedule: PowerCapJobsSchedule) -> Figure:
    """Draw the panels from top to bottom: jobs, power, intensity."""
    shown = min(instance.jobs, _MOST_JOBS)
    caps = len(instance.caps_w)
    order = np.argsort(-instance.caps_w, kind="stable")
    looks = [(f"{instance.caps_w[c]:g} W", SERIES[k % len(SERIES)].light) for k, c in enumerate(order)]
    power = power_by_cap(instance, schedule) / 1000
    edges = period_edges(instance.start_utc, instance.slots, instance.slot_s)
    figure = new_figure(_WIDTH_IN, 3.6 + 0.05 * shown, _alt(instance, schedule, power))
    figure.suptitle(one_line(instance.name, 90), x=0.01, ha="left")
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=[0.8 + 0.05 * shown, 1.5, 0.9])
    _blocks(top, instance, schedule, edges, [looks[list(order).index(c)][1] for c in range(caps)], shown)
    idle = [("idle", OTHERS.light)] if power[caps].any() else []
    rows = power[[*([caps] if idle else []), *order]]
    stack(middle, edges, rows, [*idle, *looks])
    limit = instance.power_limit_w / 1000
    middle.step(edges, np.append(limit, limit[-1]), where="post", color=INK.light, linewidth=1.0, label="limit")
    middle.set_ylim(0, 1.15 * max(float(limit.max()), float(power.sum(axis=0).max())))
    middle.set_title(f"power by cap, at most {power.sum(axis=0).max():.4g} kW")
    middle.set_ylabel("kW")
    intensity = instance.intensity_g_per_kwh
    bottom.step(edges, np.append(intensity, intensity[-1]), where="post", color=OTHERS.light, linewidth=1.1)
    bottom.set_ylim(0, 1.15 * max(float(intensity.max()), 1e-3))
    bottom.set_title(f"carbon intensity: {intensity.min():.0f} to {intensity.max():.0f} g/kWh")
    bottom.set_ylabel("g/kWh")
    time_axis(bottom, edges)
    figure.align_ylabels([top, middle, bottom])
    legend_below(figure, middle, legend_columns(["limit", "idle", *(name for name, _ in looks)], _WIDTH_IN))
    return figure


def _blocks(
    panel: Axes, instance: PowerCapJobsInstance, schedule: PowerCapJobsSchedule, edges: np.ndarray,
    colours: list[str], shown: int,
) -> None:
    """Draw each job as a bar within its window, those that begin first on top."""
    rows = np.argsort(schedule.start_slot[:shown], kind="stable")
    at = date2num(edges)  # type: ignore[no-untyped-call]
    slots = instance.slots

    def bars(begin: IntArray, end: IntArray, half: float) -> list[FloatArray]:
        left, right = at[np.clip(begin[rows], 0, slots)], at[np.clip(end[rows], 0, slots)]
        return [np.array([[a, y - half], [a, y + half], [b, y + half], [b, y - half]])
                for y, (a, b) in enumerate(zip(left, right, strict=True))]

    windows = bars(instance.release_slot, instance.deadline_slot, 0.08)
    panel.add_collection(PolyCollection(windows, facecolors=OTHERS.light, linewidths=0))
    cap = np.minimum(schedule.cap, len(colours) - 1)
    panel.add_collection(PolyCollection(bars(schedule.start_slot, _until(instance, schedule), 0.42),
                                        facecolors=[colours[c] for c in cap[rows].tolist()], linewidths=0))
    panel.set_ylim(shown, -1)
    panel.set_yticks([])
    panel.grid(visible=False)
    left_out = f", the first {shown} shown" if shown < instance.jobs else ""
    panel.set_title(f"{instance.jobs} jobs in their windows, coloured by cap{left_out}")
    panel.set_ylabel("jobs")


def _alt(instance: PowerCapJobsInstance, schedule: PowerCapJobsSchedule, power: FloatArray) -> str:
    """Return what the picture shows, in words."""
    used = np.bincount(np.minimum(schedule.cap, len(instance.caps_w) - 1), minlength=len(instance.caps_w))
    parts = ", ".join(f"{count} under {cap_w:g} W" for cap_w, count in zip(instance.caps_w, used, strict=True))
    return (f"{instance.jobs} jobs over {instance.slots} slots: {parts}. Power goes up to "
            f"{power.sum(axis=0).max():.4g} kW, the limit is {instance.power_limit_w.min() / 1000:.4g} kW at least.")
