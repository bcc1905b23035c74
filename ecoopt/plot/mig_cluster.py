"""Pictures of a MIG cluster: GPUs as bands, their memory slices as lanes, jobs as coloured blocks over time."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from ecoopt.core.arrays import FloatArray, IntArray
from ecoopt.core.errors import InputError
from ecoopt.core.instance import Instance, Schedule
from ecoopt.instances.mig_cluster import MigClusterInstance, MigClusterSchedule
from ecoopt.plot.style import MUTED, OTHERS, SERIES, legend_below, new_figure, style

TRADEOFF = ("mean_jct_s", "makespan_s")
"""Terms of the score that pull against each other, for the horizontal and the vertical axis."""

_MOST_GPUS = 16
_LONGEST_NAME = 24
_GAP = 0.12


def figures(instance: Instance, schedule: Schedule) -> dict[str, Figure]:
    """Return the pictures of a schedule.

    Parameters
    ----------
    instance : MigClusterInstance
        What was asked.
    schedule : MigClusterSchedule
        What was decided; drawn as written, allowed or not.

    Returns
    -------
    dict of str to Figure
        ``timeline``: what runs on each memory slice of the first sixteen GPUs, coloured by the type of job, a shared
        GPU as a pale block; below, how many jobs there are and how many of them run.

    Raises
    ------
    InputError
        When either belongs to another family.
    """
    if not isinstance(instance, MigClusterInstance) or not isinstance(schedule, MigClusterSchedule):
        raise InputError.one("plot", "", f"got a {type(instance).__name__} and a {type(schedule).__name__}",
                             "give a MigClusterInstance and a MigClusterSchedule")
    with style():
        return {"timeline": _timeline(instance, schedule)}


def _timeline(instance: MigClusterInstance, schedule: MigClusterSchedule) -> Figure:
    """Draw the bands of the GPUs, and the count of jobs below."""
    shown = min(instance.gpus, _MOST_GPUS)
    end_s = float(max(schedule.end_s.max(initial=0.0), instance.arrival_s[-1], 1.0))
    figure = new_figure(7.6, 1.9 + 0.42 * shown + 1.0, _alt(instance, schedule))
    figure.suptitle(_short(instance.name, 90), x=0.01, ha="left")
    bands, counts = figure.subplots(2, 1, sharex=True, height_ratios=[0.42 * shown + 0.5, 1.0])
    _blocks(bands, instance, schedule, shown)
    bands.set_ylim(shown, 0)
    bands.set_xlim(0, end_s)
    bands.set_yticks(np.arange(shown) + 0.5, [f"GPU {g}" for g in range(shown)])
    left_out = instance.gpus - shown
    bands.set_title(f"{instance.jobs} jobs on {instance.gpus} GPUs"
                    + (f", the first {shown} shown" if left_out else ""))
    _counts(counts, instance, schedule, end_s)
    legend_below(figure, bands, 4)
    return figure


def _blocks(panel: Axes, instance: MigClusterInstance, schedule: MigClusterSchedule, shown: int) -> None:
    """Draw the stretches, each type of job in a colour as long as there are colours."""
    slices, profiles = instance.geometry.memory_slices, instance.geometry.profiles
    sizes = np.array([profile.memory_slices for profile in profiles])
    drawn = (schedule.gpu < shown) & (schedule.job < instance.jobs) & (
        schedule.shared | (schedule.profile < len(profiles)))
    rows = np.flatnonzero(drawn)
    shared = schedule.shared[rows]
    top = np.where(shared, 0, schedule.start[rows])
    tall = np.where(shared, slices, sizes[np.minimum(schedule.profile[rows], len(sizes) - 1)])
    low = schedule.gpu[rows] + _GAP / 2 + (1 - _GAP) * top / slices
    high = low + (1 - _GAP) * tall / slices
    begin_s, end_s = schedule.begin_s[rows], schedule.end_s[rows]
    corners = np.stack([np.stack([begin_s, begin_s, end_s, end_s], axis=1), np.stack([low, high, high, low], axis=1)],
                       axis=2)
    kind = instance.job_type[schedule.job[rows]]
    order = _by_work(instance)
    for place, shade in enumerate((*SERIES, OTHERS)):
        last = place == len(SERIES)
        here = np.isin(kind, order[place:] if last else order[place:place + 1])
        if not here.any():
            continue
        name = "other types" if last else _short(instance.speeds.names[order[place]], _LONGEST_NAME)
        for mode, alpha in ((False, 1.0), (True, 0.35)):
            some = here & (shared == mode)
            if some.any():
                panel.add_collection(PolyCollection(
                    list(corners[some]), facecolors=shade.light, alpha=alpha, edgecolors="white", linewidths=0.3,
                    label=name if not mode or not (here & ~shared).any() else None))


def _by_work(instance: MigClusterInstance) -> IntArray:
    """Return the types with jobs, those with most work first."""
    work_s = np.bincount(instance.job_type, instance.work_s, len(instance.speeds.names))
    order = np.argsort(-work_s, kind="stable")
    found: IntArray = order[work_s[order] > 0]
    return found


def _counts(panel: Axes, instance: MigClusterInstance, schedule: MigClusterSchedule, end_s: float) -> None:
    """Draw how many jobs are present, and how many of them run."""
    done_s = instance.arrival_s.copy()
    known = schedule.job < instance.jobs
    np.maximum.at(done_s, schedule.job[known], schedule.end_s[known])
    present = _level(instance.arrival_s, done_s)
    running = _level(schedule.begin_s, schedule.end_s)
    for (times_s, level), shade, dashes in ((present, MUTED, (0, (3, 1.5))), (running, SERIES[0], "solid")):
        panel.step(np.append(times_s, end_s), np.append(level, level[-1:] if level.size else 0.0), where="post",
                   color=shade.light, linewidth=1.2, linestyle=dashes)
    panel.set_title(f"jobs present (dashed), at most {present[1].max(initial=0.0):.0f}; running, at most "
                    f"{running[1].max(initial=0.0):.0f}")
    panel.set_ylim(0, 1.25 * max(float(present[1].max(initial=1.0)), 1.0))
    panel.set_ylabel("jobs")
    panel.set_xlabel("time (s)")


def _level(begin_s: FloatArray, end_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the times at which the number of intervals under way changes, and the numbers from then on."""
    times_s = np.unique(np.concatenate([begin_s, end_s]))
    change = np.zeros(len(times_s))
    np.add.at(change, np.searchsorted(times_s, begin_s), 1.0)
    np.add.at(change, np.searchsorted(times_s, end_s), -1.0)
    return times_s, np.cumsum(change)


def _alt(instance: MigClusterInstance, schedule: MigClusterSchedule) -> str:
    """Return what the picture shows, in words."""
    stretches, shared = len(schedule.job), int(schedule.shared.sum())
    return (f"Timeline of {instance.jobs} jobs on {instance.gpus} GPUs over {schedule.end_s.max(initial=0.0):.0f} s: "
            f"{stretches} stretches of running, {shared} of them on shared GPUs, "
            f"{stretches / instance.jobs:.2f} per job.")


def _short(text: str, longest: int) -> str:
    """Return `text` on one line, cut where it is long, without matplotlib reading mathematics into it."""
    line = " ".join(text.split())
    line = line if len(line) <= longest else line[:longest - 1] + "…"
    return line.replace("$", r"\$")
